"""While recommendation is away, the catalogue answers homes: for everybody, from memory, and saying so."""

import asyncio
import contextlib
import dataclasses
from datetime import UTC, timedelta

import grpc
import pytest
from marquee.event.v1 import event_pb2
from marquee.recommendation.v1 import recommendation_pb2 as pb
from marquee.recommendation.v1 import recommendation_pb2_grpc
from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.catalog import hearing, shelves, standing, storage, unwanted
from services.catalog.handlers import StandIn
from services.catalog.tests import builders
from services.catalog.tests.conftest import a_replica
from services.kit import errors, events, ids, migrations, paging, testing

POPULAR = [pb.DEGRADATION_POPULAR_ONLY, pb.DEGRADATION_NOT_RECORDED]
NEW = "2026-06-01"


class Viewing(viewing_pb2_grpc.ViewingInternalServiceServicer):
    """Tells what a test says that profiles did."""

    def __init__(self):
        self.excluded = []
        self.away = False
        self.open = asyncio.Event()
        self.open.set()
        self.asked = []

    async def GetExcludedTitles(self, request, rpc):
        self.asked.append(request.profile_id)
        await self.open.wait()
        if self.away:
            raise errors.DatabaseUnavailable
        return viewing_pb2.GetExcludedTitlesResponse(title_ids=self.excluded)


@dataclasses.dataclass
class Standing:
    """A replica of the catalogue that stands in."""

    catalog: object
    viewing: Viewing
    shelved: shelves.Shelves
    stub: recommendation_pb2_grpc.RecommendationServiceStub

    async def take(self, *rows, popular=()):
        await self.catalog.take(*rows)
        if popular:
            async with self.catalog.database.transaction() as tx:
                await hearing.on_event(tx, ranked(popular))
        await self.shelved.catch_up()

    async def home(self, metadata=(), **asked):
        return await self.stub.GetHome(pb.GetHomeRequest(**asked), metadata=metadata)


def ranked(title_ids, at=testing.NOW):
    event = event_pb2.Event(popularity_ranked=event_pb2.PopularityRanked(title_ids=title_ids))
    event.occur_time.FromDatetime(at)
    return event


@contextlib.asynccontextmanager
async def standing_in(database_url, redis_url, seconds=testing.PATIENCE):
    async with contextlib.AsyncExitStack() as stack:
        catalog = await stack.enter_async_context(a_replica(database_url, redis_url))
        follower, viewing = catalog.follower, Viewing()
        registered = (viewing_pb2_grpc.add_ViewingInternalServiceServicer_to_server, viewing)
        address = await stack.enter_async_context(testing.serving(registered, time=catalog.clock))
        mesh = testing.a_mesh("catalog", {"viewing": address}, catalog.clock)
        stack.push_async_callback(mesh.close)
        numbered = follower._known._numbered
        shelved = shelves.Shelves(catalog.database, numbered)
        homes = standing.Homes(shelved, follower._known, follower._answers, numbered, catalog.clock)
        asks = unwanted.Unwanted(viewing_pb2_grpc.ViewingInternalServiceStub(mesh.channel("viewing")), seconds=seconds)
        add = recommendation_pb2_grpc.add_RecommendationServiceServicer_to_server
        channel = await stack.enter_async_context(testing.channel_to((add, StandIn(homes, asks)), time=catalog.clock))
        stack.callback(viewing.open.set)
        yield Standing(catalog, viewing, shelved, recommendation_pb2_grpc.RecommendationServiceStub(channel))


@pytest.fixture
async def on(database_url, redis_url):
    async with standing_in(await database_url("catalog"), redis_url) as running:
        yield running


def some(count, **changes):
    return [builders.a_row(**{"release_date": "1950-01-01", **changes}) for _ in range(count)]


def ids_of(rows):
    return [row["title_id"] for row in rows]


def shown(answer):
    items = [item for rail in answer.home.rails for item in rail.items]
    return [item.title_id for item in ([answer.home.hero, *items] if answer.home.HasField("hero") else items)]


def rails(answer):
    return {rail.rail_id: [item.title_id for item in rail.items] for rail in answer.home.rails}


async def refusal(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), testing.reason_of(caught.value)


async def test_the_home_is_popular_curated_and_new_and_says_that_it_stands_in(on):
    popular, featured, new = some(5), some(4, featured=True), some(4, release_date=NEW, genres=["Drama"])
    await on.take(*popular, *featured, *new, *some(3), popular=ids_of(popular))

    answer = await on.home()

    assert ids_of(popular) == rails(answer)["trending"]
    assert set(ids_of(featured)) == {answer.home.hero.title_id, *rails(answer)["curated"]}
    assert set(ids_of(new)) == set(rails(answer)["new-releases"])
    assert POPULAR == list(answer.degradations)
    assert {""} == {answer.decision_id, *(rail.decision_id for rail in answer.home.rails)}
    assert "Popular this week" == answer.home.rails[1].items[0].explanation.sentence
    assert answer.expire_time.ToDatetime(UTC) == testing.NOW + standing.KEPT


async def test_scores_are_exactly_the_sum_of_their_contributions(on):
    rows = some(12, release_date=NEW, featured=True)
    await on.take(*rows, popular=ids_of(rows)[3:9])

    answer = await on.home(page_size=30)

    for item in [answer.home.hero, *(item for rail in answer.home.rails for item in rail.items)]:
        assert item.explanation.sentence
        assert item.explanation.score == sum(each.value for each in item.explanation.contributions) > 0
        assert not any(each.signal_id or each.title_id for each in item.explanation.contributions)


async def test_pages_of_one_home_follow_each_other_and_nothing_stands_twice(on):
    await on.take(
        *some(6, featured=True), *some(6, release_date=NEW), *(r for g in "abcd" for r in some(8, genres=[g]))
    )

    whole = await on.home(page_size=30)
    first = await on.home(page_size=2)
    second = await on.home(page_size=30, page_token=first.next_page_token)

    assert shown(whole) == shown(first) + shown(second)
    assert len(shown(whole)) == len(set(shown(whole)))
    assert not second.home.HasField("hero")
    assert ("", "") == (whole.next_page_token, second.next_page_token)


async def test_a_page_of_a_home_that_was_decided_anew_is_refused(on):
    rows = some(20, featured=True, genres=["Drama"])
    await on.take(*rows, *some(20, genres=["Mystery"]))
    first = await on.home(page_size=1)

    await on.take(*some(1, featured=True), popular=ids_of(rows)[4:])

    assert (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID") == await refusal(
        on.home(page_token=first.next_page_token)
    )


async def test_page_tokens_of_recommendation_are_refused_with_their_reason(on):
    await on.take(*some(5))
    viewer = builders.viewer(country_code="US", maturity_ceiling=5, language_code="en")
    recommended = paging.token([ids.new(), 6], of=("home", "US", "5", "en"))

    for token in (recommended, "broken"):
        assert (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID") == await refusal(
            on.home(viewer, page_token=token)
        )


async def test_what_a_profile_hid_finished_or_dislikes_is_left_out_and_others_move_up(on):
    rows = some(12, release_date=NEW)
    await on.take(*rows, popular=ids_of(rows))
    on.viewing.excluded = ids_of(rows)[:4]

    answer, strangers = await on.home(builders.VIEWER, page_size=30), await on.home(page_size=30)

    assert rows[4]["title_id"] == answer.home.hero.title_id
    assert not set(ids_of(rows)[:4]) & set(shown(answer))
    assert set(ids_of(rows)[:4]) <= set(shown(strangers))
    assert POPULAR == list(answer.degradations)
    assert 1 == len(on.viewing.asked)


async def test_who_hides_something_more_does_not_see_it_in_the_next_home(on):
    rows = some(12, release_date=NEW)
    await on.take(*rows, popular=ids_of(rows))
    on.viewing.excluded = ids_of(rows)[:1]
    before, again = await on.home(builders.VIEWER), await on.home(builders.VIEWER)

    on.viewing.excluded = ids_of(rows)[:2]
    after = await on.home(builders.VIEWER)

    assert shown(before) == shown(again)
    assert rows[1]["title_id"] in shown(before)
    assert not set(ids_of(rows)[:2]) & set(shown(after))


async def test_where_viewing_is_away_the_home_comes_all_the_same_and_says_so(on):
    rows = some(4, featured=True)
    await on.take(*rows)
    on.viewing.away = True

    answers = [await on.home(builders.VIEWER) for _ in range(5)]

    assert [[*POPULAR, pb.DEGRADATION_NO_SIGNALS]] * 5 == [list(answer.degradations) for answer in answers]
    assert set(ids_of(rows)) == set(shown(answers[0]))
    # Who failed thrice is left alone.
    assert 3 == len(on.viewing.asked)


async def test_nobody_waits_for_viewing_when_it_hangs(database_url, redis_url):
    async with standing_in(await database_url("catalog"), redis_url, seconds=0.01) as on:
        await on.take(*some(4))
        on.viewing.open.clear()

        answer = await on.home(builders.VIEWER)

        assert pb.DEGRADATION_NO_SIGNALS in answer.degradations
        assert shown(answer)


async def test_who_is_late_tells_for_the_next_home(database_url, redis_url):
    async with standing_in(await database_url("catalog"), redis_url, seconds=0.01) as on:
        rows = some(4)
        await on.take(*rows)
        on.viewing.excluded = ids_of(rows)[:1]
        on.viewing.open.clear()
        first = await on.home(builders.VIEWER)
        on.viewing.open.set()

        async with asyncio.timeout(testing.PATIENCE):
            while pb.DEGRADATION_NO_SIGNALS in (later := await on.home(builders.VIEWER)).degradations:
                await asyncio.sleep(0.01)

        assert rows[0]["title_id"] in shown(first)
        assert set(ids_of(rows)[1:]) == set(shown(later))


async def test_only_what_the_caller_may_know_of_stands_on_it(on):
    everywhere = some(3, featured=True)
    closed = [
        *some(2, featured=True, maturity="NC_17"),
        *some(2, featured=True, state="DRAFT"),
        *some(2, featured=True, availability={"territories": ["FR"]}),
    ]
    await on.take(*everywhere, *closed, popular=ids_of(closed))

    stranger, child = await on.home(), await on.home(builders.viewer(maturity_ceiling=1))
    grown = await on.home(builders.viewer(maturity_ceiling=5, country_code="FR"))

    assert set(ids_of(everywhere)) == set(shown(stranger))
    assert [] == shown(child)
    assert {*ids_of(everywhere), *ids_of(closed[:2]), *ids_of(closed[4:])} == set(shown(grown))


async def test_what_is_withdrawn_is_gone_from_the_next_answer(on):
    row, others = builders.a_row(featured=True), some(3)
    await on.take(row, *others)
    before = await on.home()

    await on.catalog.take({**row, "state": "ARCHIVED"})

    assert row["title_id"] in shown(before)
    assert set(ids_of(others)) == set(shown(await on.home()))


async def test_a_window_that_closes_ends_the_home(on):
    end = testing.NOW + timedelta(seconds=2)
    row = builders.a_row(availability={"windows": [{"until": end.isoformat()}]})
    await on.take(row)

    before = await on.home()
    on.catalog.clock.advance(timedelta(seconds=2))
    after = await on.home()

    assert end == before.expire_time.ToDatetime(UTC)
    assert ([row["title_id"]], []) == (shown(before), shown(after))


async def test_the_home_speaks_the_language_of_the_profile_or_the_one_asked_for(on):
    await on.take(*some(6, featured=True))

    hindi = await on.home(builders.viewer(language_code="hi"))
    english = await on.home(builders.viewer(language_code="hi"), display_language_code="en-GB")

    assert ("चुनिंदा", "Picked for Everyone") == (hindi.home.rails[0].title, english.home.rails[0].title)


async def test_before_the_titles_are_known_it_says_so(on):
    assert (grpc.StatusCode.UNAVAILABLE, "TITLES_NOT_READY") == await refusal(on.home())


async def test_nothing_but_homes_is_answered(on):
    for call in (
        on.stub.ListSimilarTitles(pb.ListSimilarTitlesRequest(title_id=ids.new())),
        on.stub.ListPostPlay(pb.ListPostPlayRequest(title_id=ids.new())),
        on.stub.PickForMood(pb.PickForMoodRequest()),
    ):
        assert (grpc.StatusCode.UNAVAILABLE, "STANDS_IN_FOR_HOME_ALONE") == await refusal(call)


async def test_what_is_popular_is_heard_from_recommendation_and_survives_a_restart(on):
    rows = some(8)
    await on.take(*rows)
    await on.catalog.redis.xadd(events.stream("recommendation"), {b"event": ranked(ids_of(rows)).SerializeToString()})

    again = shelves.Shelves(on.catalog.database, on.catalog.follower._known._numbered)
    while again.shelf is None or not again.shelf.popularity.any():
        await again.catch_up()
    await on.shelved.catch_up()

    assert ids_of(rows)[1:7] == rails(await on.home())["trending"]
    assert again.shelf.popularity.tolist() == on.shelved.shelf.popularity.tolist()


async def test_an_older_ranking_does_not_replace_a_later_one(on):
    older, later = [ids.new()], [ids.new(), ids.new()]
    async with on.catalog.database.transaction() as tx:
        await hearing.on_event(tx, ranked(later))
        await hearing.on_event(tx, ranked(older, testing.NOW - timedelta(minutes=1)))
    async with on.catalog.database.reading() as session:
        known = await storage.shelves.popular(session)

    assert tuple(later) == known


async def test_without_its_database_the_home_is_answered_still(mortal_postgres, redis_url):
    engine, url = mortal_postgres
    await migrations.migrate(url, "catalog")
    async with standing_in(url, redis_url) as on:
        rows = some(6)
        await on.take(*rows, popular=ids_of(rows))
        engine.kill()

        answer = await on.home()
        engine.start()

    assert set(ids_of(rows)) == set(shown(answer))
