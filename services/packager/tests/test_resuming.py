"""A job that is killed at any step ends in the same manifests as one that is not."""

import asyncio
import contextlib
import os
import random
import signal
import sys

import psutil
import pytest
from marquee.packager.v1 import packager_admin_service_pb2

from services.kit import testing
from services.packager import convert, storage, tables
from services.packager.domain import job_plan
from services.packager.packaging import build_workspace
from services.packager.tests import films
from services.packager.tests.test_assets import FAILED, READY


async def uninterrupted_manifests(packager, asset_id, store):
    """Returns the manifests of the same asset from one uninterrupted run in another store."""
    async with packager.database.reading() as session:
        row = await storage.assets.get_asset(session, asset_id)
        key = await storage.assets.get_key(session, asset_id)
    assert row is not None
    order = convert.order_from_row(row, packager.sources, demo_allowed=True)
    workspace = build_workspace.BuildWorkspace(store, order, key)
    for stage in job_plan.first_stages(order):
        await workspace.run(stage.step, lambda _: None)
    for stage in job_plan.remaining_stages(order, workspace.content):
        await workspace.run(stage.step, lambda _: None)
    return manifests(store / asset_id)


def manifests(directory):
    contents = {
        str(file.relative_to(directory)): file.read_bytes()
        for folder in ("hls", "dash", "thumbnails")
        for file in (directory / folder).iterdir()
    }
    assert {"hls/master.m3u8", "dash/manifest.mpd", "thumbnails/index.vtt"} <= contents.keys()
    return contents


async def a_long_film(packager):
    return await films.a_film(packager.sources / "film.mp4", width=854, height=480, seconds=4)


async def cancel_at(packager, asset_id, step):
    """Runs the job of an asset and cancels it when it reports a step."""

    async def stop(reported):
        if reported == step:
            raise asyncio.CancelledError

    with packager.after_each_step(stop), pytest.raises(asyncio.CancelledError):
        await packager.job_runner.run(asset_id.encode())


async def test_a_job_that_is_cancelled_at_every_step_gives_the_same_manifests(packager, tmp_path):
    await a_long_film(packager)
    created = await packager.create("file:film.mp4")

    for step in ("encode 144p", "encode 480p", "encode sound und", "draw thumbnails", "encrypt", "publish"):
        await cancel_at(packager, created.asset_id, step)
    await packager.job_runner.run(created.asset_id.encode())

    assert READY == (await packager.get(created.asset_id)).state
    expected = await uninterrupted_manifests(packager, created.asset_id, tmp_path / "elsewhere")
    assert expected == manifests(packager.store / created.asset_id)


async def test_a_finished_step_is_not_repeated(packager):
    await a_long_film(packager)
    created = await packager.create("file:film.mp4")
    await cancel_at(packager, created.asset_id, "encode 480p")
    rendition = packager.store / ".work" / created.asset_id / "360p.mp4"
    before = rendition.stat().st_mtime_ns

    await cancel_at(packager, created.asset_id, "encrypt")

    assert before == rendition.stat().st_mtime_ns


async def test_a_step_with_a_lost_output_is_repeated(packager):
    await a_long_film(packager)
    created = await packager.create("file:film.mp4")
    await cancel_at(packager, created.asset_id, "encode 480p")
    await build_workspace.remove_workspace(packager.store, created.asset_id)

    await packager.job_runner.run(created.asset_id.encode())

    assert READY == (await packager.get(created.asset_id)).state


async def test_a_job_that_runs_twice_changes_nothing(packager):
    await films.a_film(packager.sources / "film.mp4")
    created = await packager.create("file:film.mp4")
    await packager.job_runner.run(created.asset_id.encode())
    before = manifests(packager.store / created.asset_id), await packager.get(created.asset_id)

    await packager.job_runner.run(created.asset_id.encode())

    assert before == (manifests(packager.store / created.asset_id), await packager.get(created.asset_id))
    assert 1 == len(await packager.list_events())


async def test_a_job_that_is_killed_after_publishing_completes(packager):
    await films.a_film(packager.sources / "film.mp4")
    created = await packager.create("file:film.mp4")
    await packager.job_runner.run(created.asset_id.encode())
    before = manifests(packager.store / created.asset_id)
    async with packager.database.transaction() as tx:
        await tx.execute(tables.assets.update().values(state="running", end_time=None))
        await tx.execute(tables.steps.delete().where(tables.steps.c.name == "publish"))

    await packager.job_runner.run(created.asset_id.encode())

    assert READY == (await packager.get(created.asset_id)).state
    assert before == manifests(packager.store / created.asset_id)


async def test_files_of_an_ended_job_whose_worker_was_killed_are_removed(packager):
    (packager.sources / "film.mp4").write_bytes(random.Random(1).randbytes(1000))
    created = await packager.create("file:film.mp4")
    await packager.job_runner.run(created.asset_id.encode())
    workspace = packager.store / ".work" / created.asset_id
    workspace.mkdir()
    (workspace / "144p.mp4").touch()

    await packager.job_runner.remove_leftovers()

    assert FAILED == (await packager.get(created.asset_id)).state
    assert not packager.list_remaining_files(created.asset_id)


async def a_process(packager, redis_url):
    """Starts the service as a process."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.packager"),
        env={
            **os.environ,
            **testing.process_variables("packager"),
            "MARQUEE_LISTEN": f"127.0.0.1:{testing.free_port()}",
            "MARQUEE_DATABASE_URL": packager.url,
            "MARQUEE_REDIS_URL": redis_url,
            "MARQUEE_PEERS": "identity=127.0.0.1:1",
            "MARQUEE_MEDIA": str(packager.store),
            "MARQUEE_SOURCES": str(packager.sources),
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def wait_for_step(packager, asset_id, step):
    """Waits until a step of an asset is recorded as finished."""
    async with asyncio.timeout(testing.PATIENCE):
        while True:
            async with packager.database.reading() as session:
                if step in await storage.assets.list_finished_steps(session, asset_id):
                    return
            await asyncio.sleep(0.02)


async def wait_for_exit(processes):
    """Waits until all processes have ended; a zombie counts as ended."""
    async with asyncio.timeout(testing.PATIENCE):
        while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes):
            await asyncio.sleep(0.02)


@contextlib.contextmanager
def blocked_file(file):
    """Blocks every open of a file during the block, as on a store that hangs."""
    aside = file.rename(file.with_suffix(".aside"))
    os.mkfifo(file)
    yield
    with contextlib.suppress(OSError):  # No process waits for the file.
        os.close(os.open(file, os.O_WRONLY | os.O_NONBLOCK))
    aside.rename(file)


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
async def test_another_process_completes_the_job_of_a_killed_process_with_the_same_manifests(
    packager, redis_url, tmp_path, signal_number
):
    await films.a_film(packager.sources / "film.mp4", width=640, height=360, seconds=3)
    captions_file = packager.sources / "hi.vtt"
    captions_file.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nनमस्ते\n")
    captions = packager_admin_service_pb2.CaptionSource(language_code="hi", source_uri="file:hi.vtt")
    created = await packager.create("file:film.mp4", captions=[captions])
    with blocked_file(captions_file):  # The job cannot end before the signal.
        first = await a_process(packager, redis_url)
        await wait_for_step(packager, created.asset_id, "encode 360p")
        tools = psutil.Process(first.pid).children(recursive=True)
        first.send_signal(signal_number)
        await first.wait()

    second = await a_process(packager, redis_url)
    try:
        asset = (await packager.watch(created.asset_id))[-1]
    finally:
        second.terminate()
        await second.wait()

    assert READY == asset.state
    await wait_for_exit(tools)
    expected = await uninterrupted_manifests(packager, created.asset_id, tmp_path / "elsewhere")
    assert expected == manifests(packager.store / created.asset_id)
