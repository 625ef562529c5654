import asyncio
from datetime import timedelta

import grpc
import pytest
from marquee.entitlement.v1 import entitlement_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.kit import ids, testing, timestamps, watchable_subjects
from services.playback import domain
from services.playback.tests import fakes, harness

TWENTY_MINUTES = timedelta(minutes=20)


def a_device(name="", **capabilities):
    return playback_pb2.Device(
        display_name=name, capabilities=playback_pb2.DeviceCapabilities(**capabilities) if capabilities else None
    )


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return harness.refusal(caught.value)


@pytest.fixture
def token():
    return testing.a_token(account_id=ids.new())


async def test_a_session_has_all_that_a_player_needs(service):
    film = service.catalog.film()
    session = await service.start(film)

    address = f"{harness.PUBLIC_URL}/api/v1/playback/sessions/{session.session_id}"
    query = f"?token={harness.token_of(session)}"
    assert (session.subject, session.kind) == (watchable_subjects.title(film), playback_pb2.SESSION_KIND_ON_DEMAND)
    assert [(each.protocol, each.url) for each in session.manifests] == [
        (playback_pb2.MANIFEST_PROTOCOL_HLS, f"{address}/hls/master.m3u8{query}"),
        (playback_pb2.MANIFEST_PROTOCOL_DASH, f"{address}/dash/manifest.mpd{query}"),
    ]
    assert [(each.system, each.license_url) for each in session.key_systems] == [
        ("org.w3.clearkey", f"{address}/license{query}"),
        ("identity", ""),
    ]
    assert (
        session.thumbnails_url == f"{harness.PUBLIC_URL}/media/{service.packager.asset_id}/thumbnails/index.vtt{query}"
    )
    assert session.heartbeat_interval.seconds == 10
    assert session.duration.ToTimedelta() == fakes.DURATION
    assert session.seek_window.end_position == session.duration
    assert not session.HasField("next")


async def test_a_film_resumes_where_the_profile_stopped(service):
    film = service.catalog.film()
    service.viewing.add_bookmark(film, TWENTY_MINUTES)

    session = await service.start(film)

    assert session.resume_position.ToTimedelta() == TWENTY_MINUTES


@pytest.mark.parametrize("share", [0.95, 1.0])
async def test_a_watched_film_starts_from_the_beginning(service, share):
    film = service.catalog.film()
    service.viewing.add_bookmark(film, share * fakes.DURATION)

    session = await service.start(film)

    assert session.resume_position.ToTimedelta() == timedelta()


async def test_playback_starts_from_the_beginning_while_viewing_is_down(service):
    film = service.catalog.film()
    service.viewing.add_bookmark(film, TWENTY_MINUTES)
    service.viewing.is_down = True

    session = await service.start(film)

    assert session.resume_position.ToTimedelta() == timedelta()


async def test_a_series_starts_with_its_first_episode_and_names_the_next(service):
    series, episodes = service.catalog.series(2, 1)
    service.packager.unready.add(series)

    session = await service.start(series)

    assert (session.subject, session.next.subject) == tuple(map(watchable_subjects.episode, episodes[:2]))
    assert (session.next.season_number, session.next.display_name) == (1, "S1 E2")
    assert [image.uri for image in session.next.images] == ["/stills/2.webp"]


async def test_a_series_resumes_with_the_episode_of_the_latest_bookmark(service):
    series, episodes = service.catalog.series(3)
    service.viewing.add_bookmark(series, TWENTY_MINUTES, episode_id=episodes[2])
    service.viewing.add_bookmark(series, TWENTY_MINUTES, episode_id=episodes[1])

    session = await service.start(series)

    assert session.subject == watchable_subjects.episode(episodes[1])
    assert session.resume_position.ToTimedelta() == TWENTY_MINUTES


async def test_a_watched_episode_is_followed_by_the_next_one_across_seasons(service):
    series, episodes = service.catalog.series(2, 1)
    service.viewing.add_bookmark(series, fakes.DURATION, episode_id=episodes[1], watched=True)

    session = await service.start(series)

    assert session.subject == watchable_subjects.episode(episodes[2])
    assert not session.HasField("next")


async def test_a_long_series_resumes_far_behind_its_first_page(service):
    series, episodes = service.catalog.series(300, 300)
    service.viewing.add_bookmark(series, TWENTY_MINUTES, episode_id=episodes[399])

    session = await service.start(series)

    assert (session.subject, session.next.subject) == tuple(map(watchable_subjects.episode, episodes[399:401]))
    assert service.catalog.calls.count("ListEpisodes") == 3


async def test_an_episode_is_played_from_its_own_bookmark(service):
    series, episodes = service.catalog.series(3)
    service.viewing.add_bookmark(series, TWENTY_MINUTES, episode_id=episodes[1])
    service.viewing.add_bookmark(series, timedelta(minutes=1), episode_id=episodes[0])

    session = await service.start(episode_id=episodes[1])

    assert (session.subject, session.next.subject) == tuple(map(watchable_subjects.episode, episodes[1:]))
    assert session.resume_position.ToTimedelta() == TWENTY_MINUTES


async def test_the_series_of_an_episode_is_looked_up_once(service):
    _, episodes = service.catalog.series(3)
    await service.start(episode_id=episodes[0])
    await service.start(episode_id=episodes[0])

    assert sorted(service.catalog.calls) == ["GetEpisode", "GetTitle", "GetTitle", "ListEpisodes", "ListEpisodes"]


async def test_an_episode_that_does_not_exist_is_not_found(service):
    assert (await refused(service.start(episode_id=ids.new()))).reason == "EPISODE_NOT_FOUND"


async def test_a_subject_without_media_is_not_playable_yet(service):
    film, (_, episodes) = service.catalog.film(), service.catalog.series(1)
    service.packager.unready |= {film, episodes[0]}

    assert (await refused(service.start(film))).metadata == {"title_id": film}
    error = await refused(service.start(episode_id=episodes[0]))
    assert (error.reason, error.metadata) == ("NOT_PLAYABLE_YET", {"episode_id": episodes[0]})


async def test_a_refusal_has_the_decision_that_explains_it(service):
    film = service.catalog.film()
    service.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION]

    error = await refused(service.start(film))

    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_ENTITLED")
    assert error.metadata == {"title_id": film, "code": "ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION"}
    assert error.details == (service.entitlement.decide(watchable_subjects.title(film)),)


async def test_a_hidden_title_is_not_found(service):
    film, (_, episodes) = service.catalog.film(), service.catalog.series(1)
    service.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_AVAILABLE]

    assert (await refused(service.start(film))).reason == "TITLE_NOT_FOUND"
    assert (await refused(service.start(episode_id=episodes[0]))).reason == "EPISODE_NOT_FOUND"


async def test_one_stream_too_many_is_refused_with_the_streams_to_stop(service, token):
    first = await service.start(service.catalog.film("Tides"), token, device=a_device("Living room"))

    error = await refused(service.start(service.catalog.film(), token, device=a_device("Phone")))

    [option] = error.details[0].options
    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "TOO_MANY_STREAMS")
    assert error.metadata["limit"] == "1"
    assert option.stop_stream == entitlement_pb2.StopStreamOption(
        session_id=first.session_id, device_display_name="Living room", display_name="Tides"
    )
    assert not error.details[0].allowed


async def test_a_stream_to_stop_does_not_name_a_title_that_is_hidden_from_the_caller(service):
    account_id = ids.new()
    adult, kid = (testing.a_token(account_id=account_id, maturity_ceiling=age) for age in (18, 8))
    first = await service.start(service.catalog.film("Tides", age=17), adult)

    error = await refused(service.start(service.catalog.film(), kid))

    [option] = error.details[0].options
    assert option.stop_stream == entitlement_pb2.StopStreamOption(session_id=first.session_id)


async def test_stopping_a_stream_from_another_profile_frees_its_slot_at_once(service):
    account_id = ids.new()
    living_room, phone = testing.a_token(account_id=account_id), testing.a_token(account_id=account_id)
    first = await service.start(service.catalog.film(), living_room)
    await service.stop(first.session_id, phone)

    assert (await service.start(service.catalog.film(), phone)).session_id != first.session_id


async def test_an_ended_lease_frees_its_slot(service, token):
    await service.start(service.catalog.film(), token)
    await service.pass_time(domain.LEASE)

    assert await service.start(service.catalog.film(), token)


async def test_heartbeats_keep_the_slot(service, token):
    film = service.catalog.film()
    session = await service.start(film, token)
    for second in range(10, 60, 10):
        await service.pass_time(timedelta(seconds=10))
        await service.beat(session.session_id, token, second)

    assert (await refused(service.start(film, token))).reason == "TOO_MANY_STREAMS"


async def test_a_repeated_request_returns_the_same_session(service, token):
    film, request_id = service.catalog.film(), ids.new()
    first = await service.start(film, token, request_id=request_id)
    service.viewing.add_bookmark(film, TWENTY_MINUTES)
    service.clock.advance(timedelta(seconds=5))

    assert await service.start(film, token, request_id=request_id) == first


async def test_a_request_id_is_refused_with_other_contents(service, token):
    service.entitlement.max_streams = 2
    request_id = ids.new()
    await service.start(service.catalog.film(), token, request_id=request_id)

    error = await refused(service.start(service.catalog.film(), token, request_id=request_id))

    assert error.reason == "REQUEST_ID_REUSED"


async def test_two_concurrent_requests_with_one_id_take_one_slot(service, token):
    film, request_id = service.catalog.film(), ids.new()

    both = await asyncio.gather(*(service.start(film, token, request_id=request_id) for _ in range(2)))

    assert both[0].session_id == both[1].session_id


async def test_many_concurrent_requests_never_take_more_slots_than_the_limit(service, token):
    service.entitlement.max_streams = 3
    film = service.catalog.film()

    outcomes = await asyncio.gather(*(service.start(film, token) for _ in range(12)), return_exceptions=True)

    assert sum(isinstance(outcome, playback_pb2.Session) for outcome in outcomes) == 3


async def test_an_account_without_a_profile_is_refused(service):
    token = testing.a_token(profile_id="")

    assert (await refused(service.start(service.catalog.film(), token))).reason == "PROFILE_REQUIRED"


async def test_the_operator_has_no_sessions(service, token):
    session = await service.start(service.catalog.film(), token)
    start = playback_service_pb2.StartSessionRequest(subject=session.subject, request_id=ids.new())
    stop = playback_service_pb2.StopSessionRequest(session_id=session.session_id)

    started = service.stub.StartSession(start, metadata=testing.as_service("operator"))
    stopped = service.stub.StopSession(stop, metadata=testing.as_service("operator"))
    assert (await refused(started)).reason == "PROFILE_REQUIRED"
    assert (await refused(stopped)).reason == "SESSION_NOT_FOUND"


async def test_a_request_id_is_required(service, token):
    error = await refused(service.start(service.catalog.film(), token, request_id=""))

    assert (error.reason, error.details[0].field_violations[0].field) == ("REQUEST_INVALID", "request_id")


async def test_times_survive_as_protobuf_has_them(service, token):
    session = await service.start(service.catalog.film(), token)

    assert timestamps.to_datetime(session.expire_time) == service.clock.now() + fakes.DURATION + timedelta(hours=1)
