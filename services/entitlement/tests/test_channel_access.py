"""Decisions on channels and programmes."""

from datetime import timedelta

import grpc
import pytest
from marquee.entitlement.v1 import entitlement_internal_pb2, entitlement_pb2, entitlement_service_pb2
from marquee.epg.v1 import epg_internal_pb2
from marquee.type.v1 import type_pb2

from services.entitlement.tests import harness
from services.entitlement.tests.harness import a_package, a_rating, eventually, some_facts
from services.kit import ids, testing, timestamps, watchable_subjects

_REFUSED = entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION
_HIDDEN = entitlement_pb2.ACCESS_REASON_CODE_NOT_AVAILABLE


def channel(channel_id):
    return type_pb2.Subject(channel_id=channel_id)


def programme(programme_id):
    return type_pb2.Subject(programme_id=programme_id)


def codes(decision):
    return [reason.code for reason in decision.reasons]


@pytest.fixture
def shown(epg):
    """A channel that everybody may see."""
    return epg.add_channel()


@pytest.fixture
def package():
    return a_package(includes_all_titles=True)


@pytest.fixture
async def token(service, package, shown):
    """An adult in the United States whose package holds the channel, once the service knows all channels."""
    await service.save(package)
    await service.assign(package.package_id, [channel(shown)])
    account_id = ids.new()
    await service.subscribe(account_id, package)
    token = testing.a_token(account_id=account_id)
    await know(service, shown, token)
    return token


async def know(service, channel_id, token):
    """Returns when the service knows a channel that the account may watch."""
    await service.publish_channels(channel_id)
    await eventually(lambda: service.check("", token, subject=channel(channel_id)), lambda each: each.allowed)


async def test_a_channel_in_a_package_of_the_account_may_be_watched(service, token, shown):
    decision = await service.check("", token, subject=channel(shown))

    assert (channel(shown), True, 2, []) == (
        decision.subject,
        decision.allowed,
        decision.max_streams,
        codes(decision),
    )


async def test_a_package_of_all_titles_holds_no_channel_that_is_not_assigned(service, epg, token, shown, package):
    other = epg.add_channel()
    everything = await service.save(a_package(type_pb2.TIER_PREMIUM, includes_all_channels=True))
    await service.publish_channels(other)
    decision = await eventually(lambda: service.check("", token, subject=channel(other)), lambda each: each.options)

    assert ([_REFUSED], ["Your subscription does not include this channel."]) == (
        codes(decision),
        [reason.message for reason in decision.reasons],
    )
    assert [everything.package_id] == [option.offer.package_id for option in decision.options]


async def test_a_channel_that_is_hidden_from_the_viewer_is_decided_like_one_that_does_not_exist(
    service, epg, token, shown, package
):
    hidden = [
        epg.add_channel(hidden=True),
        epg.add_channel(territories=["DE"]),
        epg.add_channel(maturity_rating=a_rating(21)),
        ids.new(),
    ]
    last = epg.add_channel(territories=["US"])
    await service.assign(package.package_id, map(channel, [*hidden, last]))
    await know(service, last, token)
    programmes = [epg.add_programme(channel_id) for channel_id in hidden]
    decisions = [await service.check("", token, subject=channel(id_)) for id_ in hidden]
    of_programmes = [await service.check("", token, subject=programme(id_)) for id_ in [*programmes, ids.new()]]

    for decision in [*decisions, *of_programmes]:
        decision.ClearField("subject")
    assert [_HIDDEN] == codes(decisions[-1])
    assert [decisions[-1]] * 4 == decisions
    assert [of_programmes[-1]] * 5 == of_programmes
    assert not decisions[-1].options
    assert "This programme is not available." == of_programmes[-1].reasons[0].message


async def test_a_programme_is_decided_like_its_channel_and_by_its_own_rating(service, epg, token, shown):
    plain, late = epg.add_programme(shown), epg.add_programme(shown, maturity_rating=a_rating(17))
    elsewhere = epg.add_programme(epg.add_channel())
    await service.publish_channels(epg.programmes[elsewhere].channel_id)
    refused = await eventually(
        lambda: service.check("", token, subject=programme(elsewhere)), lambda each: codes(each) == [_REFUSED]
    )
    claims = {"account_id": ids.new(), "maturity_ceiling": 13}
    to_kid = await service.check("", testing.a_token(**claims), subject=programme(late))

    assert (await service.check("", token, subject=programme(plain))).allowed
    assert (await service.check("", token, subject=programme(late))).allowed
    assert "Your subscription does not include this programme." == refused.reasons[0].message
    assert [_HIDDEN] == codes(to_kid)


async def test_a_channel_that_is_hidden_later_is_not_available_any_more(service, epg, token, shown):
    epg.channels[shown].hidden = True
    await service.publish_channels(shown)
    decision = await eventually(lambda: service.check("", token, subject=channel(shown)), lambda each: each.reasons)

    assert [_HIDDEN] == codes(decision)


async def test_a_channel_that_is_deleted_takes_its_programmes_with_it(service, epg, token, shown):
    listed = epg.add_programme(shown)
    before = await service.check("", token, subject=programme(listed))
    del epg.channels[shown], epg.programmes[listed]
    await service.publish_channels(shown)
    after = await eventually(lambda: service.check("", token, subject=programme(listed)), lambda each: each.reasons)

    assert before.allowed
    assert [_HIDDEN] == codes(after)


async def test_a_changed_schedule_changes_the_decision_on_its_programmes(service, epg, token, shown):
    kid = testing.a_token(account_id=ids.new(), maturity_ceiling=8)
    listed = epg.add_programme(shown)
    before = await service.check("", kid, subject=programme(listed))
    epg.programmes[listed].maturity_rating.age = 17
    await service.publish_schedule(shown)
    after = await eventually(
        lambda: service.check("", kid, subject=programme(listed)), lambda each: codes(each) == [_HIDDEN]
    )

    assert ([_REFUSED], [_HIDDEN]) == (codes(before), codes(after))


async def test_a_channel_that_is_removed_from_a_package_is_refused(service, token, shown, package):
    await service.assign(package.package_id, remove=[channel(shown)])
    decision = await eventually(lambda: service.check("", token, subject=channel(shown)), lambda each: each.reasons)

    assert [_REFUSED] == codes(decision)


async def test_a_batch_of_all_kinds_asks_epg_once_and_only_for_what_is_not_cached(service, epg, token, shown):
    await service.publish(some_facts(title_id := ids.new()))
    programmes = [epg.add_programme(shown) for _ in range(3)]
    subjects = [watchable_subjects.title(title_id), channel(shown), *map(programme, [*programmes, ids.new()])]
    request = entitlement_service_pb2.BatchCheckAccessRequest(subjects=subjects)
    await eventually(lambda: service.check(title_id, token), lambda each: each.allowed)
    epg.calls.clear()
    batch = await service.viewer.BatchCheckAccess(request, metadata=testing.bearing(token))
    again = await service.viewer.BatchCheckAccess(request, metadata=testing.bearing(token))

    assert subjects == [decision.subject for decision in batch.decisions]
    assert [True] * 5 + [False] == [decision.allowed for decision in batch.decisions]
    assert (batch, [4, 1]) == (again, epg.calls)


async def test_a_service_gets_the_decision_on_a_channel_for_its_viewer(service, token, shown):
    request = entitlement_internal_pb2.CheckAccessForRequest(
        subject=channel(shown), account_id=ids.new(), maturity_ceiling=18, country_code="US"
    )
    response = await service.internal.CheckAccessFor(request, metadata=testing.as_service("playback"))

    assert [_REFUSED] == codes(response.decision)


async def test_without_epg_titles_and_known_channels_are_decided_and_new_programmes_are_not(service, epg, token, shown):
    await service.publish(some_facts(title_id := ids.new()))
    known, new = epg.add_programme(shown), epg.add_programme(shown)
    await service.check("", token, subject=programme(known))
    epg.is_down = True
    title = await eventually(lambda: service.check(title_id, token), lambda each: each.allowed)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.check("", token, subject=programme(new))

    assert title.allowed
    assert (await service.check("", token, subject=channel(shown))).allowed
    assert (await service.check("", token, subject=programme(known))).allowed
    assert grpc.StatusCode.UNAVAILABLE == refused.value.code()


async def test_titles_are_decided_before_epg_has_started(database_url, redis_url, catalog):
    catalog.facts, epg = [some_facts(title_id := ids.new())], harness.Epg()
    epg.is_down, epg.channels[shown := ids.new()] = True, epg_internal_pb2.ChannelFacts()
    epg.channels[shown].channel_id = shown
    async with harness.run_service(await database_url("entitlement"), redis_url, catalog, epg) as service:
        free = a_package(type_pb2.TIER_FREE, includes_all_titles=True, includes_all_channels=True)
        await service.save(free)
        title = await eventually(lambda: service.check(title_id), lambda each: each.allowed)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.check("", subject=channel(shown))
        epg.is_down = False
        decision = await eventually(lambda: service.check("", subject=channel(shown)), lambda each: each.allowed)

    assert (title.allowed, decision.allowed) == (True, True)
    assert "FACTS_NOT_READY" == testing.reason_of(refused.value)


async def list_entitled(service, account_id=""):
    request = entitlement_internal_pb2.ListEntitledChannelsRequest(account_id=account_id)
    return await service.internal.ListEntitledChannels(request, metadata=testing.as_service("epg"))


async def test_the_channels_of_an_account_are_those_of_its_packages_and_of_the_tiers_below(service):
    free, basic, addon = a_package(type_pb2.TIER_FREE), a_package(), a_package(type_pb2.TIER_UNSPECIFIED)
    held = {package.package_id: ids.new() for package in (free, basic, addon)}
    for package in (free, basic, addon):
        await service.save(package)
        await service.assign(package.package_id, [channel(held[package.package_id])])
    await service.subscribe(account_id := ids.new(), basic)
    anonymous = await eventually(lambda: list_entitled(service), lambda each: each.channel_ids)
    subscriber = await eventually(lambda: list_entitled(service, account_id), lambda each: len(each.channel_ids) == 2)

    assert [held[free.package_id]] == list(anonymous.channel_ids)
    assert {held[free.package_id], held[basic.package_id]} == set(subscriber.channel_ids)
    assert not subscriber.HasField("expire_time")


async def test_the_channels_of_a_canceled_subscription_are_listed_until_it_ends(service):
    everything = await service.save(a_package(includes_all_channels=True))
    ends = testing.NOW + timedelta(seconds=30)
    await service.subscribe(
        account_id := ids.new(),
        everything,
        state=entitlement_pb2.SUBSCRIPTION_STATE_CANCELED,
        end_time=timestamps.from_datetime(ends),
    )
    before = await eventually(lambda: list_entitled(service, account_id), lambda each: each.all_channels)
    service.clock.advance(timedelta(seconds=30))
    after = await list_entitled(service, account_id)

    assert (True, ends) == (before.all_channels, timestamps.to_datetime(before.expire_time))
    assert entitlement_internal_pb2.ListEntitledChannelsResponse() == after
