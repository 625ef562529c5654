"""A full media store delays jobs and fails none."""

import asyncio
import contextlib
import errno
import os
import shutil

import pytest
from marquee.packager.v1 import packager_admin_service_pb2, packager_pb2

from services.kit import testing
from services.packager import convert, storage
from services.packager.domain import job_plan
from services.packager.packaging import build_workspace
from services.packager.tests import films, harness
from services.packager.tests.test_assets import CANCELLED, READY
from services.packager.tools import ffmpeg, store_capacity, subprocess_runner

DISK_BYTES = 24 * 1024 * 1024


@pytest.fixture
async def packager(database_url, redis_url, small_disk):
    """A packager whose sources and media are on a small file system."""
    async with harness.open_harness(await database_url("packager"), redis_url, small_disk(DISK_BYTES)) as running:
        yield running


def fill(packager, *, leaving=0):
    """Fills the disk but for some bytes; returns the file to delete."""
    filler = packager.store.parent / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(64 * 1024))
    os.truncate(filler, filler.stat().st_size - leaving)
    return filler


async def wait_until_waiting(packager, asset_id):
    """Returns the asset as soon as its job waits for room."""
    async with asyncio.timeout(testing.PATIENCE):
        async for asset in packager.changes(asset_id):
            if asset.waiting_reason:
                return asset
            assert not asset.HasField("end_time"), asset.failure_message
    raise AssertionError


async def wait_for_free(packager, size):
    async with asyncio.timeout(testing.PATIENCE):
        while store_capacity.free_bytes(packager.store) < size:
            await asyncio.sleep(0.01)


async def test_a_job_waits_while_the_store_is_full_and_continues_when_there_is_room(packager):
    await films.a_film(packager.sources / "film.mp4", width=640, height=360, seconds=4)
    room = 100_000
    filler = fill(packager, leaving=room)
    created = await packager.create("file:film.mp4")

    async with packager.working():
        waiting = await wait_until_waiting(packager, created.asset_id)
        # The half-written file of the failed step was deleted.
        await wait_for_free(packager, room // 2)
        events_while_full = await packager.list_events()
        filler.unlink()
        asset = (await packager.watch(created.asset_id))[-1]

    assert packager_pb2.ASSET_STATE_RUNNING == waiting.state
    assert "media store is full" in waiting.waiting_reason
    assert waiting.step.startswith("encode")
    assert [] == events_while_full
    assert (READY, "", "") == (asset.state, asset.waiting_reason, asset.failure_message)
    assert [created.asset_id] == [event.media_ready.asset_id for event in await packager.list_events()]


async def test_every_step_that_writes_finds_the_store_full_and_leaves_nothing(packager):
    await films.a_film(packager.sources / "film.mp4", width=640, height=360)
    (packager.sources / "hi.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nनमस्ते\n")
    captions = packager_admin_service_pb2.CaptionSource(language_code="hi", source_uri="file:hi.vtt")
    created = await packager.create("file:film.mp4", captions=[captions])
    async with packager.database.reading() as session:
        row = await storage.assets.get_asset(session, created.asset_id)
        key = await storage.assets.get_key(session, created.asset_id)
    order = convert.order_from_row(row, packager.sources, demo_allowed=True)
    workspace = build_workspace.BuildWorkspace(packager.store, order, key)
    await workspace.run(job_plan.InspectSource(), lambda _: None)

    for stage in job_plan.remaining_stages(order, workspace.content):
        if not isinstance(stage.step, job_plan.Publish):
            before = packager.list_remaining_files(created.asset_id)
            filler = fill(packager)
            with pytest.raises(store_capacity.StoreFull):
                await workspace.run(stage.step, lambda _: None)
            assert before == packager.list_remaining_files(created.asset_id)
            filler.unlink()
        await workspace.run(stage.step, lambda _: None)

    assert (packager.store / created.asset_id / "hls" / "master.m3u8").is_file()


async def test_a_waiting_job_can_be_canceled(packager):
    await films.a_film(packager.sources / "film.mp4")
    fill(packager)
    created = await packager.create("file:film.mp4")

    async with packager.working():
        await wait_until_waiting(packager, created.asset_id)
        await packager.admin.CancelAsset(
            packager_admin_service_pb2.CancelAssetRequest(asset_id=created.asset_id), metadata=harness.EDITOR
        )
        asset = (await packager.watch(created.asset_id))[-1]
        async with asyncio.timeout(testing.PATIENCE):
            while packager.list_remaining_files(created.asset_id):
                await asyncio.sleep(0.01)

    assert (CANCELLED, "") == (asset.state, asset.waiting_reason)


@pytest.mark.parametrize(
    "failed",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        shutil.Error([("one", "two", "[Errno 28] No space left on device: 'two'")]),
        subprocess_runner.ToolFailed("Error writing trailer: No space left on device"),
        subprocess_runner.ToolFailed("Cannot close file, possibly file permission issue or running out of disk space."),
    ],
)
def test_a_full_store_is_recognized(tmp_path, failed):
    assert store_capacity.is_full(tmp_path, failed)


@pytest.mark.parametrize(
    "failed", [PermissionError(errno.EACCES, "denied"), subprocess_runner.ToolFailed("Invalid data found")]
)
def test_other_failures_are_not_taken_for_a_full_store(tmp_path, failed):
    assert not store_capacity.is_full(tmp_path, failed)


async def test_ffmpeg_says_that_the_disk_is_full(tmp_path):
    film = await films.a_film(tmp_path / "film.mp4")

    with pytest.raises(subprocess_runner.ToolFailed) as raised:
        await ffmpeg.encode(["-i", film], ["-c", "copy", "-f", "matroska"], "/dev/full")

    assert store_capacity.is_full(tmp_path, raised.value)
