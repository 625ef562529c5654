"""Promises of the home, through the contract."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from google.protobuf import duration_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import errors, subjects, testing
from services.recommendation.tests import builders, harness


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as opened:
        yield opened


async def get(app, metadata=None, **asked):
    return await app.recommendation.GetHome(
        recommendation_service_pb2.GetHomeRequest(**asked), metadata=app.viewer() if metadata is None else metadata
    )


def rails(answer, kind):
    return [[item.subject.title_id for item in rail.items] for rail in answer.home.rails if rail.kind == kind]


async def test_a_stranger_gets_what_is_curated_and_is_told_what_is_missing(app):
    found = await app.add_titles()
    answer = await get(app, metadata=())

    assert [] == list(answer.degradations)
    assert recommendation_pb2.RAIL_KIND_CURATED == answer.home.rails[0].kind
    assert set(harness.shown(answer.home)) <= set(found)
    assert answer.decision_id


async def test_a_home_follows_what_was_liked_and_hides_what_was_hidden_or_finished(app):
    found = await app.add_titles(120)
    app.add_signals(harness.liked(found[1]), harness.hidden(found[5]), harness.watched(found[9]))
    answer = await get(app, page_size=30)

    assert found[5] not in harness.shown(answer.home)
    assert found[9] not in harness.shown(answer.home)
    assert rails(answer, recommendation_pb2.RAIL_KIND_FOR_YOU)
    [because] = [rail for rail in answer.home.rails if rail.rail_id == f"because.{found[1]}"]
    assert "Because you liked Title 1" == because.display_name
    named = [{each.signal_id for each in item.explanation.contributions} for item in because.items]
    assert all(f"rated.{found[1]}" in signal_ids for signal_ids in named)


async def test_what_is_gone_on_with_comes_with_its_place(app):
    found = await app.add_titles()
    app.add_signals(harness.watched(found[1], 0.1))
    app.viewing.bookmarks[app.profile_id] = [harness.bookmark(found[1])]
    answer = await get(app)

    [[title_id]] = rails(answer, recommendation_pb2.RAIL_KIND_CONTINUE_WATCHING)
    item = answer.home.rails[0].items[0]
    assert (found[1], 300, 5400) == (title_id, item.position.seconds, item.duration.seconds)
    assert recommendation_pb2.ITEM_KIND_CONTINUE == item.kind


async def test_a_home_is_kept_until_something_happens(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    first = await get(app)
    calls = app.viewing.calls
    again = await get(app)

    assert first == again
    assert calls == app.viewing.calls
    app.add_signals(harness.hidden(found[2]))
    await app.handle_event(signals_changed=event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=2))
    later = await get(app)
    assert first.decision_id != later.decision_id
    assert found[2] not in harness.shown(later.home)


async def test_a_write_shows_in_the_next_home_before_its_event_comes(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    first = await get(app, page_size=30)
    hidden = harness.shown(first.home)[0]
    token = app.add_signals(harness.hidden(hidden))
    answer = await get(app, page_size=30, consistency_token=token)

    assert hidden not in harness.shown(answer.home)
    assert answer == await get(app, page_size=30, consistency_token=token)


async def test_a_home_ends_after_five_minutes_or_with_a_window(app):
    await app.add_titles()
    first = await get(app)
    app.world.clock.advance(timedelta(minutes=5))
    again = await get(app, metadata=app.viewer())

    assert first.expire_time.ToDatetime() - testing.NOW.replace(tzinfo=None) == timedelta(minutes=5)
    assert first.decision_id != again.decision_id


async def test_a_home_ends_when_a_title_that_was_put_off_comes_back(app):
    found = await app.add_titles()
    off = harness.snoozed(found[1], timedelta(minutes=2))
    app.add_signals(off)
    first = await get(app)
    assert [] == rails(first, recommendation_pb2.RAIL_KIND_CONTINUE_WATCHING)
    app.world.clock.advance(timedelta(minutes=2))
    app.viewing.bookmarks[app.profile_id] = [harness.bookmark(found[1])]
    again = await get(app, metadata=app.viewer())

    assert off.snooze_until_time == first.expire_time
    assert [[found[1]]] == rails(again, recommendation_pb2.RAIL_KIND_CONTINUE_WATCHING)


async def test_a_title_that_is_closed_leaves_kept_homes_and_their_later_pages_at_once(app):
    found = await app.add_titles()
    first = await get(app, page_size=1)
    second = await get(app, page_size=1, page_token=first.next_page_token)
    closed = second.home.rails[0].items[0].subject.title_id
    gone = builders.facts(closed, state=5)
    app.world.catalog.put(gone)
    await app.world.title_sync.listen(builders.changed(gone))
    await app.world.title_sync.load()

    again = await get(app, page_size=1, page_token=first.next_page_token)
    assert closed not in harness.shown(again.home)
    assert closed not in harness.shown((await get(app, page_size=30)).home)
    assert closed in found


async def test_what_is_hidden_between_two_pages_is_not_on_the_second(app):
    found = await app.add_titles(120)
    app.add_signals(harness.liked(found[1]))
    first = await get(app, page_size=1)
    second = await get(app, page_size=1, page_token=first.next_page_token)
    hidden = harness.shown(second.home)[0]
    app.add_signals(harness.hidden(hidden))
    await app.handle_event(
        signals_changed=event_internal_pb2.SignalsChanged(
            profile_id=app.profile_id, revision=2, signals=[harness.hidden(hidden)]
        )
    )
    again = await get(app, page_size=1, page_token=first.next_page_token)

    assert second.decision_id == again.decision_id
    assert [each for each in harness.shown(second.home) if each != hidden] == harness.shown(again.home)


async def test_a_home_that_lacks_something_is_decided_again_soon(world):
    async with harness.open_app(world, pause=0.0) as app:
        found = await app.add_titles()
        app.add_signals(harness.liked(found[1]), harness.hidden(found[2]))
        whole = await get(app, page_size=30)
        app.viewing.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
        app.world.clock.advance(timedelta(minutes=5))
        without = await get(app, page_size=30, metadata=app.viewer())
        app.viewing.failure = None
        app.world.clock.advance(timedelta(seconds=5))
        again = await get(app, page_size=30, metadata=app.viewer())

    assert recommendation_pb2.DEGRADATION_NO_SIGNALS in without.degradations
    # What is remembered of the viewer's word holds while it cannot be asked for.
    assert found[2] not in harness.shown(without.home)
    assert [] == list(again.degradations)
    assert rails(whole, recommendation_pb2.RAIL_KIND_FOR_YOU) == rails(again, recommendation_pb2.RAIL_KIND_FOR_YOU)


async def test_wishes_tilt_the_home_of_a_new_profile(app):
    await app.add_titles()
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["mystery"])
    answer = await get(app)

    [rail] = [rail for rail in answer.home.rails if rail.kind == recommendation_pb2.RAIL_KIND_FOR_YOU]
    assert "You asked for Mystery" == rail.items[0].explanation.sentence
    assert "genre.mystery" in {each.signal_id for each in rail.items[0].explanation.contributions}


async def test_without_identity_the_home_says_so(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    app.identity.failure = errors.Unavailable("away", reason="DATABASE_UNAVAILABLE", domain="platform.marquee")
    answer = await get(app)

    assert [recommendation_pb2.DEGRADATION_NO_PREFERENCES] == list(answer.degradations)
    assert rails(answer, recommendation_pb2.RAIL_KIND_FOR_YOU)


async def test_with_everything_down_popular_titles_come_and_it_is_said(app):
    found = await app.add_titles()
    app.viewing.failure = app.identity.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
    await app.world.database.close()
    answer = await get(app)

    assert {
        recommendation_pb2.DEGRADATION_NO_SIGNALS,
        recommendation_pb2.DEGRADATION_NO_PREFERENCES,
        recommendation_pb2.DEGRADATION_POPULAR_ONLY,
    } <= set(answer.degradations)
    assert set(harness.shown(answer.home)) <= set(found)
    assert harness.shown(answer.home)


async def test_while_viewing_hangs_popular_titles_come_and_it_is_asked_no_more_for_a_while(world):
    async with harness.open_app(world, patience=0.25) as app:
        await app.add_titles()
        app.viewing.open.clear()
        app.identity.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
        first = await get(app)
        calls = app.viewing.calls
        again = await get(app, metadata=testing.bearing(testing.a_token()))
        app.viewing.open.set()

        assert recommendation_pb2.DEGRADATION_POPULAR_ONLY in first.degradations
        assert recommendation_pb2.DEGRADATION_POPULAR_ONLY in again.degradations
        assert calls == app.viewing.calls


async def test_before_any_title_is_known_the_home_is_empty_and_says_why(app):
    answer = await get(app, metadata=())
    await app.add_titles(3)
    later = await get(app, metadata=())

    assert not harness.shown(answer.home)
    assert [recommendation_pb2.DEGRADATION_NO_TITLES, recommendation_pb2.DEGRADATION_NO_VECTORS] == list(
        answer.degradations
    )
    assert ([], True) == (list(later.degradations), bool(harness.shown(later.home)))


async def test_what_is_popular_follows_what_profiles_do(app):
    found = await app.add_titles()
    for each in found[40:46]:
        changed = event_internal_pb2.SignalsChanged(
            profile_id=testing.ids.new(), revision=1, signals=[harness.watched(each)]
        )
        await app.handle_event(signals_changed=changed)
    await app.popularity_tracker.refresh()
    answer = await get(app, metadata=(), page_size=30)

    popular = {
        item.subject.title_id
        for item in [answer.home.hero, *(item for rail in answer.home.rails for item in rail.items)]
        if recommendation_pb2.CONTRIBUTION_SOURCE_POPULARITY in {each.source for each in item.explanation.contributions}
    }
    assert set(found[40:46]) == popular


async def test_what_is_forgotten_is_popular_no_more(app):
    [title_id] = await app.add_titles(1)
    for revision, told in ((1, harness.watched(title_id)), (2, pb_signals(title_id)), (1, harness.watched(title_id))):
        changed = event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=revision, signals=[told])
        await app.handle_event(signals_changed=changed)
        await app.popularity_tracker.refresh()
        if revision == 2:
            break

    assert {} == app.popularity_tracker.recent_interest()


def pb_signals(title_id):
    return harness.viewing_internal_pb2.SubjectSignals(subject=subjects.title(title_id))


async def test_after_an_episode_comes_the_next_one(app):
    world = app.world
    told = builders.facts(type=2)
    document = builders.document(told, "Series")
    for number in (1, 2):
        document.episodes.add(episode_id=testing.ids.new(), season_number=1, episode_number=number)
    world.catalog.put(told, document)
    await world.title_sync.listen(builders.changed(told))
    others = await app.add_titles(20)
    first, second = (each.episode_id for each in document.episodes)
    asked = recommendation_service_pb2.ListPostPlayRequest(subject=subjects.episode(first))
    answer = await app.recommendation.ListPostPlay(asked, metadata=app.viewer())
    at_the_end = await app.recommendation.ListPostPlay(
        recommendation_service_pb2.ListPostPlayRequest(subject=subjects.episode(second)), metadata=app.viewer()
    )

    assert recommendation_pb2.ITEM_KIND_NEXT_EPISODE == answer.items[0].kind
    assert (told.title_id, second) == (answer.items[0].subject.title_id, answer.items[0].play.episode_id)
    assert "The next episode" == answer.items[0].explanation.sentence
    assert {each.subject.title_id for each in answer.items[1:]} <= set(others)
    assert {recommendation_pb2.ITEM_KIND_TITLE} == {each.kind for each in at_the_end.items}
    assert "Like Series" == at_the_end.items[0].explanation.sentence


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("title_id", "TITLE_NOT_FOUND"), ("episode_id", "EPISODE_NOT_FOUND"), ("channel_id", "SUBJECT_NOT_SUPPORTED")],
)
async def test_after_what_one_may_not_know_of_comes_nothing(app, kind, reason):
    await app.add_titles(3)
    asked = recommendation_service_pb2.ListPostPlayRequest(subject=subjects.from_key(kind, testing.ids.new()))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await app.recommendation.ListPostPlay(asked, metadata=app.viewer())

    assert reason == testing.reason_of(refused.value)


async def test_a_pick_suits_the_mood_and_the_time_and_is_not_offered_twice(app):
    short = duration_pb2.Duration(seconds=1800)
    found = await app.add_titles(8)
    tense = await app.world.put_title("Tense", words={"moods": ["tense"], "duration": short})
    long = await app.world.put_title("Long", words={"moods": ["tense"]})
    asked = recommendation_service_pb2.PickForMoodRequest(
        mood_id="tense", max_duration=duration_pb2.Duration(seconds=2400)
    )
    answer = await app.recommendation.PickForMood(asked, metadata=app.viewer())
    asked.excluded.append(subjects.title(tense))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await app.recommendation.PickForMood(asked, metadata=app.viewer())
    asked.ClearField("max_duration")
    other = await app.recommendation.PickForMood(asked, metadata=app.viewer())
    anything = await app.recommendation.PickForMood(recommendation_service_pb2.PickForMoodRequest(), metadata=())

    assert tense == answer.item.subject.title_id
    assert "It suits the mood" == answer.item.explanation.sentence
    assert "NOTHING_FITS" == testing.reason_of(refused.value)
    assert long == other.item.subject.title_id
    assert anything.item.subject.title_id in {*found, tense, long}


async def test_a_pick_understands_words_of_ones_own(app):
    found = await app.add_titles(8)
    answer = await app.recommendation.PickForMood(
        recommendation_service_pb2.PickForMoodRequest(mood="title 5 please"), metadata=app.viewer()
    )

    assert found[5] == answer.item.subject.title_id


async def test_two_callers_at_once_get_homes_of_their_own(app):
    found = await app.add_titles()
    app.add_signals(harness.liked(found[1]))
    mine, others = await asyncio.gather(get(app), get(app, metadata=testing.bearing(testing.a_token())))

    assert mine.decision_id != others.decision_id
