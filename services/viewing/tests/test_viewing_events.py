"""What clients saw happen: taken in batches, counted once."""

from datetime import UTC, timedelta

import grpc
import pytest
from marquee.viewing.v1 import viewing_pb2

from services.kit import ids, status, testing
from services.viewing import storage
from services.viewing.domain import signals
from services.viewing.tests import builders


async def record(viewer, *events):
    return (await viewer.call("RecordEvents", events=events)).accepted_count


async def views(viewer, title_id):
    told = await viewer.signal(title_id)
    return told.view_count if told else 0


def abandoned(title_id, position, **more):
    return builders.an_event(
        title_id, "ABANDON", position=builders.seconds(position), duration=builders.seconds(3600), **more
    )


async def test_a_batch_is_one_message_and_is_counted_a_moment_later(house):
    viewer, film, other = house.viewer(), house.film(), house.film()

    accepted = await record(viewer, *(builders.an_event(film if number % 2 else other) for number in range(200)))

    assert (200, 1) == (accepted, await house.rows("outbox"))
    assert viewing_pb2.GetSignalsResponse() == await viewer.signals()
    assert 1 == await house.count()
    assert {film: 100, other: 100} == {told.title_id: told.view_count for told in (await viewer.signals()).titles}


async def test_each_event_is_counted_once_however_often_it_is_sent(house):
    viewer, film = house.viewer(), house.film()
    one, two = builders.an_event(film), builders.an_event(film)
    capitals = builders.an_event(film, event_id=one.event_id.upper())

    await record(viewer, one, two, one, capitals)
    await record(viewer, two, one)
    await house.count()
    await record(viewer, one)
    await house.count()

    assert 2 == await views(viewer, film)


async def test_two_profiles_that_make_up_the_same_id_are_both_counted(house):
    one, two, film = house.viewer(), house.viewer(), house.film()
    event = builders.an_event(film)
    for viewer in (one, two):
        await record(viewer, event)
    await house.count()

    assert (1, 1) == (await views(one, film), await views(two, film))


async def test_what_happened_in_the_future_happened_now(house):
    viewer, film = house.viewer(), house.film()
    for occur_time in (builders.at(house.clock.now() + timedelta(days=400)), None):
        await record(viewer, builders.an_event(film, occur_time=occur_time))
        now = house.clock.now()
        await house.count()

        assert now == (await viewer.signal(film)).view_time.ToDatetime(UTC)


async def test_what_comes_too_late_is_not_taken(house):
    viewer, film = house.viewer(), house.film()
    late = builders.at(house.clock.now() - signals.REMEMBERED)

    assert 0 == await record(viewer, builders.an_event(film, occur_time=late))
    assert [] == await house.told()


async def test_an_event_cannot_be_counted_again_when_its_id_is_forgotten(house):
    viewer, film = house.viewer(), house.film()
    event = builders.an_event(film, occur_time=builders.at(house.clock.now()))
    await record(viewer, event)
    await house.count()
    house.clock.advance(signals.REMEMBERED)
    async with house.database.transaction() as tx:
        await storage.counted_events.sweep(tx, house.clock.now() - signals.REMEMBERED + timedelta(days=1))
    assert 0 == await house.rows("counted_event")

    await record(viewer, event)
    await house.count()

    assert 1 == await views(viewer, film)


async def test_only_leaving_at_once_counts_as_abandoned(house):
    viewer, film = house.viewer(), house.film()
    await record(viewer, abandoned(film, 100), abandoned(film, 360), abandoned(film, 361))
    await record(viewer, builders.an_event(film, "ABANDON"))
    await house.count()

    told = await viewer.signal(film)
    assert (2, 0, False) == (told.abandon_count, told.view_count, told.HasField("watch_time"))


async def test_no_flood_of_made_up_titles_is_kept(house):
    viewer = house.viewer()
    known = await house.watched(viewer, signals.MOST_VIEWED - 1)
    made_up = [ids.new() for _ in range(3)]

    await record(viewer, *(builders.an_event(title_id) for title_id in (*made_up, known[0], made_up[0])))
    await house.count()

    assert signals.MOST_VIEWED == await house.rows("title_state")
    assert 1 == await views(viewer, known[0])
    assert 2 == await views(viewer, made_up[0])


async def test_what_only_others_count_is_passed_on_and_writes_nothing(house):
    viewer, film = house.viewer(), house.film()
    kinds = ("PLAY", "PAUSE", "SEEK", "REWIND", "COMPLETE")
    sent = [builders.an_event(film, kind, session_id=ids.new(), decision_id=ids.new()) for kind in kinds]
    assert 5 == await record(viewer, *sent)

    [event] = await house.told()
    await house.hear(event)

    told = event.viewing_events_recorded
    assert (viewer.account_id, viewer.profile_id) == (told.account_id, told.profile_id)
    assert [seen.event_id for seen in sent] == [seen.event_id for seen in told.events]
    assert (0, 0) == (await house.rows("title_state"), await house.rows("counted_event"))


async def test_counting_is_told_with_the_whole_of_what_is_known(house):
    viewer, film = house.viewer(), house.film()
    await viewer.rate(film)
    await house.told()
    await record(viewer, builders.an_event(film), builders.an_event(film))
    [recorded] = await house.told()

    await house.hear(recorded)
    await house.hear(recorded)

    [event] = await house.told()
    signals_told = await viewer.signals()
    assert signals_told.titles == event.signals_changed.titles
    assert signals_told.revision == event.signals_changed.revision
    assert 2 == event.signals_changed.titles[0].view_count


async def test_broken_events_are_named_one_by_one(house):
    viewer = house.viewer()
    broken = viewing_pb2.ViewingEvent(event_id="no id", title_id=ids.new(), position=builders.seconds(-1))

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await record(viewer, builders.an_event(ids.new()), broken)

    [detail] = status.raised_by(caught.value, "viewing").details
    assert ["events[1].event_id", "events[1].type", "events[1].position"] == [
        violation.field for violation in detail.field_violations
    ]
    for events in ([], [builders.an_event(ids.new())] * 201):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await record(viewer, *events)
        assert "REQUEST_INVALID" == testing.reason_of(caught.value)
