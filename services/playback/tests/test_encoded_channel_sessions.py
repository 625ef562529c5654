"""Sessions on encoded channels: they list what the encoder wrote, in HLS alone."""

import re
from datetime import timedelta

import pytest
from marquee.packager.v1 import packager_internal_pb2, packager_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.kit import ids
from services.playback.linear import cells
from services.playback.tests.channel_harness import MINUTE, Channel, programme, refused
from services.playback.tests.harness import token_of

OLD_KEY, NEW_KEY = b"o" * 16, b"n" * 16
#: How long a key is used in these tests.
KEY_CELLS = 450


def key_id(period):
    return period.to_bytes(16, "big")


class EncodedChannel(Channel):
    """An encoded channel whose encoder runs since an hour before."""

    def __init__(self, service):
        super().__init__(service)
        service.epg.rules["is_encoded"] = True
        self.run_id = ids.new()
        self.first_cell = self.edge - 900
        self.extend()

    @property
    def edge(self):
        return cells.cell_at(self.service.clock.now())

    @property
    def newest_period(self):
        """The period of the key of the last cell."""
        return (self.edge - 1) // KEY_CELLS

    def extend(self):
        """Writes all cells up to the live edge."""
        periods = range(self.first_cell // KEY_CELLS, self.edge // KEY_CELLS + 1)
        video, audio = packager_internal_pb2.TRACK_KIND_VIDEO, packager_internal_pb2.TRACK_KIND_AUDIO
        run = packager_internal_pb2.EncoderRun(
            run_id=self.run_id,
            sequence=7,
            first_cell=self.first_cell,
            cell_count=self.edge - self.first_cell,
            tracks=[
                packager_internal_pb2.EncodedTrack(
                    kind=video,
                    directory="video/144p",
                    codec="avc1.42c00c",
                    width=256,
                    height=144,
                    bitrate=1,
                    frame_rate=25,
                ),
                packager_internal_pb2.EncodedTrack(kind=audio, directory="audio/audio", codec="mp4a.40.2", bitrate=1),
            ],
            key_periods=[
                packager_internal_pb2.KeyPeriod(
                    key_id=key_id(period), first_cell=period * KEY_CELLS, cell_count=KEY_CELLS
                )
                for period in periods
            ],
        )
        self.service.packager.runs[self.epg.channel_id] = [run]
        self.service.packager.run_keys[self.run_id] = {
            key_id(period): period.to_bytes(16, "little") for period in periods
        }

    async def key_of(self, session, period):
        request = playback_service_pb2.GetContentKeyRequest(
            session_id=session.session_id, key_id=key_id(period).hex(), token=token_of(session).partition("&")[0]
        )
        return (await self.service.stub.GetContentKey(request)).data


@pytest.fixture
def channel(service):
    channel = EncodedChannel(service)
    now = service.clock.now()
    channel.past = channel.epg.add(now - 90 * MINUTE, 60 * MINUTE, name="Past")
    channel.current = channel.epg.add(now - 30 * MINUTE, 60 * MINUTE, name="Current")
    return channel


def listed(playlist):
    """Returns the cells of a playlist that have media."""
    return [int(re.search(r"/(\d+)\.m4s", each.uri)[1]) for each in playlist.segments if each.gap_tag is None]


async def test_the_live_window_is_what_the_encoder_wrote(channel):
    session = await channel.start()
    playlist = await channel.playlist(session)

    assert [playback_pb2.MANIFEST_PROTOCOL_HLS] == [manifest.protocol for manifest in session.manifests]
    assert list(range(channel.edge - 30, channel.edge)) == listed(playlist)
    assert (channel.edge - 30, 7) == (playlist.media_sequence, playlist.discontinuity_sequence)
    assert f"/media/{channel.run_id}/video/144p/{channel.edge - 1}.m4s?token=" in playlist.segments[-1].uri
    assert channel.current == session.programme.programme_id
    newest = channel.newest_period
    assert newest.to_bytes(16, "little") == await channel.key_of(session, newest)


async def test_there_is_no_dash_manifest(channel):
    session = await channel.start()
    request = playback_service_pb2.GetDashManifestRequest(session_id=session.session_id, token=token_of(session))

    assert "PLAYLIST_NOT_FOUND" == (await refused(channel.service.stub.GetDashManifest(request))).reason


@pytest.mark.parametrize(
    "capabilities",
    [
        {"protocols": [playback_pb2.MANIFEST_PROTOCOL_DASH]},
        {"encryption_schemes": [packager_pb2.ENCRYPTION_SCHEME_CBCS]},
    ],
)
async def test_a_device_without_hls_or_aes_128_is_refused(channel, capabilities):
    device = playback_pb2.Device(device_id="box", capabilities=playback_pb2.DeviceCapabilities(**capabilities))

    assert "DEVICE_NOT_SUPPORTED" == (await refused(channel.start(device=device))).reason


async def test_a_channel_whose_encoder_wrote_nothing_cannot_be_played(channel):
    channel.service.packager.runs.clear()

    assert "NOT_PLAYABLE_YET" == (await refused(channel.start())).reason


async def test_a_key_that_the_encoder_begins_to_use_is_available_at_once(channel):
    session = await channel.start()
    newest = channel.newest_period
    assert await channel.key_of(session, newest)

    # Playback caches keys for longer than this.
    while channel.newest_period == newest:
        channel.service.clock.advance(timedelta(seconds=20))
        await channel.beat(session, channel.service.clock.now())
        channel.extend()
        await channel.key_of(session, newest)

    assert (newest + 1).to_bytes(16, "little") == await channel.key_of(session, newest + 1)


async def test_start_over_begins_with_the_programme_and_goes_on(channel):
    session = await channel.start(programme(channel.current))
    before = listed(await channel.playlist(session))
    channel.service.clock.advance(timedelta(seconds=20))
    channel.extend()
    after = listed(await channel.playlist(session))

    assert playback_pb2.SESSION_KIND_START_OVER == session.kind
    assert list(range(channel.edge - 455, channel.edge - 5)) == before
    assert [*before, *range(channel.edge - 5, channel.edge)] == after


async def test_a_programme_that_is_not_for_the_viewer_is_a_gap_without_its_key(channel):
    now, edge = channel.service.clock.now(), channel.edge
    channel.epg.programmes.clear()
    channel.epg.add(now - 60 * MINUTE, 60 * MINUTE - timedelta(seconds=40), age=18)
    channel.current = channel.epg.add(now - timedelta(seconds=40), 60 * MINUTE)
    hidden_period = (edge - 460) // KEY_CELLS

    session = await channel.start()
    playlist = await channel.playlist(session)

    assert list(range(edge - 10, edge)) == listed(playlist)
    assert 30 == len(playlist.segments)
    assert not any(segment.discontinuity for segment in playlist.segments)
    assert "KEY_NOT_FOUND" == (await refused(channel.key_of(session, hidden_period))).reason
