import asyncio
from datetime import timedelta

import pytest
from marquee.entitlement.v1 import entitlement_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2
from sqlalchemy import text

from services.kit import ids, testing, timestamps, watchable_subjects
from services.playback.media import tokens
from services.playback.tests import fakes, harness
from services.playback.tests.test_sessions import a_device, refused

#: How long after the start of a session its token is renewed.
PERIOD = fakes.DURATION + tokens.PAUSE


@pytest.fixture
def token():
    return testing.a_token(account_id=ids.new(), lifetime=timedelta(days=2))


async def progress(service, count):
    """Waits for so many events, and returns their payloads."""
    async with asyncio.timeout(testing.PATIENCE):
        while len(published := await service.published()) < count:
            await asyncio.sleep(0.02)
    return [event.playback_progressed for event in published]


async def test_heartbeats_publish_the_position(service, token):
    film = service.catalog.film()
    session = await service.start(film, token)
    service.clock.advance(timedelta(seconds=10))
    response = await service.beat(session.session_id, token, 10, state=playback_pb2.PLAYER_STATE_PAUSED)
    await service.stop(session.session_id, token, position=timestamps.from_timedelta(timedelta(seconds=12)))

    beat, stopped = await progress(service, 2)
    assert (beat.subject, beat.HasField("parent"), beat.position.seconds) == (watchable_subjects.title(film), False, 10)
    assert (beat.state, beat.stopped) == (playback_pb2.PLAYER_STATE_PAUSED, False)
    assert (stopped.position.seconds, stopped.duration.ToTimedelta(), stopped.stopped) == (12, fakes.DURATION, True)
    assert (len(response.instructions), response.HasField("lease_expire_time")) == (0, True)


async def test_the_position_of_an_episode_names_its_series(service, token):
    series, episodes = service.catalog.series(1)
    session = await service.start(series, token)
    await service.beat(session.session_id, token, 10)

    [beat] = await progress(service, 1)
    assert (beat.subject, beat.parent) == (watchable_subjects.episode(episodes[0]), watchable_subjects.title(series))


async def test_a_position_beyond_the_end_is_the_end(service, token):
    session = await service.start(service.catalog.film(), token)
    await service.beat(session.session_id, token, 100_000)

    [beat] = await progress(service, 1)
    assert beat.position.ToTimedelta() == fakes.DURATION


async def test_stopping_twice_publishes_once(service, token):
    session = await service.start(service.catalog.film(), token)
    await service.stop(session.session_id, token)
    await service.stop(session.session_id, token)

    assert len(await progress(service, 1)) == 1


@pytest.mark.parametrize("missing", ["place", "state"])
async def test_a_heartbeat_states_the_place_and_the_state(service, token, missing):
    session = await service.start(service.catalog.film(), token)
    request = playback_service_pb2.HeartbeatRequest(session_id=session.session_id)
    if missing == "place":
        request.state = playback_pb2.PLAYER_STATE_PLAYING
    else:
        request.position.seconds = 1

    error = await refused(service.stub.Heartbeat(request, metadata=testing.bearing(token)))

    assert (error.reason, error.details[0].field_violations[0].field) == ("REQUEST_INVALID", missing)


async def test_a_time_on_a_channel_is_no_place_in_media_on_demand(service, token):
    session = await service.start(service.catalog.film(), token)
    request = playback_service_pb2.HeartbeatRequest(
        session_id=session.session_id,
        live_time=timestamps.from_datetime(service.clock.now()),
        state=playback_pb2.PLAYER_STATE_PLAYING,
    )

    error = await refused(service.stub.Heartbeat(request, metadata=testing.bearing(token)))

    assert (error.reason, error.details[0].field_violations[0].field) == ("REQUEST_INVALID", "live_time")


async def test_the_session_of_another_account_is_not_found(service, token):
    session = await service.start(service.catalog.film(), token)
    stranger = testing.a_token()

    assert (await refused(service.beat(session.session_id, stranger))).reason == "SESSION_NOT_FOUND"
    assert (await refused(service.stop(session.session_id, stranger))).reason == "SESSION_NOT_FOUND"
    assert not (await service.beat(session.session_id, token)).instructions


async def test_the_player_of_a_stopped_session_is_told_so(service, token):
    session = await service.start(service.catalog.film(), token)
    await service.stop(session.session_id, token)

    response = await service.beat(session.session_id, token)

    assert [each.ended.reason for each in response.instructions] == [playback_pb2.END_REASON_STOPPED]
    assert not response.HasField("lease_expire_time")


async def test_the_player_of_a_lapsed_session_is_told_so_when_another_one_has_its_slot(service, token):
    session = await service.start(service.catalog.film(), token)
    await service.pass_time(timedelta(seconds=36))
    other = await service.start(service.catalog.film(), token)
    before = await service.beat(session.session_id, token)
    await service.expiry.end_overdue()
    after = await service.beat(session.session_id, token)

    assert before == after
    assert [each.ended.reason for each in after.instructions] == [playback_pb2.END_REASON_LAPSED]
    assert not (await service.beat(other.session_id, token)).instructions


@pytest.mark.parametrize("logged", [False, True], ids=["before the log is written", "after the log is written"])
async def test_a_heartbeat_resumes_a_lapsed_session(service, token, logged):
    session = await service.start(service.catalog.film(), token)
    await service.beat(session.session_id, token, 10)
    await service.pass_time(timedelta(seconds=36))
    if logged:
        await service.expiry.end_overdue()
    lapsed = await refused(service.playlist(session))
    resumed = await service.beat(session.session_id, token, 12)

    published = await progress(service, 3 if logged else 2)
    assert (lapsed.reason, len(resumed.instructions)) == ("SESSION_ENDED", 0)
    assert (published[-1].stopped, published[-1].position.seconds) == (False, 12)
    assert await service.playlist(session)
    assert (await refused(service.start(service.catalog.film(), token))).reason == "TOO_MANY_STREAMS"


async def test_the_clock_of_a_replica_ends_no_session_of_another_one(service, token):
    session = await service.start(service.catalog.film(), token)
    service.clock.advance(timedelta(minutes=30))
    await service.expiry.end_overdue()
    refusal = await refused(service.start(service.catalog.film(), token))
    service.clock.advance(-timedelta(hours=1))

    assert refusal.reason == "TOO_MANY_STREAMS"
    assert await service.slots.get(harness.account_of(token), session.session_id)
    assert not (await service.beat(session.session_id, token)).instructions


async def test_a_replaced_session_gives_its_slot_and_its_player_learns_to_whom(service, token):
    first = await service.start(service.catalog.film(), token)
    second = await service.start(
        service.catalog.film(), token, device=a_device("Phone"), replace_session_id=first.session_id
    )
    response = await service.beat(first.session_id, token)

    assert [each.taken_over.device_display_name for each in response.instructions] == ["Phone"]
    assert not (await service.beat(second.session_id, token)).instructions
    published = await progress(service, 2)
    assert [(each.session_id, each.stopped) for each in published] == [
        (first.session_id, True),
        (second.session_id, False),
    ]


async def test_the_session_of_another_account_is_not_replaced(service, token):
    theirs = await service.start(service.catalog.film(), token)
    await service.start(service.catalog.film(), replace_session_id=theirs.session_id)

    assert not (await service.beat(theirs.session_id, token)).instructions


async def test_a_silent_player_is_logged_out_as_of_its_last_report(service, token):
    session = await service.start(service.catalog.film(), token)
    await service.beat(session.session_id, token, 40)
    last_report = service.clock.now()
    await service.pass_time(timedelta(seconds=36))

    await asyncio.gather(service.expiry.end_overdue(), service.expiry.end_overdue())

    beat, lapsed = await progress(service, 2)
    assert (lapsed.stopped, lapsed.position) == (True, beat.position)
    occur_times = [timestamps.to_datetime(event.occur_time) for event in await service.published()]
    assert occur_times == [last_report] * 2


async def test_a_live_session_does_not_expire(service, token):
    session = await service.start(service.catalog.film(), token)
    await service.pass_time(timedelta(seconds=29))
    await service.beat(session.session_id, token, 29)
    await service.pass_time(timedelta(seconds=29))
    await service.expiry.end_overdue()

    assert not (await service.beat(session.session_id, token, 58)).instructions


async def test_a_heartbeat_renews_the_token_before_it_expires(service, token):
    session = await service.start(service.catalog.film(), token)
    service.clock.advance(PERIOD - timedelta(seconds=1))
    early = await service.beat(session.session_id, token)
    service.clock.advance(timedelta(seconds=1))
    first = await service.beat(session.session_id, token)
    service.clock.advance(timedelta(seconds=10))
    repeated = await service.beat(session.session_id, token)
    service.clock.advance(tokens.OVERLAP)

    [renewed] = [each.renewed for each in first.instructions]
    assert (len(early.instructions), repeated.instructions) == (0, first.instructions)
    assert timestamps.to_datetime(renewed.expire_time) == testing.NOW + 2 * PERIOD + tokens.OVERLAP
    assert [each.protocol for each in renewed.manifests] == [each.protocol for each in session.manifests]
    assert (await refused(service.playlist(session))).reason == "PLAYBACK_TOKEN_INVALID"
    assert await service.playlist(session, token=harness.token_of(renewed))


async def test_a_token_is_not_renewed_for_a_viewer_who_may_not_watch_any_more(service, token):
    session = await service.start(service.catalog.film(), token)
    service.clock.advance(PERIOD)
    service.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION]
    responses = [await service.beat(session.session_id, token, 50) for _ in range(2)]

    assert responses[0] == responses[1]
    assert [each.ended.reason for each in responses[0].instructions] == [playback_pb2.END_REASON_NOT_ENTITLED]
    [stopped] = await progress(service, 1)
    assert (stopped.stopped, stopped.position.seconds) == (True, 50)
    assert (await refused(service.playlist(session))).reason == "SESSION_ENDED"


async def test_a_token_is_renewed_while_entitlement_is_down(service, token):
    session = await service.start(service.catalog.film(), token)
    service.clock.advance(PERIOD)
    service.entitlement.is_down = True

    response = await service.beat(session.session_id, token)

    assert [each.WhichOneof("instruction") for each in response.instructions] == ["renewed"]


async def count_waiting(service):
    """Returns the number of connections that wait for a lock, as a transaction sees them when it begins."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with service.database.reading() as session:
        return (await session.execute(text(query))).scalar_one()


async def test_heartbeats_that_wait_for_one_session_leave_connections_for_others(service, token):
    film, other = service.catalog.film(), testing.a_token(account_id=ids.new())
    session, another = await service.start(film, token), await service.start(film, other)
    lock = text("SELECT 1 FROM session WHERE session_id = :session_id FOR UPDATE")
    async with service.database.transaction() as blocking:
        await blocking.execute(lock, {"session_id": session.session_id})
        beats = [asyncio.create_task(service.beat(session.session_id, token)) for _ in range(20)]
        async with asyncio.timeout(testing.PATIENCE):
            while not await count_waiting(service):
                await asyncio.sleep(0)

        assert (await service.beat(another.session_id, other)).HasField("lease_expire_time")
        assert 1 == await count_waiting(service)
    await asyncio.gather(*beats)
