"""The home, through the gRPC API."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from google.protobuf import duration_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import errors, testing, watchable_subjects
from services.recommendation.tests import builders, harness


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


async def get(app, metadata=None, **fields):
    return await app.recommendation.GetHome(
        recommendation_service_pb2.GetHomeRequest(**fields), metadata=app.viewer() if metadata is None else metadata
    )


def rails(response, kind):
    return [[item.subject.title_id for item in rail.items] for rail in response.home.rails if rail.kind == kind]


async def test_an_anonymous_viewer_gets_curated_titles(app):
    title_ids = await app.add_titles()
    response = await get(app, metadata=())

    assert [] == list(response.degradations)
    assert recommendation_pb2.RAIL_KIND_CURATED == response.home.rails[0].kind
    assert set(harness.shown(response.home)) <= set(title_ids)
    assert response.decision_id


async def test_a_home_follows_likes_and_leaves_out_hidden_and_finished_titles(app):
    title_ids = await app.add_titles(120)
    app.add_signals(harness.liked(title_ids[1]), harness.hidden(title_ids[5]), harness.watched(title_ids[9]))
    response = await get(app, page_size=30)

    assert title_ids[5] not in harness.shown(response.home)
    assert title_ids[9] not in harness.shown(response.home)
    assert rails(response, recommendation_pb2.RAIL_KIND_FOR_YOU)
    [because] = [rail for rail in response.home.rails if rail.rail_id == f"because.{title_ids[1]}"]
    assert "Because you liked Title 1" == because.display_name
    named = [{each.signal_id for each in item.explanation.contributions} for item in because.items]
    assert all(f"rated.{title_ids[1]}" in signal_ids for signal_ids in named)


async def test_an_item_on_continue_watching_has_its_position(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.watched(title_ids[1], 0.1))
    app.viewing.bookmarks[app.profile_id] = [harness.bookmark(title_ids[1])]
    response = await get(app)

    [[title_id]] = rails(response, recommendation_pb2.RAIL_KIND_CONTINUE_WATCHING)
    item = response.home.rails[0].items[0]
    assert (title_ids[1], 300, 5400) == (title_id, item.position.seconds, item.duration.seconds)
    assert recommendation_pb2.ITEM_KIND_CONTINUE == item.kind


async def test_a_home_is_cached_until_the_signals_change(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    first = await get(app)
    calls = app.viewing.calls
    repeated = await get(app)

    assert first == repeated
    assert calls == app.viewing.calls
    app.add_signals(harness.hidden(title_ids[2]))
    await app.handle_event(signals_changed=event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=2))
    later = await get(app)
    assert first.decision_id != later.decision_id
    assert title_ids[2] not in harness.shown(later.home)


async def test_a_home_with_a_consistency_token_includes_the_write_before_its_event(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    first = await get(app, page_size=30)
    hidden = harness.shown(first.home)[0]
    token = app.add_signals(harness.hidden(hidden))
    response = await get(app, page_size=30, consistency_token=token)

    assert hidden not in harness.shown(response.home)
    assert response == await get(app, page_size=30, consistency_token=token)


async def test_a_home_expires_after_five_minutes(app):
    await app.add_titles()
    first = await get(app)
    app.world.clock.advance(timedelta(minutes=5))
    repeated = await get(app, metadata=app.viewer())

    assert first.expire_time.ToDatetime() - testing.NOW.replace(tzinfo=None) == timedelta(minutes=5)
    assert first.decision_id != repeated.decision_id


async def test_a_home_expires_when_a_snoozed_title_returns(app):
    title_ids = await app.add_titles()
    snoozed = harness.snoozed(title_ids[1], timedelta(minutes=2))
    app.add_signals(snoozed)
    first = await get(app)
    assert [] == rails(first, recommendation_pb2.RAIL_KIND_CONTINUE_WATCHING)
    app.world.clock.advance(timedelta(minutes=2))
    app.viewing.bookmarks[app.profile_id] = [harness.bookmark(title_ids[1])]
    repeated = await get(app, metadata=app.viewer())

    assert snoozed.snooze_until_time == first.expire_time
    assert [[title_ids[1]]] == rails(repeated, recommendation_pb2.RAIL_KIND_CONTINUE_WATCHING)


async def test_a_closed_title_is_removed_from_cached_homes_and_later_pages_at_once(app):
    title_ids = await app.add_titles()
    first = await get(app, page_size=1)
    second = await get(app, page_size=1, page_token=first.next_page_token)
    closed = second.home.rails[0].items[0].subject.title_id
    closed_facts = builders.facts(closed, state=5)
    app.world.catalog.put(closed_facts)
    await app.world.title_sync.listen(builders.changed(closed_facts))
    await app.world.title_sync.load()

    repeated = await get(app, page_size=1, page_token=first.next_page_token)
    assert closed not in harness.shown(repeated.home)
    assert closed not in harness.shown((await get(app, page_size=30)).home)
    assert closed in title_ids


async def test_a_title_that_is_hidden_between_two_pages_is_not_on_the_second(app):
    title_ids = await app.add_titles(120)
    app.add_signals(harness.liked(title_ids[1]))
    first = await get(app, page_size=1)
    second = await get(app, page_size=1, page_token=first.next_page_token)
    hidden = harness.shown(second.home)[0]
    app.add_signals(harness.hidden(hidden))
    await app.handle_event(
        signals_changed=event_internal_pb2.SignalsChanged(
            profile_id=app.profile_id, revision=2, signals=[harness.hidden(hidden)]
        )
    )
    repeated = await get(app, page_size=1, page_token=first.next_page_token)

    assert second.decision_id == repeated.decision_id
    assert [each for each in harness.shown(second.home) if each != hidden] == harness.shown(repeated.home)


async def test_a_degraded_home_is_rebuilt_after_five_seconds(world):
    async with harness.open_app(world, pause=0.0) as app:
        title_ids = await app.add_titles()
        app.add_signals(harness.liked(title_ids[1]), harness.hidden(title_ids[2]))
        complete = await get(app, page_size=30)
        app.viewing.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
        app.world.clock.advance(timedelta(minutes=5))
        degraded = await get(app, page_size=30, metadata=app.viewer())
        app.viewing.failure = None
        app.world.clock.advance(timedelta(seconds=5))
        repeated = await get(app, page_size=30, metadata=app.viewer())

    assert recommendation_pb2.DEGRADATION_NO_SIGNALS in degraded.degradations
    # The last known excluded titles stay hidden while viewing is unavailable.
    assert title_ids[2] not in harness.shown(degraded.home)
    assert [] == list(repeated.degradations)
    assert rails(complete, recommendation_pb2.RAIL_KIND_FOR_YOU) == rails(
        repeated, recommendation_pb2.RAIL_KIND_FOR_YOU
    )


async def test_preferences_change_the_home_of_a_new_profile(app):
    await app.add_titles()
    app.identity.preferences[app.profile_id] = identity_pb2.Preferences(genre_ids=["mystery"])
    response = await get(app)

    [rail] = [rail for rail in response.home.rails if rail.kind == recommendation_pb2.RAIL_KIND_FOR_YOU]
    assert "You asked for Mystery" == rail.items[0].explanation.sentence
    assert "genre.mystery" in {each.signal_id for each in rail.items[0].explanation.contributions}


async def test_without_identity_the_home_has_the_degradation_no_preferences(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    app.identity.failure = errors.Unavailable("away", reason="DATABASE_UNAVAILABLE", domain="platform.marquee")
    response = await get(app)

    assert [recommendation_pb2.DEGRADATION_NO_PREFERENCES] == list(response.degradations)
    assert rails(response, recommendation_pb2.RAIL_KIND_FOR_YOU)


async def test_without_other_services_and_the_database_the_home_has_popular_titles_only(app):
    title_ids = await app.add_titles()
    app.viewing.failure = app.identity.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
    await app.world.database.close()
    response = await get(app)

    assert {
        recommendation_pb2.DEGRADATION_NO_SIGNALS,
        recommendation_pb2.DEGRADATION_NO_PREFERENCES,
        recommendation_pb2.DEGRADATION_POPULAR_ONLY,
    } <= set(response.degradations)
    assert set(harness.shown(response.home)) <= set(title_ids)
    assert harness.shown(response.home)


async def test_while_viewing_hangs_the_home_has_popular_titles_and_the_circuit_opens(world):
    async with harness.open_app(world, patience=0.25) as app:
        await app.add_titles()
        app.viewing.open.clear()
        app.identity.failure = errors.Unavailable("away", reason="X", domain="platform.marquee")
        first = await get(app)
        calls = app.viewing.calls
        repeated = await get(app, metadata=testing.bearing(testing.a_token()))
        app.viewing.open.set()

        assert recommendation_pb2.DEGRADATION_POPULAR_ONLY in first.degradations
        assert recommendation_pb2.DEGRADATION_POPULAR_ONLY in repeated.degradations
        assert calls == app.viewing.calls


async def test_before_titles_are_loaded_the_home_is_empty_and_degraded(app):
    response = await get(app, metadata=())
    await app.add_titles(3)
    later = await get(app, metadata=())

    assert not harness.shown(response.home)
    assert [recommendation_pb2.DEGRADATION_NO_TITLES, recommendation_pb2.DEGRADATION_NO_VECTORS] == list(
        response.degradations
    )
    assert ([], True) == (list(later.degradations), bool(harness.shown(later.home)))


async def test_popularity_follows_the_signals_of_profiles(app):
    title_ids = await app.add_titles()
    for each in title_ids[40:46]:
        changed = event_internal_pb2.SignalsChanged(
            profile_id=testing.ids.new(), revision=1, signals=[harness.watched(each)]
        )
        await app.handle_event(signals_changed=changed)
    await app.popularity_tracker.refresh()
    response = await get(app, metadata=(), page_size=30)

    popular = {
        item.subject.title_id
        for item in [response.home.hero, *(item for rail in response.home.rails for item in rail.items)]
        if recommendation_pb2.CONTRIBUTION_SOURCE_POPULARITY in {each.source for each in item.explanation.contributions}
    }
    assert set(title_ids[40:46]) == popular


async def test_a_forgotten_signal_does_not_count_for_popularity(app):
    [title_id] = await app.add_titles(1)
    for revision, signals in (
        (1, harness.watched(title_id)),
        (2, no_signals(title_id)),
        (1, harness.watched(title_id)),
    ):
        changed = event_internal_pb2.SignalsChanged(profile_id=app.profile_id, revision=revision, signals=[signals])
        await app.handle_event(signals_changed=changed)
        await app.popularity_tracker.refresh()
        if revision == 2:
            break

    assert {} == app.popularity_tracker.recent_interest()


def no_signals(title_id):
    return harness.viewing_internal_pb2.SubjectSignals(subject=watchable_subjects.title(title_id))


async def test_after_an_episode_post_play_starts_with_the_next_one(app):
    world = app.world
    facts = builders.facts(type=2)
    document = builders.document(facts, "Series")
    for number in (1, 2):
        document.episodes.add(episode_id=testing.ids.new(), season_number=1, episode_number=number)
    world.catalog.put(facts, document)
    await world.title_sync.listen(builders.changed(facts))
    other_ids = await app.add_titles(20)
    episodes = [watchable_subjects.episode(each.episode_id) for each in document.episodes]
    requests = [recommendation_service_pb2.ListPostPlayRequest(subject=each) for each in episodes]
    response, after_last = [await app.recommendation.ListPostPlay(each, metadata=app.viewer()) for each in requests]

    following = response.items[0]
    assert recommendation_pb2.ITEM_KIND_NEXT_EPISODE == following.kind
    assert (watchable_subjects.title(facts.title_id), episodes[1]) == (following.subject, following.play)
    assert "The next episode" == following.explanation.sentence
    assert {each.subject.title_id for each in response.items[1:]} <= set(other_ids)
    assert {recommendation_pb2.ITEM_KIND_TITLE} == {each.kind for each in after_last.items}
    assert "Like Series" == after_last.items[0].explanation.sentence


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("title_id", "TITLE_NOT_FOUND"), ("episode_id", "EPISODE_NOT_FOUND"), ("channel_id", "SUBJECT_NOT_SUPPORTED")],
)
async def test_post_play_of_an_unknown_subject_is_refused(app, kind, reason):
    await app.add_titles(3)
    unknown = watchable_subjects.from_key(kind, testing.ids.new())
    request = recommendation_service_pb2.ListPostPlayRequest(subject=unknown)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await app.recommendation.ListPostPlay(request, metadata=app.viewer())

    assert reason == testing.reason_of(raised.value)


async def test_a_pick_matches_the_mood_and_the_duration_and_is_not_an_excluded_title(app):
    short = duration_pb2.Duration(seconds=1800)
    title_ids = await app.add_titles(8)
    tense = await app.world.put_title("Tense", words={"moods": ["tense"], "duration": short})
    long = await app.world.put_title("Long", words={"moods": ["tense"]})
    request = recommendation_service_pb2.PickForMoodRequest(
        mood_id="tense", max_duration=duration_pb2.Duration(seconds=2400)
    )
    response = await app.recommendation.PickForMood(request, metadata=app.viewer())
    request.excluded.append(watchable_subjects.title(tense))
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await app.recommendation.PickForMood(request, metadata=app.viewer())
    request.ClearField("max_duration")
    other = await app.recommendation.PickForMood(request, metadata=app.viewer())
    anything = await app.recommendation.PickForMood(recommendation_service_pb2.PickForMoodRequest(), metadata=())

    assert tense == response.item.subject.title_id
    assert "It suits the mood" == response.item.explanation.sentence
    assert "NOTHING_FITS" == testing.reason_of(raised.value)
    assert long == other.item.subject.title_id
    assert anything.item.subject.title_id in {*title_ids, tense, long}


async def test_a_pick_accepts_a_mood_in_free_text(app):
    title_ids = await app.add_titles(8)
    response = await app.recommendation.PickForMood(
        recommendation_service_pb2.PickForMoodRequest(mood="title 5 please"), metadata=app.viewer()
    )

    assert title_ids[5] == response.item.subject.title_id


async def test_two_concurrent_profiles_get_different_decisions(app):
    title_ids = await app.add_titles()
    app.add_signals(harness.liked(title_ids[1]))
    mine, other = await asyncio.gather(get(app), get(app, metadata=testing.bearing(testing.a_token())))

    assert mine.decision_id != other.decision_id
