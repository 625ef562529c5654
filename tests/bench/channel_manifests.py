"""Measures the playlists of a channel: live, and of a programme that ended almost seven days ago."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib import parse

import grpc
from marquee.epg.v1 import (
    epg_admin_service_pb2,
    epg_admin_service_pb2_grpc,
    epg_pb2,
    epg_service_pb2,
    epg_service_pb2_grpc,
)
from marquee.playback.v1 import playback_pb2, playback_service_pb2, playback_service_pb2_grpc
from marquee.type.v1 import type_pb2

from services.kit import ids, testing, timestamps, watchable_subjects
from tests.bench import h2load
from tests.local_platform import Platform

_METHOD = "/marquee.playback.v1.PlaybackService/GetHlsPlaylist"
_CALLS, _CONNECTIONS, _STREAMS = 1_000, 4, 4
_HOUR = timedelta(hours=1)
_DAYS = 7
_LONGEST_SECONDS = 60
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class ChannelManifests:
    """The latencies of playlists one at a time, in milliseconds, and the rate of live ones."""

    live_p95: float
    live_rate: float
    catch_up_p95: float


def measure(platform: Platform, token: str, admin_token: str, title_id: str) -> ChannelManifests:
    """Measures playlists of the picture, on a channel of its own that repeats a title."""
    with grpc.insecure_channel(platform.address) as channel:
        channel_id = _create_channel(channel, admin_token, title_id)
        playback = playback_service_pb2_grpc.PlaybackServiceStub(channel)
        live = _start(playback, token, type_pb2.Subject(channel_id=channel_id))
        live_load = _load(platform, live, connections=_CONNECTIONS, streams=_STREAMS)
        live_p95 = _load(platform, live).p95
        _stop(playback, token, live)
        programme = _earliest_programme(channel, token, channel_id)
        caught_up = _start(playback, token, watchable_subjects.programme(programme))
        catch_up_p95 = _load(platform, caught_up).p95
        _stop(playback, token, caught_up)
    return ChannelManifests(live_p95, live_load.rate, catch_up_p95)


def _create_channel(channel: grpc.Channel, token: str, title_id: str) -> str:
    """Saves a channel that shows a title every hour; returns its id."""
    epg, metadata, channel_id = (
        epg_admin_service_pb2_grpc.EpgAdminServiceStub(channel),
        testing.bearing(token),
        ids.new(),
    )
    time_shift = epg_pb2.TimeShiftRules(catch_up_window=timestamps.from_timedelta(timedelta(days=_DAYS)))
    saved = epg_pb2.Channel(channel_id=channel_id, display_name="Bench", time_shift=time_shift)
    epg.SaveChannel(epg_admin_service_pb2.SaveChannelRequest(channel=saved), metadata=metadata)
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=_DAYS)
    starts = [first + number * _HOUR for number in range(24 * _DAYS + 2)]
    epg.ReplaceSchedule(
        epg_admin_service_pb2.ReplaceScheduleRequest(
            channel_id=channel_id,
            start_time=timestamps.from_datetime(starts[0]),
            end_time=timestamps.from_datetime(starts[-1] + _HOUR),
            programmes=[
                epg_admin_service_pb2.ScheduledProgramme(
                    start_time=timestamps.from_datetime(start),
                    end_time=timestamps.from_datetime(start + _HOUR),
                    display_names={"en": f"Hour {number}"},
                    on_demand=watchable_subjects.title(title_id),
                )
                for number, start in enumerate(starts)
            ],
        ),
        metadata=metadata,
    )
    return channel_id


def _earliest_programme(channel: grpc.Channel, token: str, channel_id: str) -> str:
    """Returns the first programme that catch-up offers still, for some minutes at least."""
    start = datetime.now(UTC) - timedelta(days=_DAYS) + _HOUR
    request = epg_service_pb2.GetGuideRequest(
        start_time=timestamps.from_datetime(start),
        end_time=timestamps.from_datetime(start + _HOUR),
        filter=epg_service_pb2.ChannelFilter(channel_ids=[channel_id]),
    )
    guide = epg_service_pb2_grpc.EpgServiceStub(channel).GetGuide(request, metadata=testing.bearing(token))
    return guide.schedules[0].programmes[0].programme_id


def _start(
    playback: playback_service_pb2_grpc.PlaybackServiceStub, token: str, subject: type_pb2.Subject
) -> playback_pb2.Session:
    """Starts a session as soon as entitlement knows the channel. Raises the refusal if it does not in a minute."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while True:
        request = playback_service_pb2.StartSessionRequest(subject=subject, request_id=ids.new())
        try:
            return playback.StartSession(request, metadata=testing.bearing(token)).session
        except grpc.RpcError:
            if time.monotonic() > deadline:
                raise
        time.sleep(_POLL_SECONDS)


def _stop(playback: playback_service_pb2_grpc.PlaybackServiceStub, token: str, session: playback_pb2.Session) -> None:
    request = playback_service_pb2.StopSessionRequest(session_id=session.session_id)
    playback.StopSession(request, metadata=testing.bearing(token))


def _load(platform: Platform, session: playback_pb2.Session, connections: int = 1, streams: int = 1) -> h2load.Load:
    """Requests the playlist of the picture again and again."""
    [url] = [each.url for each in session.manifests if each.protocol == playback_pb2.MANIFEST_PROTOCOL_HLS]
    query = dict(parse.parse_qsl(parse.urlsplit(url).query))
    request = playback_service_pb2.GetHlsPlaylistRequest(
        session_id=session.session_id,
        playlist="video-360p.m3u8",
        token=query["token"],
        from_cell=int(query.get("from_cell", 0)),
    )
    address = platform.service_address("playback")
    with grpc.insecure_channel(address) as direct:
        playlist = playback_service_pb2_grpc.PlaybackServiceStub(direct).GetHlsPlaylist(request).data
    if b"#EXTINF" not in playlist:
        raise h2load.LoadFailed("the playlist lists no segment")
    headers = {"te": "trailers", "content-type": "application/grpc"}
    return h2load.run(
        f"http://{address}{_METHOD}",
        request.SerializeToString(),
        headers,
        calls=_CALLS,
        connections=connections,
        streams=streams,
    )
