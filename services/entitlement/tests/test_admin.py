from datetime import timedelta

import grpc
import pytest
from marquee.entitlement.v1 import entitlement_admin_service_pb2, entitlement_pb2, entitlement_service_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import subscription_writer
from services.entitlement.tests import harness
from services.entitlement.tests.harness import a_package, a_price, eventually
from services.kit import event_streams, ids, testing, timestamps, watchable_subjects


async def published(service):
    """Every event that entitlement has published."""
    entries = await service.redis.xrange(event_streams.name_of("entitlement"))
    return [event_internal_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]


async def subscription_of(service, account_id):
    response = await service.viewer.GetSubscription(
        entitlement_service_pb2.GetSubscriptionRequest(),
        metadata=testing.bearing(testing.a_token(account_id=account_id)),
    )
    return response.subscription


def save_request(package, **changes):
    request = entitlement_admin_service_pb2.SavePackageRequest(package=package)
    for field, value in changes.items():
        setattr(request.package, field, value)
    return request


async def test_packages_are_listed_page_by_page_with_the_cheapest_first(service):
    premium, basic = a_package(type_pb2.TIER_PREMIUM), a_package(type_pb2.TIER_BASIC)
    await service.save(premium)
    await service.save(basic, ids.new(), ids.new())

    await eventually(service.list_packages, lambda page: len(page[0]) == 2 and page[0][0].title_count == 2)
    first, token = await service.list_packages(page_size=1)
    second, end = await service.list_packages(page_size=1, page_token=token)

    assert [package.package_id for package in (*first, *second)] == [basic.package_id, premium.package_id]
    assert (first[0].title_count, bool(token), end) == (2, True, "")


async def test_only_admins_see_packages_that_are_not_sold_in_their_country(service):
    sold, indian = a_package(), a_package(type_pb2.TIER_FREE, prices=[a_price(19900, "IN")])
    await service.save(sold)
    await service.save(indian)

    everything, _ = await eventually(lambda: service.list_packages(harness.ADMIN), lambda page: len(page[0]) == 2)
    for_viewers, _ = await service.list_packages()

    assert [package.package_id for package in everything] == [sold.package_id, indian.package_id]
    assert [package.HasField("offer") for package in everything] == [True, False]
    assert [package.package_id for package in for_viewers] == [sold.package_id]


async def test_a_damaged_page_token_is_refused(service):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.list_packages(page_token="%%%")

    assert testing.reason_of(refused.value) == "PAGE_TOKEN_INVALID"


async def test_saving_a_package_twice_writes_and_publishes_once(service):
    package = a_package()
    first = await service.admin.SavePackage(save_request(package), metadata=harness.ADMIN)
    second = await service.admin.SavePackage(save_request(package), metadata=harness.ADMIN)
    third = await service.admin.SavePackage(save_request(package, max_streams=7), metadata=harness.ADMIN)

    assert (first.changed, second.changed, third.changed) == (True, False, True)
    assert third.package.max_streams == 7
    events = await eventually(lambda: published(service), lambda events: len(events) == 2)
    assert [list(event.packages_changed.package_ids) for event in events] == [[package.package_id]] * 2


async def test_a_package_that_somebody_else_changed_is_not_overwritten(service):
    seen = await service.save(a_package())
    await service.admin.SavePackage(save_request(seen, max_streams=7), metadata=harness.ADMIN)
    retried = await service.admin.SavePackage(save_request(seen, max_streams=7), metadata=harness.ADMIN)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.admin.SavePackage(save_request(seen, max_streams=8), metadata=harness.ADMIN)

    assert not retried.changed
    assert (refused.value.code(), testing.reason_of(refused.value)) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")


@pytest.mark.parametrize(
    "prices",
    [[a_price(499), a_price(599)], [a_price(-1)], [entitlement_pb2.Price(amount=a_price(499).amount)]],
    ids=["two for one country", "negative", "no period"],
)
async def test_impossible_prices_are_refused(service, prices):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.save(a_package(prices=prices))

    assert testing.reason_of(refused.value) == "REQUEST_INVALID"


async def test_assigning_titles_twice_counts_them_once(service):
    package, titles = a_package(), [watchable_subjects.title(ids.new()) for _ in range(5000)]
    await service.save(package)
    first = await service.assign(package.package_id, titles, [watchable_subjects.title(ids.new())])
    second = await service.assign(package.package_id, titles)

    assert (first.added_count, first.removed_count) == (5000, 0)
    assert (second.added_count, second.removed_count) == (0, 0)


async def test_a_package_counts_its_titles_and_its_channels(service):
    package = await service.save(a_package(includes_all_channels=True))
    title, *channels = [watchable_subjects.title(ids.new()), *(type_pb2.Subject(channel_id=ids.new()) for _ in "ab")]
    added = await service.assign(package.package_id, [title, *channels])
    package.ClearField("etag")
    both = await service.save(package)
    removed = await service.assign(package.package_id, remove=[title, channels[0]])
    one = await service.save(package)

    assert (3, 2) == (added.added_count, removed.removed_count)
    assert [(1, 2, True), (0, 1, True)] == [
        (each.title_count, each.channel_count, each.includes_all_channels) for each in (both, one)
    ]


async def test_only_titles_and_channels_are_assigned_and_only_to_packages_that_exist(service):
    package = await service.save(a_package())
    with pytest.raises(grpc.aio.AioRpcError) as no_title:
        await service.assign(package.package_id, [watchable_subjects.episode(ids.new())])
    with pytest.raises(grpc.aio.AioRpcError) as no_package:
        await service.assign(ids.new(), [watchable_subjects.title(ids.new())])

    assert testing.reason_of(no_title.value) == "SUBJECT_NOT_SUPPORTED"
    assert testing.reason_of(no_package.value) == "PACKAGE_NOT_FOUND"


async def test_an_account_without_a_subscription_has_the_free_tier(service):
    subscription = await subscription_of(service, ids.new())

    assert (subscription.state, subscription.tier, subscription.max_streams, subscription.etag) == (
        entitlement_pb2.SUBSCRIPTION_STATE_UNSPECIFIED,
        type_pb2.TIER_FREE,
        0,
        "",
    )


async def test_each_change_of_a_subscription_is_published_once_with_a_growing_revision(service):
    account_id = ids.new()
    basic = await service.save(a_package(type_pb2.TIER_BASIC))
    standard = await service.save(a_package(type_pb2.TIER_STANDARD, max_streams=2))
    await eventually(service.list_packages, lambda page: len(page[0]) == 2)
    changed = [
        (await service.subscribe(account_id, *packages)).changed for packages in ([basic], [basic], [basic, standard])
    ]
    subscription = await subscription_of(service, account_id)

    assert changed == [True, False, True]
    assert (subscription.tier, subscription.max_streams) == (type_pb2.TIER_STANDARD, 2)
    assert subscription.package_ids == sorted([basic.package_id, standard.package_id])
    events = await eventually(lambda: published(service), lambda events: len(events) == 4)
    assert [event.subscription_changed.revision for event in events[2:]] == [1, 2]
    assert [event.subscription_changed.subscription.tier for event in events[2:]] == [
        type_pb2.TIER_BASIC,
        type_pb2.TIER_STANDARD,
    ]
    assert events[3].subscription_changed.subscription == subscription


async def test_a_subscription_keeps_its_start_and_refuses_a_stale_etag(service):
    account_id, package = ids.new(), await service.save(a_package())
    first = (await service.subscribe(account_id, package)).subscription
    service.clock.advance(timedelta(minutes=5))
    second = (
        await service.subscribe(account_id, package, state=entitlement_pb2.SUBSCRIPTION_STATE_GRACE, etag=first.etag)
    ).subscription
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.subscribe(account_id, package, state=entitlement_pb2.SUBSCRIPTION_STATE_EXPIRED, etag=first.etag)

    assert second.start_time == first.start_time
    assert testing.reason_of(refused.value) == "ETAG_MISMATCH"


async def test_a_canceled_subscription_expires_at_its_end_and_is_published_once(service):
    account_id, package = ids.new(), await service.save(a_package(type_pb2.TIER_STANDARD))
    end_time = timestamps.from_datetime(service.clock.now() + timedelta(minutes=5))
    canceled = {"state": entitlement_pb2.SUBSCRIPTION_STATE_CANCELED, "end_time": end_time}
    await service.subscribe(account_id, package, **canceled)
    await service.subscribe(ids.new(), package)
    service.clock.advance(timedelta(minutes=5, microseconds=-1))
    await service.subscriptions.end_canceled()
    before = await subscription_of(service, account_id)
    service.clock.advance(timedelta(microseconds=1))
    await service.subscriptions.end_canceled()
    await service.subscriptions.end_canceled()
    after = await subscription_of(service, account_id)

    assert entitlement_pb2.SUBSCRIPTION_STATE_CANCELED == before.state
    assert (entitlement_pb2.SUBSCRIPTION_STATE_EXPIRED, type_pb2.TIER_FREE) == (after.state, after.tier)
    assert (end_time, [package.package_id]) == (after.end_time, list(after.package_ids))
    await service.subscribe(ids.new(), package)
    events = await eventually(lambda: published(service), lambda events: len(events) == 5)
    changes = [event.subscription_changed for event in events if event.HasField("subscription_changed")]
    assert [(1, before.state), (2, after.state)] == [
        (change.revision, change.subscription.state)
        for change in changes
        if change.subscription.account_id == account_id
    ]


async def test_subscriptions_expire_batch_by_batch(service):
    package = await service.save(a_package())
    end_time = timestamps.from_datetime(service.clock.now())
    account_ids = [ids.new() for _ in range(subscription_writer._BATCH + 1)]
    for account_id in account_ids:
        await service.subscribe(
            account_id, package, state=entitlement_pb2.SUBSCRIPTION_STATE_CANCELED, end_time=end_time
        )
    await service.subscriptions.end_canceled()

    states = {(await subscription_of(service, account_id)).state for account_id in account_ids}
    assert {entitlement_pb2.SUBSCRIPTION_STATE_EXPIRED} == states


async def test_a_subscription_names_packages_that_exist(service):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.subscribe(ids.new(), a_package())

    assert testing.reason_of(refused.value) == "PACKAGE_NOT_FOUND"


@pytest.mark.parametrize("state", ["SUBSCRIPTION_STATE_UNSPECIFIED", "SUBSCRIPTION_STATE_CANCELED"])
async def test_a_subscription_needs_a_state_and_a_canceled_one_an_end(service, state):
    package = await service.save(a_package())
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.subscribe(ids.new(), package, state=entitlement_pb2.SubscriptionState.Value(state))

    assert testing.reason_of(refused.value) == "REQUEST_INVALID"


async def test_only_admins_save_subscriptions(service):
    subscription = entitlement_pb2.Subscription(account_id=ids.new(), state=entitlement_pb2.SUBSCRIPTION_STATE_ACTIVE)
    request = entitlement_admin_service_pb2.SaveSubscriptionRequest(subscription=subscription)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.admin.SaveSubscription(request, metadata=testing.bearing(testing.a_token()))

    assert testing.reason_of(refused.value) == "ROLE_REQUIRED"
