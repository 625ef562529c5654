"""Requests with values at the edges, in every field of every method."""

from google.api import httpbody_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.kit import boundary_requests, ids, testing, timestamps, watchable_subjects
from services.playback.tests import harness


async def test_no_request_is_a_fault(service):
    token, film = testing.a_token(), service.catalog.film()
    service.entitlement.max_streams = 1_000_000
    session = await service.start(film, token)
    opened = {"session_id": session.session_id, "token": harness.token_of(session)}

    await boundary_requests.check(
        service.channel,
        "marquee.playback.v1.PlaybackService",
        metadata=testing.bearing(token),
        bases={
            "StartSession": playback_service_pb2.StartSessionRequest(
                subject=watchable_subjects.title(film),
                device=playback_pb2.Device(
                    device_id="tv", capabilities=playback_pb2.DeviceCapabilities(codecs=["avc1.640028"])
                ),
                request_id=ids.new(),
            ),
            "Heartbeat": playback_service_pb2.HeartbeatRequest(
                session_id=session.session_id,
                position=timestamps.from_timedelta(harness.LEASE),
                state=playback_pb2.PLAYER_STATE_PLAYING,
            ),
            "GetHlsPlaylist": playback_service_pb2.GetHlsPlaylistRequest(**opened, playlist="master.m3u8"),
            "GetDashManifest": playback_service_pb2.GetDashManifestRequest(**opened),
            "GetLicense": playback_service_pb2.GetLicenseRequest(**opened, body=httpbody_pb2.HttpBody(data=b"{}")),
            "GetContentKey": playback_service_pb2.GetContentKeyRequest(**opened, key_id="0" * 32),
        },
    )
