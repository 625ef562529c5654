import asyncio
from datetime import timedelta

import grpc
import pytest
from marquee.entitlement.v1 import entitlement_pb2
from marquee.playback.v1 import playback_pb2

from services.kit import ids, testing
from services.playback import convert
from services.playback.tests import house

TWENTY_MINUTES = timedelta(minutes=20)


def device(name):
    return playback_pb2.Device(display_name=name)


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return house.refusal(caught.value)


@pytest.fixture
def token():
    return testing.a_token(account_id=ids.new())


async def test_a_session_tells_a_player_all_it_needs(home):
    session = await home.start(home.catalog.film())

    address = f"{house.PUBLIC_URL}/api/v1/playback/sessions/{session.session_id}"
    query = f"?token={house.token_of(session)}"
    assert session.hls_url == f"{address}/hls/master.m3u8{query}"
    assert session.dash_url == f"{address}/dash/manifest.mpd{query}"
    assert session.license_url == f"{address}/license{query}"
    assert session.thumbnails_url == f"{house.PUBLIC_URL}/media/{home.packager.package_id}/thumbnails/index.vtt{query}"
    assert session.heartbeat_interval.seconds == 10
    assert session.duration.ToTimedelta() == house.DURATION
    assert not session.HasField("next_episode")


async def test_a_film_goes_on_where_the_profile_stopped(home):
    film = home.catalog.film()
    home.viewing.mark(film, TWENTY_MINUTES)

    session = await home.start(film)

    assert session.resume_position.ToTimedelta() == TWENTY_MINUTES


@pytest.mark.parametrize("share", [0.95, 1.0])
async def test_what_was_watched_begins_anew(home, share):
    film = home.catalog.film()
    home.viewing.mark(film, share * house.DURATION)

    session = await home.start(film)

    assert session.resume_position.ToTimedelta() == timedelta()


async def test_watching_works_from_the_start_while_viewing_is_away(home):
    film = home.catalog.film()
    home.viewing.mark(film, TWENTY_MINUTES)
    home.viewing.away = True

    session = await home.start(film)

    assert session.resume_position.ToTimedelta() == timedelta()


async def test_a_series_starts_with_its_first_episode_and_knows_the_next(home):
    series, episodes = home.catalog.series(2, 1)
    home.packager.series.add(series)

    session = await home.start(series)

    assert (session.episode_id, session.next_episode.episode_id) == (episodes[0], episodes[1])
    assert (session.next_episode.season_number, session.next_episode.title) == (1, "S1 E2")


async def test_a_series_goes_on_with_the_episode_that_was_begun_last(home):
    series, episodes = home.catalog.series(3)
    home.viewing.mark(series, TWENTY_MINUTES, episode_id=episodes[2])
    home.viewing.mark(series, TWENTY_MINUTES, episode_id=episodes[1])

    session = await home.start(series)

    assert (session.episode_id, session.resume_position.ToTimedelta()) == (episodes[1], TWENTY_MINUTES)


async def test_after_a_watched_episode_comes_the_next_one_across_seasons(home):
    series, episodes = home.catalog.series(2, 1)
    home.viewing.mark(series, house.DURATION, episode_id=episodes[1], watched=True)

    session = await home.start(series)

    assert session.episode_id == episodes[2]
    assert not session.HasField("next_episode")


async def test_an_episode_can_be_chosen(home):
    series, episodes = home.catalog.series(3)

    assert (await home.start(series, episode_id=episodes[2])).episode_id == episodes[2]


async def test_an_episode_of_another_title_is_refused(home):
    error = await refused(home.start(home.catalog.film(), episode_id=ids.new()))

    assert error.reason == "EPISODE_NOT_FOUND"


async def test_a_title_without_media_says_so(home):
    film = home.catalog.film()
    home.packager.unready.add(film)

    assert (await refused(home.start(film))).reason == "NOT_PLAYABLE_YET"


async def test_a_refused_viewer_gets_the_decision_that_explains_it(home):
    film = home.catalog.film()
    home.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION]

    error = await refused(home.start(film))

    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_ENTITLED")
    assert error.metadata == {"title_id": film, "code": "ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION"}
    assert error.details == (home.entitlement.decide(film),)


async def test_a_hidden_title_is_not_there(home):
    film = home.catalog.film()
    home.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_AVAILABLE]

    assert (await refused(home.start(film))).reason == "TITLE_NOT_FOUND"


async def test_a_second_device_is_refused_on_the_basic_plan_and_told_what_to_stop(home, token):
    first = await home.start(home.catalog.film("Tides"), token, device=device("Living room"))

    error = await refused(home.start(home.catalog.film(), token, device=device("Phone")))

    [option] = error.details[0].options
    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TOO_MANY_STREAMS")
    assert error.metadata["limit"] == "1"
    assert option.stop_stream == entitlement_pb2.StopStreamOption(
        session_id=first.session_id, device_name="Living room", title="Tides"
    )
    assert not error.details[0].allowed


async def test_stopping_a_stream_from_another_profile_makes_room_at_once(home, token):
    account_id = ids.new()
    living_room, phone = testing.a_token(account_id=account_id), testing.a_token(account_id=account_id)
    first = await home.start(home.catalog.film(), living_room)
    await home.stop(first.session_id, phone)

    assert (await home.start(home.catalog.film(), phone)).session_id != first.session_id


async def test_a_lease_that_ran_out_makes_room(home, token):
    await home.start(home.catalog.film(), token)
    home.clock.advance(house.LEASE)

    assert await home.start(home.catalog.film(), token)


async def test_heartbeats_keep_the_slot(home, token):
    film = home.catalog.film()
    session = await home.start(film, token)
    for second in range(10, 60, 10):
        home.clock.advance(timedelta(seconds=10))
        await home.beat(session.session_id, token, second)

    assert (await refused(home.start(film, token))).reason == "TOO_MANY_STREAMS"


async def test_repeating_a_request_answers_the_same_session(home, token):
    film, request_id = home.catalog.film(), ids.new()
    first = await home.start(film, token, request_id=request_id)
    home.viewing.mark(film, TWENTY_MINUTES)
    home.clock.advance(timedelta(seconds=5))

    assert await home.start(film, token, request_id=request_id) == first


async def test_two_requests_at_once_with_one_id_take_one_slot(home, token):
    film, request_id = home.catalog.film(), ids.new()

    both = await asyncio.gather(*(home.start(film, token, request_id=request_id) for _ in range(2)))

    assert both[0].session_id == both[1].session_id


async def test_many_devices_at_once_never_take_more_than_the_plan_has(home, token):
    home.entitlement.max_streams = 3
    film = home.catalog.film()

    answers = await asyncio.gather(*(home.start(film, token) for _ in range(12)), return_exceptions=True)

    assert sum(isinstance(answer, playback_pb2.Session) for answer in answers) == 3


async def test_heartbeats_tell_where_the_viewer_is(home, token):
    film = home.catalog.film()
    session = await home.start(film, token)
    home.clock.advance(timedelta(seconds=10))
    await home.beat(session.session_id, token, 10, state=playback_pb2.PLAYER_STATE_PAUSED)
    await home.stop(session.session_id, token, position=convert.duration(timedelta(seconds=12)))

    beat, stopped = await events(home, 2)
    assert (beat.title_id, beat.position.seconds, beat.stopped) == (film, 10, False)
    assert beat.state == playback_pb2.PLAYER_STATE_PAUSED
    assert (stopped.position.seconds, stopped.duration.ToTimedelta(), stopped.stopped) == (12, house.DURATION, True)


async def test_a_position_beyond_the_end_is_the_end(home, token):
    session = await home.start(home.catalog.film(), token)
    await home.beat(session.session_id, token, 100_000)

    [beat] = await events(home, 1)
    assert beat.position.ToTimedelta() == house.DURATION


async def test_stopping_twice_is_stopping_once(home, token):
    session = await home.start(home.catalog.film(), token)
    await home.stop(session.session_id, token)
    await home.stop(session.session_id, token)

    assert len(await events(home, 1)) == 1


async def test_a_session_that_ended_says_so(home, token):
    session = await home.start(home.catalog.film(), token)
    await home.stop(session.session_id, token)

    error = await refused(home.beat(session.session_id, token))

    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "SESSION_ENDED")


async def test_another_accounts_session_does_not_exist(home, token):
    session = await home.start(home.catalog.film(), token)
    stranger = testing.a_token()

    assert (await refused(home.beat(session.session_id, stranger))).reason == "SESSION_NOT_FOUND"
    assert (await refused(home.stop(session.session_id, stranger))).reason == "SESSION_NOT_FOUND"
    await home.beat(session.session_id, token)


async def test_a_player_that_fell_silent_is_logged_off_as_of_its_last_word(home, token):
    session = await home.start(home.catalog.film(), token)
    await home.beat(session.session_id, token, 40)
    last_word = home.clock.now()
    home.clock.advance(timedelta(seconds=36))

    await asyncio.gather(home.sweeper.sweep(), home.sweeper.sweep())

    beat, lapsed = await events(home, 2)
    assert (lapsed.stopped, lapsed.position) == (True, beat.position)
    assert [event.occur_time.ToDatetime(last_word.tzinfo) for event in await home.told()] == [last_word] * 2


async def test_a_live_session_is_not_swept(home, token):
    session = await home.start(home.catalog.film(), token)
    home.clock.advance(timedelta(seconds=29))
    await home.beat(session.session_id, token, 29)
    home.clock.advance(timedelta(seconds=29))
    await home.sweeper.sweep()

    await home.beat(session.session_id, token, 58)


async def test_a_session_without_a_profile_is_refused(home):
    request = playback_pb2.StartSessionRequest(title_id=home.catalog.film())

    error = await refused(home.playback.StartSession(request, metadata=testing.bearing(testing.a_token(profile_id=""))))

    assert error.reason == "PROFILE_REQUIRED"


async def test_a_service_that_calls_for_itself_watches_nothing(home, token):
    session = await home.start(home.catalog.film(), token)
    itself, session_id = testing.as_service(), session.session_id
    start = playback_pb2.StartSessionRequest(title_id=session.title_id)

    assert (await refused(home.playback.StartSession(start, metadata=itself))).reason == "PROFILE_REQUIRED"
    stop = home.playback.StopSession(playback_pb2.StopSessionRequest(session_id=session_id), metadata=itself)
    assert (await refused(stop)).reason == "SESSION_NOT_FOUND"


async def test_a_heartbeat_without_a_position_is_malformed(home, token):
    session = await home.start(home.catalog.film(), token)
    request = playback_pb2.HeartbeatRequest(session_id=session.session_id)

    error = await refused(home.playback.Heartbeat(request, metadata=testing.bearing(token)))

    assert (error.reason, error.details[0].field_violations[0].field) == ("REQUEST_INVALID", "position")


async def events(home, count):
    """Waits for the relay to have told so many events."""
    async with asyncio.timeout(testing.PATIENCE):
        while len(told := await home.told()) < count:
            await asyncio.sleep(0.02)
    return [event.playback_progressed for event in told]
