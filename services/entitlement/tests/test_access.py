from datetime import timedelta

import grpc
import pytest
from marquee.catalog.v1 import catalog_pb2
from marquee.entitlement.v1 import entitlement_internal_pb2, entitlement_pb2, entitlement_service_pb2
from marquee.type.v1 import type_pb2

from services.entitlement.tests.harness import a_package, a_price, a_rating, eventually, some_facts
from services.kit import ids, testing, timestamps, watchable_subjects

CARTOON, FILM, PREMIERE, DRAFT, SOON, SERIES, EPISODE = (ids.new() for _ in range(7))
BASIC = a_package(type_pb2.TIER_BASIC)
PREMIUM = a_package(type_pb2.TIER_PREMIUM, includes_all_titles=True, prices=[a_price(1600), a_price(1900, "US")])
SOON_OPENS = testing.NOW + timedelta(hours=1)


@pytest.fixture
async def shop(service):
    """A service with two packages: Basic with some titles, Premium with all."""
    await service.publish(
        some_facts(CARTOON, maturity_rating=a_rating(0)),
        some_facts(FILM),
        some_facts(PREMIERE, maturity_rating=a_rating(17)),
        some_facts(DRAFT, state=catalog_pb2.TITLE_STATE_DRAFT),
        some_facts(SOON, windows=[catalog_pb2.AvailabilityWindow(start_time=timestamps.from_datetime(SOON_OPENS))]),
        some_facts(SERIES, type=catalog_pb2.TITLE_TYPE_SERIES, episode_ids=[EPISODE]),
    )
    await service.save(BASIC, CARTOON, FILM, DRAFT, SOON, SERIES)
    await service.save(PREMIUM)
    token = testing.a_token(account_id=await subscribed(service, BASIC))
    await eventually(lambda: service.check(SERIES, token), lambda decision: decision.allowed)
    return service


@pytest.fixture
async def account_id(shop):
    return await subscribed(shop, BASIC)


async def subscribed(service, *packages):
    account_id = ids.new()
    await service.subscribe(account_id, *packages)
    return account_id


def codes(decision):
    return [
        entitlement_pb2.AccessReasonCode.Name(reason.code).removeprefix("ACCESS_REASON_CODE_")
        for reason in decision.reasons
    ]


async def test_a_refusal_states_the_reason_and_the_offer_in_the_country_of_the_viewer(shop, account_id):
    decision = await shop.check(PREMIERE, testing.a_token(account_id=account_id, country_code="US"))

    assert (decision.allowed, codes(decision), decision.max_streams) == (False, ["NOT_IN_SUBSCRIPTION"], 2)
    (option,) = decision.options
    assert (option.offer.kind, option.offer.package_id) == (
        entitlement_pb2.OFFER_KIND_SUBSCRIBE,
        PREMIUM.package_id,
    )
    assert (option.offer.price, option.offer.country_code) == (PREMIUM.prices[1].amount, "US")


async def test_a_new_subscription_gives_access_at_once(shop, account_id):
    before = await shop.check(PREMIERE, testing.a_token(account_id=account_id))
    await shop.subscribe(account_id, PREMIUM)
    after = await shop.check(PREMIERE, testing.a_token(account_id=account_id))

    assert (before.allowed, after.allowed, after.max_streams) == (False, True, 4)


async def test_the_stored_subscription_counts_and_not_the_tier_of_the_token(shop):
    decision = await shop.check(FILM, testing.a_token(tier="premium"))

    assert codes(decision) == ["NOT_IN_SUBSCRIPTION"]


@pytest.mark.parametrize(
    ("title_id", "viewer"),
    [(DRAFT, {}), (SOON, {}), (PREMIERE, {"maturity_ceiling": 13})],
    ids=["a draft", "before its window", "above the ceiling"],
)
async def test_a_title_that_its_page_hides_is_decided_like_one_that_does_not_exist(shop, account_id, title_id, viewer):
    token = testing.a_token(account_id=account_id, **viewer)
    hidden, unknown = await shop.check(title_id, token), await shop.check(ids.new(), token)

    unknown.subject.title_id = title_id
    assert hidden == unknown
    assert codes(hidden) == ["NOT_AVAILABLE"]


async def test_a_title_opens_by_itself_when_its_window_does(shop, account_id):
    token = testing.a_token(account_id=account_id, lifetime=timedelta(hours=2))
    before = await shop.check(SOON, token)
    shop.clock.advance(timedelta(hours=1))
    after = await shop.check(SOON, token)

    assert (before.allowed, before.HasField("expire_time"), after.allowed) == (False, False, True)


async def test_a_canceled_subscription_gives_access_until_its_end(shop, account_id):
    end_time = testing.NOW + timedelta(minutes=5)
    token = testing.a_token(account_id=account_id)
    await shop.subscribe(
        account_id,
        BASIC,
        state=entitlement_pb2.SUBSCRIPTION_STATE_CANCELED,
        end_time=timestamps.from_datetime(end_time),
    )
    before = await shop.check(FILM, token)
    shop.clock.advance(timedelta(minutes=5))
    after = await shop.check(FILM, token)

    assert (before.allowed, timestamps.to_datetime(before.expire_time)) == (True, end_time)
    assert codes(after) == ["NOT_IN_SUBSCRIPTION"]


async def test_an_episode_is_decided_like_its_series(shop, account_id):
    token = testing.a_token(account_id=account_id)
    decision = await shop.check("", token, subject=watchable_subjects.episode(EPISODE))
    unknown = await shop.check("", token, subject=watchable_subjects.episode(ids.new()))

    assert (decision.allowed, decision.subject) == (True, watchable_subjects.episode(EPISODE))
    assert codes(unknown) == ["NOT_AVAILABLE"]


async def test_an_episode_that_is_added_gets_access_and_one_that_is_removed_loses_it(shop, account_id):
    token, added = testing.a_token(account_id=account_id), ids.new()
    before = await shop.check("", token, subject=watchable_subjects.episode(added))
    await shop.publish(some_facts(SERIES, revision=2, episode_ids=[added]))
    after = await eventually(
        lambda: shop.check("", token, subject=watchable_subjects.episode(added)), lambda decision: decision.allowed
    )
    removed = await shop.check("", token, subject=watchable_subjects.episode(EPISODE))

    assert (before.allowed, after.allowed, removed.allowed) == (False, True, False)


async def test_a_batch_has_the_decisions_of_single_checks(shop, account_id):
    token = testing.a_token(account_id=account_id)
    title_ids = [PREMIERE, FILM, ids.new(), DRAFT, SOON, FILM]

    batch = await shop.viewer.BatchCheckAccess(
        entitlement_service_pb2.BatchCheckAccessRequest(subjects=map(watchable_subjects.title, title_ids)),
        metadata=testing.bearing(token),
    )

    assert list(batch.decisions) == [await shop.check(title_id, token) for title_id in title_ids]


async def test_a_service_gets_the_decision_of_the_viewer_it_acts_for(shop, account_id):
    request = entitlement_internal_pb2.CheckAccessForRequest(
        subject=watchable_subjects.title(PREMIERE), account_id=account_id, maturity_ceiling=18, country_code="US"
    )
    response = await shop.internal.CheckAccessFor(request, metadata=testing.as_service("playback"))

    assert response.decision == await shop.check(PREMIERE, testing.a_token(account_id=account_id))


async def test_the_operator_has_no_subscription(shop):
    request = entitlement_service_pb2.CheckAccessRequest(subject=watchable_subjects.title(CARTOON))
    response = await shop.viewer.CheckAccess(request, metadata=testing.as_service("operator"))

    assert codes(response.decision) == ["NOT_IN_SUBSCRIPTION"]


async def test_users_may_not_ask_for_others(shop, account_id):
    request = entitlement_internal_pb2.CheckAccessForRequest(
        subject=watchable_subjects.title(FILM), account_id=account_id
    )
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await shop.internal.CheckAccessFor(request, metadata=testing.bearing(testing.a_token(roles=("admin",))))

    assert testing.reason_of(refused.value) == "METHOD_UNKNOWN"


async def test_new_facts_of_a_title_change_the_decision(shop, account_id):
    token = testing.a_token(account_id=account_id)
    await shop.publish(some_facts(FILM, revision=2, territories=["DE"]))

    decision = await eventually(lambda: shop.check(FILM, token), lambda decision: not decision.allowed)

    assert (codes(decision), len(decision.options)) == (["NOT_AVAILABLE"], 0)


async def test_old_facts_of_a_title_change_nothing(shop, account_id):
    token = testing.a_token(account_id=account_id)
    await shop.publish(
        some_facts(FILM, revision=3), some_facts(FILM, revision=2, deleted=True), some_facts(SOON, revision=2)
    )
    await eventually(lambda: shop.check(SOON, token), lambda decision: decision.allowed)

    assert (await shop.check(FILM, token)).allowed


async def test_a_title_that_is_removed_from_a_package_is_refused(shop, account_id):
    token = testing.a_token(account_id=account_id)
    response = await shop.assign(BASIC.package_id, remove=[watchable_subjects.title(FILM)])

    decision = await eventually(lambda: shop.check(FILM, token), lambda decision: not decision.allowed)

    assert (response.removed_count, codes(decision)) == (1, ["NOT_IN_SUBSCRIPTION"])


async def test_the_field_of_a_malformed_id_is_named(shop):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await shop.check("not-an-id")

    assert testing.reason_of(refused.value) == "REQUEST_INVALID"
    assert "subject.title_id" in (refused.value.details() or "")
