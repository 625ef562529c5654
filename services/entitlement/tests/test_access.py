from datetime import timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from marquee.catalog.v1 import catalog_pb2
from marquee.entitlement.v1 import entitlement_pb2
from marquee.type.v1 import type_pb2

from services.entitlement.tests import house
from services.entitlement.tests.house import a_package, eventually, some_facts
from services.kit import ids, testing

FILM, PREMIERE, DRAFT, SOON = (ids.new() for _ in range(4))
BASIC = a_package(type_pb2.TIER_BASIC)
PREMIUM = a_package(type_pb2.TIER_PREMIUM, includes_all_titles=True)
SOON_OPENS = Timestamp()
SOON_OPENS.FromDatetime(testing.NOW + timedelta(hours=1))


@pytest.fixture
async def shop(catalog, home):
    """Two packages: a film in the basic one, everything in the premium one."""
    await home.tell(
        some_facts(FILM),
        some_facts(PREMIERE, maturity_rating=type_pb2.MATURITY_RATING_R),
        some_facts(DRAFT, state=catalog_pb2.TITLE_STATE_DRAFT),
        some_facts(SOON, windows=[catalog_pb2.AvailabilityWindow(start_time=SOON_OPENS)]),
    )
    await home.save(BASIC, FILM, DRAFT, SOON)
    await home.save(PREMIUM)
    account_id = ids.new()
    await home.subscribe(account_id, type_pb2.TIER_BASIC)
    await eventually(
        lambda: home.check(FILM, testing.a_token(account_id=account_id)), lambda decision: decision.allowed
    )
    await eventually(lambda: home.check(SOON), lambda decision: decision.HasField("expire_time"))
    return home


@pytest.fixture
async def account_id(shop):
    account_id = ids.new()
    await shop.subscribe(account_id, type_pb2.TIER_BASIC)
    return account_id


def codes(decision):
    return [
        entitlement_pb2.AccessReasonCode.Name(reason.code).removeprefix("ACCESS_REASON_CODE_")
        for reason in decision.reasons
    ]


async def test_a_basic_account_is_told_why_a_premium_title_is_closed_and_what_opens_it(shop, account_id):
    decision = await shop.check(PREMIERE, testing.a_token(account_id=account_id))

    assert (decision.allowed, codes(decision)) == (False, ["NOT_IN_SUBSCRIPTION"])
    assert [option.subscribe.display_name for option in decision.options] == ["Premium"]
    assert decision.options[0].subscribe.monthly_price == PREMIUM.monthly_price
    assert decision.max_streams == 2


async def test_subscribing_opens_the_door_at_once(shop, account_id):
    closed = await shop.check(PREMIERE, testing.a_token(account_id=account_id))
    await shop.subscribe(account_id, type_pb2.TIER_PREMIUM)
    opened = await shop.check(PREMIERE, testing.a_token(account_id=account_id))

    assert (closed.allowed, opened.allowed, opened.max_streams) == (False, True, 4)


async def test_the_tier_that_counts_is_that_of_the_record_and_not_of_the_token(shop):
    decision = await shop.check(FILM, testing.a_token(tier="premium"))

    assert codes(decision) == ["NOT_IN_SUBSCRIPTION"]


async def test_an_unpublished_title_is_answered_like_an_unknown_one(shop, account_id):
    token = testing.a_token(account_id=account_id)
    draft, unknown = await shop.check(DRAFT, token), await shop.check(ids.new(), token)

    unknown.title_id = DRAFT
    assert draft == unknown
    assert codes(draft) == ["NOT_AVAILABLE"]


async def test_a_title_opens_by_itself_when_its_window_does(shop, account_id):
    token = testing.a_token(account_id=account_id, lifetime=timedelta(hours=2))
    before = await shop.check(SOON, token)
    shop.clock.advance(timedelta(hours=1))
    after = await shop.check(SOON, token)

    assert (codes(before), before.options[0].wait.available_time) == (["NOT_YET"], SOON_OPENS)
    assert before.expire_time == SOON_OPENS
    assert after.allowed


async def test_a_child_is_offered_another_profile(shop, account_id):
    await shop.subscribe(account_id, type_pb2.TIER_PREMIUM)
    decision = await shop.check(PREMIERE, testing.a_token(account_id=account_id, maturity_ceiling=2))

    assert codes(decision) == ["MATURITY"]
    assert decision.options[0].switch_profile.maturity_rating == type_pb2.MATURITY_RATING_R


async def test_a_batch_answers_as_single_checks_do(shop, account_id):
    token = testing.a_token(account_id=account_id)
    title_ids = [PREMIERE, FILM, ids.new(), DRAFT, SOON, FILM]

    batch = await shop.viewer.BatchCheckAccess(
        entitlement_pb2.BatchCheckAccessRequest(title_ids=title_ids), metadata=testing.bearing(token)
    )

    assert list(batch.decisions) == [await shop.check(title_id, token) for title_id in title_ids]


async def test_a_service_gets_the_decision_of_the_viewer_it_acts_for(shop, account_id):
    request = entitlement_pb2.CheckAccessForRequest(
        title_id=PREMIERE, account_id=account_id, maturity_ceiling=type_pb2.MATURITY_RATING_NC_17, country_code="US"
    )
    answer = await shop.internal.CheckAccessFor(request, metadata=testing.as_service("playback"))

    assert answer.decision == await shop.check(PREMIERE, testing.a_token(account_id=account_id))


async def test_a_service_that_asks_for_itself_has_no_subscription(shop):
    request = entitlement_pb2.CheckAccessRequest(title_id=FILM)
    answer = await shop.viewer.CheckAccess(request, metadata=testing.as_service())

    assert "NOT_IN_SUBSCRIPTION" in codes(answer.decision)


async def test_users_may_not_ask_for_others(shop, account_id):
    request = entitlement_pb2.CheckAccessForRequest(title_id=FILM, account_id=account_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await shop.internal.CheckAccessFor(request, metadata=testing.bearing(testing.a_token(roles=("admin",))))

    assert testing.reason_of(refused.value) == "METHOD_UNKNOWN"


async def test_news_of_a_title_change_the_decision(shop, account_id):
    token = testing.a_token(account_id=account_id)
    await shop.tell(some_facts(FILM, revision=2, territories=["DE"]))

    decision = await eventually(lambda: shop.check(FILM, token), lambda decision: not decision.allowed)

    assert (codes(decision), len(decision.options)) == (["TERRITORY"], 0)


async def test_old_news_of_a_title_change_nothing(shop, account_id):
    token = testing.a_token(account_id=account_id)
    await shop.tell(
        some_facts(FILM, revision=3), some_facts(FILM, revision=2, deleted=True), some_facts(SOON, revision=2)
    )
    await eventually(lambda: shop.check(SOON, token), lambda decision: decision.allowed)

    assert (await shop.check(FILM, token)).allowed


async def test_a_title_taken_out_of_a_package_is_closed(shop, account_id):
    token = testing.a_token(account_id=account_id)
    request = entitlement_pb2.AssignTitlesRequest(package_id=BASIC.package_id, remove_title_ids=[FILM])
    answer = await shop.admin.AssignTitles(request, metadata=house.ADMIN)

    decision = await eventually(lambda: shop.check(FILM, token), lambda decision: not decision.allowed)

    assert (answer.removed_count, codes(decision)) == (1, ["NOT_IN_SUBSCRIPTION"])


async def test_a_malformed_id_is_named(shop):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await shop.check("not-an-id")

    assert (testing.reason_of(refused.value), "title_id" in (refused.value.details() or "")) == (
        "REQUEST_INVALID",
        True,
    )
