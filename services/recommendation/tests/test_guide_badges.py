"""The badges of the guide, through the gRPC API."""

from datetime import timedelta

import grpc
import pytest
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2
from marquee.type.v1 import type_pb2

from services.kit import errors, ids, testing, timestamps
from services.recommendation.tests import harness
from services.recommendation.tests.guide_harness import HOUR, a_channel, an_item

_EMPTY = ([], [])


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        await world.title_sync.load()
        yield running


def a_window(*channel_ids, start=0, hours=24):
    begin = testing.NOW + start * HOUR
    return recommendation_service_pb2.GuideWindow(
        channel_ids=channel_ids,
        start_time=timestamps.from_datetime(begin),
        end_time=timestamps.from_datetime(begin + hours * HOUR),
    )


async def get(app, metadata=None, **fields):
    return await app.recommendation.ListGuideBadges(
        recommendation_service_pb2.ListGuideBadgesRequest(**fields),
        metadata=app.viewer() if metadata is None else metadata,
    )


def badged(response):
    return (
        [badge.subject.programme_id for badge in response.programmes],
        [badge.subject.channel_id for badge in response.channels],
    )


async def put_news_and_films(app, title_ids):
    """Adds a channel of programmes about nothing in common, and one of titles; returns both, and their programmes."""
    others = [an_item(hour, name=f"Programme {hour}") for hour in range(10)]
    films = [an_item(hour, title_id=title_id) for hour, title_id in enumerate(title_ids)]
    return await app.guide.put(a_channel(), *others), await app.guide.put(a_channel(), *films), films


async def test_the_best_tenth_of_the_programmes_and_channels_has_a_badge_with_the_reason(app):
    title_ids = await app.add_titles(10)
    app.add_signals(harness.liked(title_ids[1]), harness.liked(title_ids[5]))
    other, mystery, films = await put_news_and_films(app, [title_ids[1], title_ids[5], title_ids[9]])
    response = await get(app, window=a_window(other, mystery))

    assert [[films[0].programme_id, films[1].programme_id], [mystery]] == list(badged(response))
    assert "Because you liked Title 1" == response.programmes[0].explanation.sentence
    for badge in (*response.programmes, *response.channels):
        assert badge.explanation.score == sum(each.value for each in badge.explanation.contributions) > 0
    assert [] == list(response.degradations)
    assert testing.NOW + timedelta(minutes=5) == timestamps.to_datetime(response.expire_time)


async def test_every_airing_of_a_programme_has_its_badge(app):
    [title_id] = await app.add_titles(1)
    app.add_signals(harness.liked(title_id))
    airings = [an_item(hour, title_id=title_id) for hour in (0, 5, 30)]
    channel_id = await app.guide.put(a_channel(), *reversed(airings))
    of_day = await get(app, window=a_window(channel_id))
    of_week = await get(app, window=a_window(channel_id, hours=15 * 24))

    assert [each.programme_id for each in airings[:2]] == badged(of_day)[0]
    assert [each.programme_id for each in airings] == badged(of_week)[0]


async def test_programmes_can_be_named(app):
    title_ids = await app.add_titles(10)
    app.add_signals(harness.liked(title_ids[1]))
    _, mystery, films = await put_news_and_films(app, [title_ids[1], title_ids[9]])
    response = await get(app, programme_ids=[films[0].programme_id, films[1].programme_id, ids.new()])
    nothing = await get(app, programme_ids=[ids.new()])

    assert ([each.programme_id for each in films], [mystery]) == badged(response)
    assert _EMPTY == badged(nothing)


@pytest.mark.parametrize("signed_in", [True, False])
async def test_a_viewer_without_signals_gets_none(app, signed_in):
    title_ids = await app.add_titles(10)
    other, mystery, _ = await put_news_and_films(app, title_ids[:3])
    response = await get(app, None if signed_in else (), window=a_window(other, mystery))

    assert (_EMPTY, []) == (badged(response), list(response.degradations))


async def test_preferences_alone_are_a_reason(app):
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["water-sport"])
    sailing = an_item(0, name="Sailing", genre_ids=["water-sport"])
    channel_id = await app.guide.put(a_channel(), sailing, an_item(1))
    response = await get(app, window=a_window(channel_id))

    assert [sailing.programme_id] == badged(response)[0]
    assert "You asked for Water sport" == response.programmes[0].explanation.sentence


async def test_what_the_viewer_may_not_see_has_none(app, world):
    liked_id = await world.put_title("The Long Tide")
    adult_id = await world.put_title("The Long Tide Returns", maturity_age=18)
    await world.embed()
    app.add_signals(harness.liked(liked_id))
    hidden = await app.guide.put(a_channel(hidden=True), an_item(0, title_id=liked_id))
    adult = await app.guide.put(
        a_channel(maturity_rating=type_pb2.MaturityRating(age=18)), an_item(0, title_id=liked_id)
    )
    mixed = await app.guide.put(a_channel(), an_item(0, title_id=liked_id, age=18), an_item(1, title_id=adult_id))
    response = await get(app, app.viewer(maturity_ceiling=13), window=a_window(hidden, adult, mixed))

    assert [] == badged(response)[0]
    assert not {hidden, adult} & set(badged(response)[1])


async def test_badges_are_kept_until_the_viewer_does_something(app):
    title_ids = await app.add_titles(10)
    other, mystery, films = await put_news_and_films(app, [title_ids[1]])
    before = await get(app, window=a_window(other, mystery))
    calls = app.viewing.calls
    await get(app, window=a_window(other))
    unchanged = app.viewing.calls
    app.add_signals(harness.liked(title_ids[1]))
    await app.handle_event(signals_changed={"profile_id": app.profile_id, "revision": 1})
    after = await get(app, window=a_window(other, mystery))

    assert calls == unchanged
    assert [] == badged(before)[0]
    assert films[0].programme_id in badged(after)[0]


async def test_a_changed_guide_changes_the_badges(app):
    [title_id] = await app.add_titles(1)
    app.add_signals(harness.liked(title_id))
    channel = a_channel()
    await app.guide.put(channel, an_item(0))
    await get(app, window=a_window(channel.channel_id))
    film = an_item(0, title_id=title_id)
    await app.guide.put(channel, film)

    assert [film.programme_id] == badged(await get(app, window=a_window(channel.channel_id)))[0]


async def test_without_viewing_or_schedules_there_are_none_and_the_response_says_so(app):
    app.viewing.failure = errors.DatabaseUnavailable()
    response = await get(app, window=a_window(ids.new()))

    assert _EMPTY == badged(response)
    assert {recommendation_pb2.DEGRADATION_NO_SIGNALS, recommendation_pb2.DEGRADATION_NO_SCHEDULES} <= set(
        response.degradations
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"programme_ids": [ids.new()], "window": a_window(ids.new())},
        {"window": a_window(ids.new(), hours=0)},
        {"window": a_window(ids.new(), hours=15 * 24 + 1)},
        {"window": a_window()},
    ],
)
async def test_a_request_names_either_programmes_or_a_window(app, fields):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await get(app, **fields)

    assert grpc.StatusCode.INVALID_ARGUMENT == refused.value.code()
