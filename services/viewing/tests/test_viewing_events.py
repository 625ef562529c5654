"""Events of clients, which are accepted in batches and counted once."""

from datetime import UTC, timedelta

import grpc
import pytest
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_internal_pb2, viewing_pb2
from sqlalchemy import text

from services.kit import ids, status, testing, watchable_subjects
from services.viewing import storage
from services.viewing.domain import title_state
from services.viewing.tests import builders


async def record(viewer, *events):
    return (await viewer.call("RecordEvents", events=events)).accepted_count


async def count_views(viewer, title_id):
    signals = await viewer.signal(title_id)
    return signals.view_count if signals else 0


def an_abandonment(title_id, position, **more):
    return builders.an_event(
        title_id, "ABANDON", position=builders.seconds(position), duration=builders.seconds(3600), **more
    )


async def test_a_batch_is_one_message_and_is_counted_asynchronously(harness):
    viewer, film, other = harness.viewer(), harness.film(), harness.film()

    accepted = await record(viewer, *(builders.an_event(film if number % 2 else other) for number in range(200)))

    assert (200, 1) == (accepted, await harness.rows("outbox"))
    assert viewing_internal_pb2.GetSignalsResponse() == await viewer.signals()
    assert 1 == await harness.count_events()
    assert {film: 100, other: 100} == {
        each.subject.title_id: each.view_count for each in (await viewer.signals()).signals
    }


async def test_a_repeated_event_is_counted_once(harness):
    viewer, film = harness.viewer(), harness.film()
    one, two = builders.an_event(film), builders.an_event(film)
    capitals = builders.an_event(film, event_id=one.event_id.upper())

    await record(viewer, one, two, one, capitals)
    await record(viewer, two, one)
    await harness.count_events()
    await record(viewer, one)
    await harness.count_events()

    assert 2 == await count_views(viewer, film)


async def test_events_of_two_profiles_with_the_same_id_are_both_counted(harness):
    one, two, film = harness.viewer(), harness.viewer(), harness.film()
    event = builders.an_event(film)
    for viewer in (one, two):
        await record(viewer, event)
    await harness.count_events()

    assert (1, 1) == (await count_views(one, film), await count_views(two, film))


async def test_an_event_in_the_future_gets_the_current_time(harness):
    viewer, film = harness.viewer(), harness.film()
    for occur_time in (builders.at(harness.clock.now() + timedelta(days=400)), None):
        await record(viewer, builders.an_event(film, occur_time=occur_time))
        now = harness.clock.now()
        await harness.count_events()

        assert now == (await viewer.signal(film)).view_time.ToDatetime(UTC)


async def test_an_event_that_is_too_old_is_ignored(harness):
    viewer, film = harness.viewer(), harness.film()
    late = builders.at(harness.clock.now() - title_state.RETENTION)

    assert 0 == await record(viewer, builders.an_event(film, occur_time=late))
    assert [] == await harness.published()


async def test_an_event_is_not_counted_again_after_its_id_was_deleted(harness):
    viewer, film = harness.viewer(), harness.film()
    event = builders.an_event(film, occur_time=builders.at(harness.clock.now()))
    await record(viewer, event)
    await harness.count_events()
    harness.clock.advance(title_state.RETENTION)
    async with harness.database.transaction() as tx:
        await storage.counted_events.remove_old(tx, harness.clock.now() - title_state.RETENTION + timedelta(days=1))
    assert 0 == await harness.rows("counted_event")

    await record(viewer, event)
    await harness.count_events()

    assert 1 == await count_views(viewer, film)


async def test_events_beyond_the_limit_of_a_profile_are_not_counted(harness):
    viewer, other, film = harness.viewer(), harness.viewer(), harness.film()
    values = {"profile_id": viewer.profile_id, "count": title_state.MOST_COUNTED - 1, "now": harness.clock.now()}
    counted = "INSERT INTO counted_event SELECT :profile_id, gen_random_uuid(), gen_random_uuid(), :now"
    async with harness.database.transaction() as tx:
        await tx.execute(text(f"{counted} FROM generate_series(1, :count)"), values)

    for _ in range(2):
        await record(viewer, builders.an_event(film), builders.an_event(film))
    await record(other, builders.an_event(film))
    await harness.count_events()

    assert (1, 1) == (await count_views(viewer, film), await count_views(other, film))
    assert title_state.MOST_COUNTED + 1 == await harness.rows("counted_event")


async def test_only_leaving_within_the_first_tenth_counts_as_abandoned(harness):
    viewer, film = harness.viewer(), harness.film()
    await record(viewer, an_abandonment(film, 100), an_abandonment(film, 360), an_abandonment(film, 361))
    await record(viewer, builders.an_event(film, "ABANDON"))
    await harness.count_events()

    signals = await viewer.signal(film)
    assert (2, 0, False) == (signals.abandon_count, signals.view_count, signals.HasField("watch_time"))


async def test_views_of_invented_titles_are_limited(harness):
    viewer = harness.viewer()
    watched = await harness.watched(viewer, title_state.MOST_VIEWED - 1)
    invented = [ids.new() for _ in range(3)]

    await record(viewer, *(builders.an_event(title_id) for title_id in (*invented, watched[0], invented[0])))
    await harness.count_events()

    assert title_state.MOST_VIEWED == await harness.rows("title_state")
    assert 1 == await count_views(viewer, watched[0])
    assert 2 == await count_views(viewer, invented[0])


async def test_events_that_are_not_counted_are_only_published(harness):
    viewer, film = harness.viewer(), harness.film()
    kinds = ("PLAY", "PAUSE", "SEEK", "REWIND", "COMPLETE")
    events = [builders.an_event(film, kind, session_id=ids.new(), decision_id=ids.new()) for kind in kinds]
    assert 5 == await record(viewer, *events)

    [event] = await harness.published()
    await harness.consume(event)

    recorded = event.viewing_events_recorded
    assert (viewer.account_id, viewer.profile_id) == (recorded.account_id, recorded.profile_id)
    assert [each.event_id for each in events] == [each.event_id for each in recorded.events]
    assert (0, 0) == (await harness.rows("title_state"), await harness.rows("counted_event"))


async def test_counted_events_are_published_with_all_signals_of_the_title(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.rate(film)
    await harness.published()
    await record(viewer, builders.an_event(film), builders.an_event(film))
    [recorded] = await harness.published()

    await harness.consume(recorded)
    await harness.consume(recorded)

    [event] = await harness.published()
    response = await viewer.signals()
    assert response.signals == event.signals_changed.signals
    assert response.revision == event.signals_changed.revision
    assert 2 == event.signals_changed.signals[0].view_count


async def test_invalid_events_are_reported_one_by_one(harness):
    viewer = harness.viewer()
    invalid = viewing_pb2.ViewingEvent(
        event_id="no id", subject=watchable_subjects.title(ids.new()), position=builders.seconds(-1)
    )

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await record(viewer, builders.an_event(ids.new()), invalid)

    [detail] = status.raised_by(raised.value, "viewing").details
    assert ["events[1].event_id", "events[1].type", "events[1].position"] == [
        violation.field for violation in detail.field_violations
    ]
    for events in ([], [builders.an_event(ids.new())] * 201):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await record(viewer, *events)
        assert "REQUEST_INVALID" == testing.reason_of(raised.value)


async def test_the_events_of_an_account_are_limited(harness, refused):
    viewer, other, film = harness.viewer(), harness.viewer(), harness.film()
    for _ in range(9):
        await record(viewer, *(builders.an_event(film) for _ in range(200)))
    assert 200 == await record(viewer.sibling(), *(builders.an_event(film) for _ in range(200)))

    for profile in (viewer, viewer.sibling()):
        async with refused("RATE_LIMITED"):
            await record(profile, *(builders.an_event(film) for _ in range(200)))

    assert 1 == await record(other, builders.an_event(film))
    assert 11 == await harness.rows("outbox")


async def test_an_event_of_an_episode_counts_for_its_series(harness):
    viewer, series = harness.viewer(), harness.series()
    await harness.title_sync.load()
    one, two = series.ids[1, 1], series.ids[1, 2]

    await record(viewer, builders.an_event(episode_id=one.upper()), builders.an_event(episode_id=two))
    await record(viewer, an_abandonment("", 100, episode_id=one, parent=watchable_subjects.title(ids.new())))
    await harness.count_events()

    signals = await viewer.signal(series.title_id)
    assert (2, 1) == (signals.view_count, signals.abandon_count)
    assert ["StreamTitleFacts"] == harness.catalog.calls


async def test_events_of_unknown_episodes_are_ignored(harness, refused):
    viewer, film = harness.viewer(), harness.film()

    assert 1 == await record(viewer, builders.an_event(episode_id=ids.new()), builders.an_event(film))
    async with refused("SUBJECT_NOT_SUPPORTED"):
        await record(viewer, builders.an_event(subject=type_pb2.Subject(channel_id=ids.new())))

    await harness.count_events()
    assert [film] == [each.subject.title_id for each in (await viewer.signals()).signals]
