import grpc
import pytest
from marquee.entitlement.v1 import entitlement_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.entitlement.tests import house
from services.entitlement.tests.house import a_package, eventually
from services.kit import events, ids, testing


async def packages(home, **request):
    answer = await home.viewer.ListPackages(entitlement_pb2.ListPackagesRequest(**request))
    return list(answer.packages), answer.next_page_token


async def told(home):
    """Every event that entitlement has told."""
    entries = await home.redis.xrange(events.stream("entitlement"))
    return [event_internal_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]


async def test_packages_are_listed_the_cheapest_first_page_by_page(home):
    premium, basic = a_package(type_pb2.TIER_PREMIUM), a_package(type_pb2.TIER_BASIC)
    await home.save(premium)
    await home.save(basic, ids.new(), ids.new())

    await eventually(lambda: packages(home), lambda page: len(page[0]) == 2 and page[0][0].title_count == 2)
    first, token = await packages(home, page_size=1)
    second, end = await packages(home, page_size=1, page_token=token)

    assert [package.package_id for package in (*first, *second)] == [basic.package_id, premium.package_id]
    assert (first[0].title_count, bool(token), end) == (2, True, "")


async def test_a_broken_page_token_is_refused(home):
    await eventually(lambda: packages(home), bool)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await packages(home, page_token="%%%")

    assert testing.reason_of(refused.value) == "PAGE_TOKEN_INVALID"


async def test_saving_a_package_twice_writes_and_tells_once(home):
    package = a_package()
    request = entitlement_pb2.SavePackageRequest(package=package)
    first = await home.admin.SavePackage(request, metadata=house.ADMIN)
    second = await home.admin.SavePackage(request, metadata=house.ADMIN)
    changed = entitlement_pb2.SavePackageRequest(package=entitlement_pb2.Package(max_streams=7))
    changed.package.MergeFrom(package)
    changed.package.max_streams = 7
    third = await home.admin.SavePackage(changed, metadata=house.ADMIN)

    assert (first.changed, second.changed, third.changed) == (True, False, True)
    assert third.package.max_streams == 7
    tellings = await eventually(lambda: told(home), lambda found: len(found) == 2)
    assert [list(event.packages_changed.package_ids) for event in tellings] == [[package.package_id]] * 2


async def test_assigning_titles_twice_counts_them_once(home):
    package, titles = a_package(), [ids.new() for _ in range(5000)]
    await home.save(package)
    request = entitlement_pb2.AssignTitlesRequest(
        package_id=package.package_id, add_title_ids=titles, remove_title_ids=[ids.new()]
    )
    first = await home.admin.AssignTitles(request, metadata=house.ADMIN)
    second = await home.admin.AssignTitles(request, metadata=house.ADMIN)

    assert (first.added_count, first.removed_count) == (5000, 0)
    assert (second.added_count, second.removed_count) == (0, 0)


async def test_titles_cannot_be_assigned_to_a_package_that_is_not_there(home):
    request = entitlement_pb2.AssignTitlesRequest(package_id=ids.new(), add_title_ids=[ids.new()])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await home.admin.AssignTitles(request, metadata=house.ADMIN)

    assert testing.reason_of(refused.value) == "PACKAGE_NOT_FOUND"


async def test_an_account_without_a_record_is_on_the_free_tier(home):
    await eventually(lambda: packages(home), bool)
    answer = await home.viewer.GetSubscription(
        entitlement_pb2.GetSubscriptionRequest(), metadata=testing.bearing(testing.a_token())
    )

    assert (answer.subscription.tier, answer.subscription.max_streams) == (type_pb2.TIER_FREE, 0)


async def test_a_change_of_tier_is_told_with_a_growing_revision_and_once(home):
    account_id = ids.new()
    await home.save(a_package(type_pb2.TIER_STANDARD, max_streams=2))
    await eventually(lambda: packages(home), lambda page: page[0])
    changed = [
        (await home.subscribe(account_id, tier)).changed
        for tier in (type_pb2.TIER_BASIC, type_pb2.TIER_BASIC, type_pb2.TIER_STANDARD)
    ]
    mine = await home.viewer.GetSubscription(
        entitlement_pb2.GetSubscriptionRequest(), metadata=testing.bearing(testing.a_token(account_id=account_id))
    )

    assert changed == [True, False, True]
    assert (mine.subscription.tier, mine.subscription.max_streams) == (type_pb2.TIER_STANDARD, 2)
    tellings = await eventually(lambda: told(home), lambda found: len(found) == 3)
    assert [(event.subscription_changed.tier, event.subscription_changed.revision) for event in tellings[1:]] == [
        (type_pb2.TIER_BASIC, 1),
        (type_pb2.TIER_STANDARD, 2),
    ]


async def test_only_admins_set_subscriptions(home):
    request = entitlement_pb2.SetSubscriptionRequest(account_id=ids.new(), tier=type_pb2.TIER_PREMIUM)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await home.admin.SetSubscription(request, metadata=testing.bearing(testing.a_token()))

    assert testing.reason_of(refused.value) == "ROLE_REQUIRED"
