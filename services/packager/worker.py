"""Runs packaging jobs: executes the steps that are not finished and reports the progress."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from marquee.event.v1 import event_internal_pb2
from sqlalchemy import RowMapping

from services.kit import db, events, logs, periodic_task, timestamps
from services.kit.clock import Clock
from services.packager import convert, storage
from services.packager.domain import captions, job_plan, languages, source_uris
from services.packager.packaging import build_workspace
from services.packager.tools import ffmpeg, store_capacity, subprocess_runner

_REPORT_SECONDS = 0.5
_FULL_STORE_PAUSE, _LONGEST_FULL_STORE_PAUSE = 5.0, 60.0

_log = logs.logger()

Result = TypeVar("Result")


class PackageCanceled(Exception):
    """The asset was canceled while its job was running."""


class JobRunner:
    """Runs packaging jobs.

    Args:
        database: the database of packager.
        outbox: takes the events `MediaReady` and `MediaFailed`.
        clock: gives the end times of steps.
        store: the media store.
        directory: the directory below which sources are read.
        demo_allowed: whether demo sources are allowed.
        full_store_pause: how many seconds a job waits at least while the media store is full. Each further attempt of
            the same step waits twice as long, up to a minute.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        clock: Clock,
        store: Path,
        directory: Path,
        *,
        demo_allowed: bool,
        full_store_pause: float = _FULL_STORE_PAUSE,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._store = store
        self._directory = directory
        self._demo_allowed = demo_allowed
        self._full_store_pause = full_store_pause

    async def run(self, payload: bytes) -> None:
        """Starts or resumes the job of the asset that the payload names. Safe to repeat."""
        asset_id = payload.decode()
        row = await self._write(lambda tx: storage.assets.start_asset(tx, asset_id))
        if row is not None:
            try:
                await self._run(row)
            except PackageCanceled:
                _log.info("asset canceled", asset_id=asset_id)
            except (subprocess_runner.ToolFailed, source_uris.SourceRefused, captions.CaptionsUnusable) as unusable:
                await self._fail(row, str(unusable))
            except OSError as broken:
                await self._fail(row, broken.strerror or str(broken))
            except Exception:  # noqa: BLE001 - after any error, the asset must not stay in the state running.
                _log.exception("asset failed", asset_id=asset_id)
                await self._fail(row, "Internal error of the packager; its log has the details.")
        await self._remove_leftovers_of(asset_id)

    async def remove_leftovers(self) -> None:
        """Removes the files of jobs that ended while their worker was killed."""
        for asset_id in await build_workspace.list_asset_ids(self._store):
            await self._remove_leftovers_of(asset_id)

    async def _run(self, row: RowMapping) -> None:
        asset_id = row["asset_id"]
        order = convert.order_from_row(row, self._directory, demo_allowed=self._demo_allowed)
        key = await self._write(lambda tx: storage.assets.get_key(tx, asset_id))
        finished = await self._write(lambda tx: storage.assets.list_finished_steps(tx, asset_id))
        workspace = build_workspace.BuildWorkspace(self._store, order, key, convert.content_from_row(row["content"]))
        for stage in job_plan.first_stages(order):
            await self._run_stage(asset_id, stage, workspace, finished)
        for stage in job_plan.remaining_stages(order, workspace.content):
            await self._run_stage(asset_id, stage, workspace, finished)
        await self._finish(row, workspace, order)

    async def _run_stage(
        self, asset_id: str, stage: job_plan.Stage, workspace: build_workspace.BuildWorkspace, finished: frozenset[str]
    ) -> None:
        """Runs a step that is not finished and reports its progress. Raises PackageCanceled."""
        name = stage.step.name
        if name in finished and workspace.is_done(stage.step):
            return
        fraction_done = 0.0

        def note_progress(fraction: float) -> None:
            nonlocal fraction_done
            fraction_done = fraction

        running = asyncio.ensure_future(self._produce(asset_id, stage.step, workspace, note_progress))
        try:
            while not running.done():
                await self._report_progress(asset_id, name, stage.progress(fraction_done))
                await asyncio.wait({running}, timeout=_REPORT_SECONDS)
            await running
        finally:
            running.cancel()
            await asyncio.wait({running})
        content = convert.content_to_row(workspace.content) if isinstance(stage.step, job_plan.InspectSource) else None
        await self._write(lambda tx: storage.assets.finish_step(tx, asset_id, name, self._clock.now(), content))

    async def _produce(
        self, asset_id: str, step: job_plan.Step, workspace: build_workspace.BuildWorkspace, progress: ffmpeg.Progress
    ) -> None:
        """Runs a step, again and again while the media store is full: that is no fault of the asset."""
        pause = self._full_store_pause
        while True:
            try:
                await workspace.run(step, progress)
            except store_capacity.StoreFull as full:
                progress(0.0)
                _log.warning("asset waits", asset_id=asset_id, step=step.name, reason=str(full))
                await self._set_waiting_reason(
                    asset_id, f"{full} It continues when {full.required / 1e6:.0f} MB are free."
                )
                await store_capacity.wait_for_room(self._store, full.required, pause)
                await self._set_waiting_reason(asset_id, "")
                pause = min(2 * pause, _LONGEST_FULL_STORE_PAUSE)
            else:
                return

    async def _set_waiting_reason(self, asset_id: str, reason: str) -> None:
        await self._write(lambda tx: storage.assets.set_waiting_reason(tx, asset_id, reason))

    async def _report_progress(self, asset_id: str, step: str, progress: float) -> None:
        if not await self._write(lambda tx: storage.assets.update_progress(tx, asset_id, step, progress)):
            raise PackageCanceled

    async def _finish(self, row: RowMapping, workspace: build_workspace.BuildWorkspace, order: job_plan.Order) -> None:
        values = {
            "progress": 1.0,
            "renditions": [asdict(rendition) for rendition in await asyncio.to_thread(workspace.renditions)],
            "caption_languages": [languages.valid_tag(each.language) for each in order.captions],
        }
        ready = event_internal_pb2.MediaReady(
            asset_id=row["asset_id"],
            subject=convert.subject(row),
            duration=timestamps.from_timedelta(convert.duration(workspace.content.duration)),
        )

        async def change(tx: db.WriteSession) -> None:
            if await storage.assets.end_asset(tx, row["asset_id"], "ready", self._clock.now(), **values):
                await self._outbox.add(tx, media_ready=ready)

        await self._write(change)
        _log.info("asset ready", asset_id=row["asset_id"])

    async def _fail(self, row: RowMapping, reason: str) -> None:
        failed = event_internal_pb2.MediaFailed(
            asset_id=row["asset_id"],
            subject=convert.subject(row),
            failure_message=reason,
        )

        async def change(tx: db.WriteSession) -> None:
            if await storage.assets.end_asset(tx, row["asset_id"], "failed", self._clock.now(), failure_message=reason):
                await storage.assets.delete_keys_and_steps(tx, row["asset_id"])
                await self._outbox.add(tx, media_failed=failed)

        await self._write(change)
        _log.warning("asset failed", asset_id=row["asset_id"], reason=reason)

    async def _remove_leftovers_of(self, asset_id: str) -> None:
        """Removes the workspace of an ended asset, and all its files unless the asset is ready."""
        row = await self._write(lambda tx: storage.assets.get_asset(tx, asset_id))
        state = row["state"] if row is not None else "canceled"
        if state == "ready":
            await build_workspace.remove_workspace(self._store, asset_id)
        elif state in ("failed", "canceled"):
            await build_workspace.remove_asset(self._store, asset_id)

    async def _write(self, change: Callable[[db.WriteSession], Awaitable[Result]]) -> Result:
        """Applies a change, however long an outage of the database is: it must not cost hours of encoding."""

        async def apply() -> Result:
            async with self._database.transaction() as tx:
                return await change(tx)

        return await periodic_task.until_success("packaging job", apply)
