"""Encoders of channels: what they write, and how they go on after failures."""

import asyncio
import contextlib
import itertools
import re
import signal
from datetime import timedelta

import grpc
import pytest
from marquee.packager.v1 import channel_encoder_pb2

from services.kit import migrations, testing, timestamps
from services.packager.domain import cells
from services.packager.tests import encoder_harness, films, harness, packaged_asset
from services.packager.tests.encoder_harness import RUNNING, WAITING, until
from services.packager.tools import store_capacity


@pytest.fixture
async def encoders(packager):
    return encoder_harness.Encoders(packager)


async def times_of(file):
    """Returns when each frame of the only track begins and ends, in seconds, once all are decoded."""
    listed = await packaged_asset.ffmpeg("-xerror", "-i", file, "-f", "framecrc", "-")
    (unit,) = re.findall(r"#tb 0: (\d+)/(\d+)", listed)
    seconds = int(unit[0]) / int(unit[1])
    frames = [[int(field) for field in line.split(",")[2:4]] for line in listed.splitlines() if line[0] != "#"]
    return [(time * seconds, (time + length) * seconds) for time, length in frames]


async def assert_plays_without_a_gap(encoders, run, folder):
    """Checks that all listed cells are whole and follow each other."""
    for file in await encoders.decrypt(run, folder):
        times = await times_of(file)
        gaps = [after[0] - before[1] for before, after in itertools.pairwise(times)]
        assert max(map(abs, gaps)) < 0.001
        assert pytest.approx(cells.CELL_SECONDS * run.cell_count, abs=0.05) == times[-1][1]


def assert_follow_each_other(runs):
    assert list(range(len(runs))) == [run.sequence for run in runs]
    for before, after in itertools.pairwise(runs):
        assert before.first_cell + before.cell_count <= after.first_cell


async def test_different_sources_become_one_stream_with_changing_keys_and_a_log(encoders, tmp_path):
    sources = encoders.packager.sources
    await films.a_film(sources / "a.mp4", seconds=3.2)
    await films.a_film(sources / "b.mp4", width=480, height=360, rate="30000/1001", seconds=2.5, sounds=0)
    await films.a_film(sources / "c.mkv", width=180, height=320, rate="50", seconds=2)
    await encoders.start("file:a.mp4", "file:b.mp4", "file:c.mkv")

    async with encoders.running():
        (run,) = await encoders.wait_for_cells(1)
        complete_time = encoders.clock.now()
        (run,) = await encoders.wait_for_cells(4)
        encoder = await encoders.get()

    # The first cell is complete before the clock has reached its end, so that it can be listed at its end.
    assert complete_time < cells.start_of(run.first_cell + 1)
    assert (RUNNING, "", 0) == (encoder.state, encoder.failure_message, encoder.restart_count)
    assert 0.5 < encoder.speed < 3
    assert ["video/144p", "video/360p", "audio/audio"] == [track.directory for track in run.tracks]
    assert all(re.fullmatch(r"avc1\.42[0-9a-f]{4}|mp4a\.40\.2", track.codec) for track in run.tracks)
    # A key changes every two cells, in the middle of the stream.
    assert len({period.key_id for period in run.key_periods}) >= 2
    await assert_plays_without_a_gap(encoders, run, tmp_path)
    items = await encoders.list_items()
    assert ["file:a.mp4", "file:b.mp4", "file:c.mkv", "file:a.mp4"] == [item.source_uri for item in items][:4]
    starts = [timestamps.to_datetime(item.start_time) - cells.start_of(run.first_cell) for item in items]
    assert [0, 3.2, 5.72, 7.72] == pytest.approx([start.total_seconds() for start in starts[:4]], abs=0.05)
    assert [item.start_time for item in items[1:]] == [item.end_time for item in items[:-1]]


async def test_a_channel_comes_back_each_time_its_encoder_is_killed(encoders, tmp_path):
    await films.a_film(encoders.packager.sources / "a.mp4", seconds=60)
    await encoders.start("file:a.mp4")

    async with encoders.running():
        for number in range(3):
            await encoders.wait_for_cells(1, run=number)
            (await encoder_harness.wait_for(encoder_harness.encoders)).kill()
        runs = await encoders.wait_for_cells(1, run=3)
        encoder = await encoders.get()

    assert_follow_each_other(runs)
    assert 3 == encoder.restart_count
    assert "ended by SIGKILL" in encoder.failure_message
    for run in runs:
        await assert_plays_without_a_gap(encoders, run, tmp_path)
    # The film goes on as if there had been no interruption.
    items = await encoders.list_items()
    shown = [timestamps.to_datetime(item.start_time) - item.start_position.ToTimedelta() for item in items]
    assert all(abs(start - shown[0]) < timedelta(seconds=8) for start in shown)
    assert not list(encoders.packager.store.rglob("*.part"))
    assert not encoder_harness.encoders()


async def test_a_source_whose_reader_is_killed_is_followed_by_the_next_one_in_the_same_run(encoders, tmp_path):
    await films.a_film(encoders.packager.sources / "a.mp4", seconds=60)
    await films.a_film(encoders.packager.sources / "b.mp4", seconds=60)
    await encoders.start("file:a.mp4", "file:b.mp4")

    async with encoders.running():
        await encoders.wait_for_cells(1)
        (await encoder_harness.wait_for(encoder_harness.readers)).kill()
        (run,) = await encoders.wait_for_cells(3)
        encoder = await encoders.get()

    assert (RUNNING, 0, "file:b.mp4") == (encoder.state, encoder.restart_count, encoder.current_item.source_uri)
    assert encoder.failure_message.startswith("file:a.mp4: ")
    await assert_plays_without_a_gap(encoders, run, tmp_path)


async def test_sources_that_cannot_be_read_are_skipped(encoders):
    sources = encoders.packager.sources
    await films.a_film(sources / "a.mp4", seconds=2)
    (sources / "broken.mp4").write_bytes(bytes(1000))
    (sources / "gone.mp4").touch()
    await encoders.start("file:broken.mp4", "file:a.mp4", "file:gone.mp4")
    (sources / "gone.mp4").unlink()

    async with encoders.running():
        await encoders.wait_for_cells(1)
        encoder = await encoders.get()

    assert (RUNNING, 0) == (encoder.state, encoder.restart_count)
    assert encoder.failure_message.startswith(("file:gone.mp4: ", "file:broken.mp4: "))
    assert {"file:a.mp4"} == {item.source_uri for item in await encoders.list_items()}


async def test_a_channel_begins_when_its_only_source_appears(encoders):
    source = encoders.packager.sources / "a.mp4"
    source.touch()
    await encoders.start("file:a.mp4")

    async with encoders.running():

        async def has_failed():
            return (await encoders.get()).failure_message

        await until(has_failed)
        assert channel_encoder_pb2.ENCODER_STATE_STARTING == (await encoders.get()).state
        await films.a_film(encoders.packager.sources / "b.mp4", seconds=5)
        source.with_name("b.mp4").rename(source)
        await encoders.wait_for_cells(1)

    assert ["file:a.mp4"] == [item.source_uri for item in await encoders.list_items()]


async def test_an_encoder_that_stands_still_is_replaced(encoders):
    await films.a_film(encoders.packager.sources / "a.mp4", seconds=60)
    await encoders.start("file:a.mp4")

    async with encoders.running(silence=6):
        await encoders.wait_for_cells(1)
        (await encoder_harness.wait_for(encoder_harness.encoders)).send_signal(signal.SIGSTOP)
        runs = await encoders.wait_for_cells(1, run=1)

    assert_follow_each_other(runs)
    assert "has completed no segment for 6 s" in (await encoders.get()).failure_message


async def test_an_operator_stops_starts_and_changes_a_channel(encoders):
    sources = encoders.packager.sources
    for name in ("a", "b", "c"):
        await films.a_film(sources / f"{name}.mp4", seconds=30)
    await encoders.start("file:a.mp4", "file:b.mp4")

    async with encoders.running():
        await encoders.wait_for_cells(1)
        await encoders.stop()
        async with asyncio.timeout(testing.PATIENCE):
            while encoder_harness.encoders() or encoder_harness.readers():
                await asyncio.sleep(0.05)
        stopped = await encoders.get()
        await encoders.start("file:a.mp4", "file:b.mp4")
        await encoders.wait_for_cells(1, run=1)
        await encoders.start("file:c.mp4")
        runs = await encoders.wait_for_cells(1, run=2)

    assert not stopped.HasField("current_item")
    assert_follow_each_other(runs)
    assert ["file:a.mp4", "file:a.mp4", "file:c.mp4"] == [item.source_uri for item in await encoders.list_items()]
    assert not list((encoders.packager.store / ".encoders").glob("*-*"))


async def test_one_of_two_replicas_runs_a_channel_and_the_other_takes_it_over(packager):
    shared_clock = testing.a_clock()
    encoders = encoder_harness.Encoders(packager, shared_clock=testing.FixedSharedClock(shared_clock))
    await films.a_film(packager.sources / "a.mp4", seconds=60)
    await encoders.start("file:a.mp4")

    async with contextlib.AsyncExitStack() as stack:
        first = encoders.supervisor()
        killed = asyncio.create_task(first.run())
        await encoders.wait_for_cells(1)
        await stack.enter_async_context(encoders.running())
        await encoders.wait_for_cells(2)
        assert 1 == len(encoder_harness.encoders())
        # As if the process of the first replica had been killed: it does not release its lease.
        (running,) = first._running.values()
        running.task.cancel()
        first._running.clear()
        killed.cancel()
        await asyncio.wait({killed, running.task})
        assert not encoder_harness.encoders()
        shared_clock.advance(timedelta(seconds=20))
        runs = await encoders.wait_for_cells(1, run=1)

    assert_follow_each_other(runs)
    assert 0 == (await encoders.get()).restart_count


async def test_a_replica_that_stops_gives_its_channels_away_at_once(encoders):
    await films.a_film(encoders.packager.sources / "a.mp4", seconds=60)
    await encoders.start("file:a.mp4")

    async with encoders.running():
        await encoders.wait_for_cells(1)
    assert not encoder_harness.encoders()
    async with encoders.running():
        runs = await encoders.wait_for_cells(1, run=1)

    assert_follow_each_other(runs)


async def test_cells_never_go_back_when_the_clock_is_set(encoders):
    await films.a_film(encoders.packager.sources / "a.mp4", seconds=60)
    await encoders.start("file:a.mp4")

    async with encoders.running():
        await encoders.wait_for_cells(1)
        encoders.clock.offset = timedelta(hours=1)
        runs = await encoders.wait_for_cells(1, run=1)
        assert "behind the clock" in (await encoders.get()).failure_message
        assert runs[1].first_cell - runs[0].first_cell == pytest.approx(900, abs=10)

        # An encoder goes on when the clock is set back, and a new one waits for the clock.
        encoders.clock.offset = timedelta()
        cell_count = runs[1].cell_count
        await encoders.wait_for_cells(cell_count + 1, run=1)
        (await encoder_harness.wait_for(encoder_harness.encoders)).kill()
        waiting = await encoders.wait_for_state(WAITING)
        assert "earlier than the end of what the channel has shown" in waiting.waiting_reason
        encoders.clock.offset = timedelta(hours=1)
        runs = await encoders.wait_for_cells(1, run=2)

    assert_follow_each_other(runs)


async def test_what_is_written_during_an_outage_of_the_database_is_listed_after_it(
    killable_postgres, redis_url, tmp_path
):
    postgres, url = killable_postgres
    await migrations.migrate(url, "packager")
    async with harness.open_harness(url, redis_url, tmp_path) as packager:
        encoders = encoder_harness.Encoders(packager)
        await films.a_film(packager.sources / "a.mp4", seconds=60)
        await encoders.start("file:a.mp4")
        async with encoders.running():
            (run,) = await encoders.wait_for_cells(1)
            postgres.kill()
            # The first cell of the outage waits for the database; the encoder goes on behind it.
            behind = encoders.segments.workspace(run.run_id) / "audio" / f"{run.cell_count + 1}.m4s"
            async with asyncio.timeout(testing.PATIENCE):
                while not behind.exists():
                    await asyncio.sleep(0.05)
            postgres.start()

            async def is_back():
                with contextlib.suppress(grpc.aio.AioRpcError):
                    return await encoders.get()

            await until(is_back)
            (run,) = await encoders.wait_for_cells(4)
            encoder = await encoders.get()

        assert (RUNNING, 0) == (encoder.state, encoder.restart_count)
        await assert_plays_without_a_gap(encoders, run, tmp_path)


async def test_a_channel_waits_while_the_store_is_full(database_url, redis_url, small_disk, tmp_path):
    disk = small_disk(24 * 1024 * 1024)
    async with harness.open_harness(await database_url("packager"), redis_url, disk) as packager:
        encoders = encoder_harness.Encoders(packager)
        await films.a_film(packager.sources / "a.mp4", seconds=30, width=160, height=90)
        await encoders.start("file:a.mp4")

        async with encoders.running():
            await encoders.wait_for_cells(1)
            filler = disk / "filler"
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(64 * 1024))
            waiting = await encoders.wait_for_state(WAITING)
            filler.unlink()
            runs = await encoders.wait_for_cells(1, run=1)

        assert "media store is full" in waiting.waiting_reason
        assert_follow_each_other(runs)
        for run in runs:
            await assert_plays_without_a_gap(encoders, run, tmp_path)
        assert store_capacity.free_bytes(disk) > 0
