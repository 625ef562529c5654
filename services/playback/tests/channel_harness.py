"""A channel of a playback service, and a viewer of it."""

import re
from datetime import timedelta

import grpc
import m3u8
import pytest
from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.kit import ids, testing, timestamps, watchable_subjects
from services.playback.tests import harness, packaged_files
from services.playback.tests.harness import token_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Channel:
    """A channel of a service, a viewer of it, and what the viewer calls."""

    def __init__(self, service):
        self.service, self.epg = service, service.epg
        self.subject = watchable_subjects.channel(service.epg.channel_id)
        self.account_id, self.profile_id = ids.new(), ids.new()
        self.number = 0

    @property
    def token(self):
        return testing.a_token(
            account_id=self.account_id, profile_id=self.profile_id, at=self.service.clock.now(), maturity_ceiling=13
        )

    def add_film(self, seconds=120):
        """Adds a film with an asset and a key of its own; returns its subject."""
        self.number += 1
        film, asset_id = ids.new(), packaged_files.an_asset_id(self.number)
        key_id = bytes([self.number] * 16)
        packaged_files.write(
            self.service.media, self.number, key=key_id.hex(), video_times=range(0, seconds + 1, 4), sounds=()
        )
        self.service.packager.assets[film] = asset_id
        self.service.packager.keys[asset_id] = (key_id, bytes([100 + self.number] * 16))
        return watchable_subjects.title(film)

    async def start(self, subject=None, **request):
        return await self.service.start(subject=subject or self.subject, token=self.token, **request)

    async def seek(self, session, at=None):
        request = playback_service_pb2.SeekSessionRequest(session_id=session.session_id)
        if at is not None:
            request.live_time.CopyFrom(timestamps.from_datetime(at))
        response = await self.service.stub.SeekSession(request, metadata=testing.bearing(self.token))
        return response.session

    async def beat(self, session, at):
        request = playback_service_pb2.HeartbeatRequest(
            session_id=session.session_id,
            live_time=timestamps.from_datetime(at),
            state=playback_pb2.PLAYER_STATE_PLAYING,
        )
        return await self.service.stub.Heartbeat(request, metadata=testing.bearing(self.token))

    async def playlist(self, session, name="video-144p.m3u8"):
        """Returns the playlist that the manifest of a session leads to."""
        from_cell = re.search(r"&from_cell=(\d+)", session.manifests[0].url)
        request = playback_service_pb2.GetHlsPlaylistRequest(
            session_id=session.session_id,
            playlist=name,
            token=token_of(session).partition("&")[0],
            from_cell=int(from_cell[1]) if from_cell else 0,
        )
        return m3u8.loads((await self.service.stub.GetHlsPlaylist(request)).data.decode())

    async def key(self, session, number):
        request = playback_service_pb2.GetContentKeyRequest(
            session_id=session.session_id, key_id=bytes([number] * 16).hex(), token=token_of(session).partition("&")[0]
        )
        return (await self.service.stub.GetContentKey(request)).data


def a_channel(service):
    """Returns a channel with a programme that is on for half an hour more, one before and one after it."""
    channel = Channel(service)
    now = service.clock.now()
    channel.past = channel.epg.add(now - 90 * MINUTE, HOUR, channel.add_film(), name="Past")
    channel.current = channel.epg.add(now - 30 * MINUTE, HOUR, channel.add_film(), name="Current")
    channel.upcoming = channel.epg.add(now + 30 * MINUTE, HOUR, channel.add_film(), name="Upcoming")
    return channel


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return harness.refusal(caught.value)


def time_of(message):
    return timestamps.to_datetime(message)


def programme(programme_id):
    return watchable_subjects.programme(programme_id)
