"""What suits a viewer tonight, through the gRPC API."""

from datetime import timedelta

import pytest
from marquee.embedding.v1 import embedding_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2
from marquee.type.v1 import type_pb2

from services.kit import errors, ids, testing, timestamps
from services.recommendation.tests import harness
from services.recommendation.tests.guide_harness import DAY, HOUR, a_channel, an_item

LIVE, UPCOMING = recommendation_pb2.WAY_TO_WATCH_KIND_LIVE, recommendation_pb2.WAY_TO_WATCH_KIND_UPCOMING
CATCH_UP, ON_DEMAND = recommendation_pb2.WAY_TO_WATCH_KIND_CATCH_UP, recommendation_pb2.WAY_TO_WATCH_KIND_ON_DEMAND
AVAILABILITY = recommendation_pb2.CONTRIBUTION_SOURCE_AVAILABILITY


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        await world.title_sync.load()
        yield running


async def get(app, metadata=None, **fields):
    return await app.recommendation.GetTonight(
        recommendation_service_pb2.GetTonightRequest(**fields), metadata=app.viewer() if metadata is None else metadata
    )


def programmes(response):
    """Returns the programmes of the first ways, in the order of the items."""
    return [item.ways[0].subject.programme_id for item in response.items if item.ways[0].subject.programme_id]


def titles(response):
    return [item.subject.title_id for item in response.items]


async def test_what_is_on_comes_before_what_starts_later_and_what_does_not_end_soon(app):
    [title_id] = await app.add_titles(1)
    now, soon, later = an_item(-0.5), an_item(0.5, name="Weather"), an_item(4, name="Sport")
    ended, ending = an_item(-3, name="Quiz"), an_item(-7 * 24 + 2, name="Cooking")
    await app.guide.put(a_channel(), ended, now, soon, later)
    await app.guide.put(a_channel(), ending)
    response = await get(app, metadata=())

    assert [now, soon] == [each for each in (now, soon) if each.programme_id in programmes(response)[:3]]
    assert [now, soon, later] == sorted(
        (now, soon, later), key=lambda item: programmes(response).index(item.programme_id)
    )
    assert programmes(response).index(ending.programme_id) < programmes(response).index(later.programme_id)
    assert [LIVE, UPCOMING, UPCOMING, CATCH_UP] == [
        next(way.kind for item in response.items for way in item.ways if way.subject.programme_id == each.programme_id)
        for each in (now, soon, later, ending)
    ]
    assert title_id in titles(response)
    assert timestamps.to_datetime(response.expire_time) == testing.NOW + timedelta(minutes=1)


async def test_the_score_is_the_sum_of_taste_and_availability(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    await app.guide.put(a_channel(), an_item(-0.5, title_id=title_ids[5]), an_item(1.5, title_id=title_ids[9]))
    response = await get(app)
    parts = {
        item.subject.title_id: [each.value for each in item.explanation.contributions if each.source == AVAILABILITY]
        for item in response.items
    }

    for item in response.items:
        assert item.explanation.score == sum(each.value for each in item.explanation.contributions)
    assert [] == parts[title_ids[5]]
    # What begins in the half-life of waiting has half the chance, like what can be watched at any time.
    assert [pytest.approx(-0.6931, abs=1e-4)] == parts[title_ids[9]]
    assert "Because you liked Title 1" == response.items[0].explanation.sentence


async def test_repeats_of_a_programme_are_one_item_with_several_ways(app):
    running, repeat, another = an_item(-0.5, name="The News"), an_item(2, name="The  news"), an_item(1, name="Weather")
    first = await app.guide.put(a_channel(), running, another)
    second = await app.guide.put(a_channel(), repeat)
    response = await get(app)
    [news] = [item for item in response.items if item.subject.programme_id == running.programme_id]

    assert 2 == len(response.items)
    assert [(LIVE, first, running.programme_id), (UPCOMING, second, repeat.programme_id)] == [
        (way.kind, way.channel_id, way.subject.programme_id) for way in news.ways
    ]
    assert (running.start_time, running.end_time) == (news.ways[0].start_time, news.ways[0].end_time)
    assert testing.NOW + HOUR / 2 + 7 * DAY == timestamps.to_datetime(news.ways[0].catch_up_end_time)


async def test_a_film_that_is_also_on_demand_is_one_item(app):
    title_id, other_id = await app.add_titles(2)
    running = an_item(-0.5, title_id=title_id)
    await app.guide.put(a_channel(), running)
    response = await get(app)
    [film] = [item for item in response.items if item.subject.title_id == title_id]
    [other] = [item for item in response.items if item.subject.title_id == other_id]

    assert [running.programme_id, ""] == [way.subject.programme_id for way in film.ways]
    assert ([LIVE, ON_DEMAND], title_id) == ([way.kind for way in film.ways], film.ways[1].subject.title_id)
    assert [ON_DEMAND] == [way.kind for way in other.ways]


async def test_a_card_states_two_ways_of_each_kind(app):
    [title_id] = await app.add_titles(1)
    items = [an_item(start, title_id=title_id) for start in (-9, -7, -5, 1, 2, 3)]
    await app.guide.put(a_channel(), *items)
    [item] = (await get(app)).items

    assert [
        (UPCOMING, items[3]),
        (ON_DEMAND, None),
        (CATCH_UP, items[2]),
        (CATCH_UP, items[1]),
        (UPCOMING, items[4]),
    ] == [
        (way.kind, next((each for each in items if each.programme_id == way.subject.programme_id), None))
        for way in item.ways
    ]


async def test_a_catch_up_that_ends_is_not_urgent_where_the_film_is_on_demand_or_shown_again(app):
    [title_id] = await app.add_titles(1)
    ending = [an_item(-7 * 24 + hour, name=name) for hour, name in ((1, "Quiz"), (3, "Cooking"))]
    film = an_item(-7 * 24 + 5, title_id=title_id)
    await app.guide.put(a_channel(), *ending, film, an_item(24, name="Quiz"))
    response = await get(app, metadata=())

    assert ending[1].programme_id == response.items[0].subject.programme_id
    assert "Available for a short time" == response.items[0].explanation.sentence
    assert {"Available for a short time"} & {each.explanation.sentence for each in response.items[1:]} == set()


async def test_one_in_three_places_is_for_what_can_be_watched_any_day(app):
    await app.add_titles(40)
    await app.guide.put(a_channel(), *[an_item(hour / 10, 0.1, f"Programme {hour}") for hour in range(40)])
    response = await get(app, page_size=12)

    assert 12 == len(response.items)
    assert 4 >= sum(item.ways[0].kind == ON_DEMAND for item in response.items) > 0


async def test_films_on_demand_that_are_shown_much_later_are_for_any_day(app):
    title_ids = await app.add_titles(12)
    items = [an_item(2 + number / 4, 0.25, title_id=each) for number, each in enumerate(title_ids)]
    await app.guide.put(a_channel(), an_item(0, title_id=title_ids[11]), *items)
    response = await get(app, page_size=9)

    assert title_ids[11] == response.items[0].subject.title_id
    assert 1 + 3 == len(response.items)


@pytest.mark.parametrize(
    "changes", [{"hidden": True}, {"territories": ["DE"]}, {"maturity_rating": type_pb2.MaturityRating(age=18)}]
)
async def test_what_a_channel_shows_that_the_viewer_may_not_see_is_left_out(app, changes):
    shown = an_item(0)
    await app.guide.put(a_channel(), shown)
    await app.guide.put(a_channel(**changes), an_item(0, name="Secret"))
    response = await get(app, metadata=app.viewer(maturity_ceiling=13, country_code="US"))

    assert [shown.programme_id] == programmes(response)


async def test_programmes_and_titles_that_the_profile_may_not_see_are_left_out(app, world):
    adult_id = await world.put_title("Night", maturity_age=18)
    foreign_id = await world.put_title("Elsewhere", territories=["DE"])
    await app.guide.put(a_channel(), an_item(0, age=16), an_item(1, title_id=adult_id), an_item(2, title_id=foreign_id))
    response = await get(app, metadata=app.viewer(maturity_ceiling=13, country_code="US"))

    assert [] == list(response.items)


async def test_what_the_viewer_hid_disliked_or_finished_is_left_out_at_once(app):
    hidden, disliked, finished, other = await app.add_titles(4)
    channel = a_channel()
    await app.guide.put(
        channel, *[an_item(hour, title_id=each) for hour, each in enumerate((hidden, disliked, finished, other))]
    )
    before = await get(app)
    app.add_signals(harness.hidden(hidden), harness.disliked(disliked), harness.watched(finished))
    await app.handle_event(signals_changed={"profile_id": app.profile_id, "revision": 1})
    after = await get(app)

    assert {hidden, disliked, finished, other} == set(titles(before))
    assert [other] == titles(after)


async def test_channels_of_the_packages_come_first_and_the_others_say_so(app):
    own, foreign = an_item(5), an_item(-0.5, name="Final")
    own_channel = await app.guide.put(a_channel(), own)
    await app.guide.put(a_channel(), foreign)
    app.guide.entitlement.channel_ids[app.account_id] = [own_channel]
    response = await get(app)

    assert [own.programme_id, foreign.programme_id] == programmes(response)
    assert [True, False] == [item.ways[0].entitled for item in response.items]


async def test_of_several_ways_those_of_the_packages_come_first(app):
    own, foreign = an_item(2), an_item(-0.5)
    own_channel = await app.guide.put(a_channel(), own)
    await app.guide.put(a_channel(), foreign)
    app.guide.entitlement.channel_ids[app.account_id] = [own_channel]
    [item] = (await get(app)).items

    assert [(own.programme_id, True), (foreign.programme_id, False)] == [
        (way.subject.programme_id, way.entitled) for way in item.ways
    ]


async def test_without_entitlement_every_channel_counts_and_the_response_says_so(app):
    await app.guide.put(a_channel(), an_item(0))
    app.guide.entitlement.is_down = True
    response = await get(app)

    assert [recommendation_pb2.DEGRADATION_NO_ENTITLEMENTS] == [
        each for each in response.degradations if each == recommendation_pb2.DEGRADATION_NO_ENTITLEMENTS
    ]
    assert response.items[0].ways[0].entitled


async def test_without_vectors_popularity_and_time_decide(app, world):
    world.embedding.state = embedding_internal_pb2.MODEL_STATE_FAILED
    popular, early, late = [await world.put_title(name) for name in ("Popular", "Early", "Late")]
    for _ in range(90):
        changed = {"profile_id": ids.new(), "revision": 1, "signals": [harness.watched(popular)]}
        await app.handle_event(signals_changed=changed)
    await app.popularity_tracker.refresh()
    items = [an_item(0.1 * number, 0.1, title_id=each) for number, each in enumerate((early, popular, late), 1)]
    await app.guide.put(a_channel(), *items)
    response = await get(app)

    assert recommendation_pb2.DEGRADATION_NO_VECTORS in response.degradations
    assert [popular, early, late] == titles(response)


async def test_without_schedules_the_rail_is_empty_and_the_response_says_so(app):
    await app.add_titles()
    response = await get(app)

    assert [] == list(response.items)
    assert [recommendation_pb2.DEGRADATION_NO_SCHEDULES] == list(response.degradations)


async def test_without_viewing_the_rail_is_not_personal(app):
    title_ids = await app.add_titles()
    app.viewing.failure = errors.DatabaseUnavailable()
    await app.guide.put(a_channel(), an_item(0, title_id=title_ids[0]))
    response = await get(app)

    assert response.items
    assert recommendation_pb2.DEGRADATION_NO_SIGNALS in response.degradations


async def test_a_viewer_without_signals_is_told_what_is_on(app):
    running, soon = an_item(-0.5), an_item(0.5, name="Weather")
    await app.guide.put(a_channel(), running, soon)
    in_english, in_hindi = await get(app, metadata=()), await get(app, metadata=(), display_language_code="hi")

    assert ["On now", "Starts soon"] == [item.explanation.sentence for item in in_english.items]
    assert ["अभी चल रहा है", "जल्द शुरू होगा"] == [item.explanation.sentence for item in in_hindi.items]


async def test_a_preferred_genre_counts_for_programmes_too(app):
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["water-sport"])
    sailing = an_item(0.4, name="Sailing", genre_ids=["water-sport"])
    await app.guide.put(a_channel(), an_item(0), sailing)
    response = await get(app)

    assert sailing.programme_id == programmes(response)[0]
    assert "You asked for Water sport" == response.items[0].explanation.sentence
