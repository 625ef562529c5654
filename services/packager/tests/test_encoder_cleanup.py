"""What encoders wrote is removed after the catch-up window of the channel."""

import os
from datetime import timedelta

import pytest
from google.protobuf import duration_pb2

from services.kit import ids, testing
from services.packager import cleanup, storage
from services.packager.domain import cells
from services.packager.encoders import segment_store
from services.packager.tests import test_channel_encoder_calls as calls

NOW_CELL = int(testing.NOW.timestamp()) // cells.CELL_SECONDS
WINDOW_CELLS = 150


@pytest.fixture
async def clock():
    return testing.a_clock()


@pytest.fixture
async def segments(packager):
    return segment_store.SegmentStore(packager.store)


@pytest.fixture
async def cleaner(packager, clock, segments):
    return cleanup.Cleanup(packager.database, clock, segments)


async def a_channel(packager):
    channel_id = ids.new()
    window = duration_pb2.Duration(seconds=WINDOW_CELLS * cells.CELL_SECONDS)
    await calls.start(packager, channel_id, "demo:a", catch_up_window=window)
    return channel_id


async def a_run(packager, channel_id, sequence, first_cell, end_cell):
    """Adds a run with its files and returns its id."""
    run_id = await calls.add_run(packager, channel_id, sequence, first_cell, end_cell)
    directory = packager.store / run_id / "audio" / "audio"
    directory.mkdir(parents=True)
    for name in ("init.mp4", *(f"{cell}.m4s" for cell in range(first_cell, end_cell))):
        (directory / name).touch()
    return run_id


def cells_in_store(packager, run_id):
    return sorted(int(file.stem) for file in (packager.store / run_id).rglob("*.m4s"))


async def listed(packager, channel_id):
    runs = (await calls.list_runs(packager, channel_id, 0, 2**40)).runs
    return {run.run_id: range(run.first_cell, run.first_cell + run.cell_count) for run in runs}


async def test_cells_keys_and_runs_before_the_window_are_removed(packager, cleaner, clock):
    channel_id = await a_channel(packager)
    oldest = NOW_CELL - WINDOW_CELLS
    old = await a_run(packager, channel_id, 0, oldest - 120, oldest)
    partly = await a_run(packager, channel_id, 1, oldest, oldest + 100)

    await cleaner.remove_old()
    before = await listed(packager, channel_id)
    clock.advance(timedelta(seconds=10 * cells.CELL_SECONDS))
    await cleaner.remove_old()

    assert {partly: range(oldest, oldest + 100)} == before
    assert {partly: range(oldest + 10, oldest + 100)} == await listed(packager, channel_id)
    assert list(range(oldest + 10, oldest + 100)) == cells_in_store(packager, partly)
    assert (packager.store / partly / "audio" / "audio" / "init.mp4").exists()
    assert not (packager.store / old).exists()
    async with packager.database.reading() as session:
        periods = await storage.encoder_runs.list_key_periods(session, channel_id, first_cell=0, end_cell=2**40)
    assert periods[0]["end_cell"] > oldest + 10


async def test_a_removal_that_was_interrupted_is_completed(packager, cleaner, segments):
    channel_id = await a_channel(packager)
    oldest = NOW_CELL - WINDOW_CELLS
    run_id = await a_run(packager, channel_id, 0, oldest - 20, oldest + 20)
    segments.remove_cells(run_id, ["audio/audio"], range(oldest - 20, oldest - 10))

    await cleaner.remove_old()

    assert list(range(oldest, oldest + 20)) == cells_in_store(packager, run_id)


async def test_entries_of_the_log_are_kept_for_90_days(packager, cleaner, clock):
    channel_id = await a_channel(packager)
    async with packager.database.transaction() as tx:
        for days, uri in ((2, "demo:old"), (1, "demo:a"), (0, "demo:b")):
            at = testing.NOW - timedelta(days=days)
            await storage.encoder_runs.begin_item(tx, channel_id, at, uri, 0, 0.0)

    clock.advance(timedelta(days=89, hours=1))
    await cleaner.remove_old()

    async with packager.database.reading() as session:
        items = await storage.encoder_runs.list_items(session, channel_id, before=None, limit=10)
    assert ["demo:b", "demo:a"] == [item["source_uri"] for item in items]


async def test_files_of_killed_processes_are_removed_after_some_time(packager, cleaner, segments):
    channel_id = await a_channel(packager)
    listed_run = await a_run(packager, channel_id, 0, NOW_CELL - 10, NOW_CELL)
    unlisted_run, current_run = ids.new(), ids.new()
    (packager.store / unlisted_run / "audio").mkdir(parents=True)
    for run_id in (listed_run, unlisted_run, current_run):
        segments.workspace(run_id).mkdir(parents=True)
    for run_id in (listed_run, unlisted_run):
        os.utime(segments.workspace(run_id), (0, 0))

    await cleaner.remove_old()

    assert [current_run] == [path.name for path in (packager.store / ".encoders").iterdir()]
    assert (packager.store / listed_run).exists()
    assert not (packager.store / unlisted_run).exists()
