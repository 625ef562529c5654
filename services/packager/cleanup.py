"""The removal of what encoders wrote before the catch-up windows of their channels."""

import asyncio
from datetime import timedelta

from sqlalchemy import RowMapping

from services.kit import db, logs, periodic_task
from services.kit.clock import Clock
from services.packager import storage
from services.packager.domain import cells
from services.packager.encoders import segment_store

_PERIOD_SECONDS = 60.0
_LOG_KEPT = timedelta(days=90)
_PAGE = 100

_log = logs.logger()


class Cleanup:
    """Removes segments, keys and entries of the as-run log. Every replica does so; it is safe to repeat.

    Args:
        database: the database of packager.
        clock: the clock.
        segments: the files of encoders.
    """

    def __init__(self, database: db.Database, clock: Clock, segments: segment_store.SegmentStore) -> None:
        self._database = database
        self._clock = clock
        self._segments = segments

    async def run(self) -> None:
        """Removes again and again until it is cancelled."""
        await periodic_task.run("encoder cleanup", self.remove_old, period=_PERIOD_SECONDS)

    async def remove_old(self) -> None:
        """Removes what is too old, and what encoders left whose process was killed."""
        after = None
        while True:
            async with self._database.reading() as session:
                rows = await storage.channel_encoders.list_encoders(session, after=after, limit=_PAGE)
            for row in rows:
                await self._trim(row)
            if len(rows) < _PAGE:
                break
            after = rows[-1]["channel_id"]
        async with self._database.transaction() as tx:
            await storage.encoder_runs.delete_items_before(tx, self._clock.now() - _LOG_KEPT)
        await self._remove_abandoned()

    async def _trim(self, encoder: RowMapping) -> None:
        """Removes the cells of a channel that ended before its catch-up window, which nobody can play."""
        channel_id = encoder["channel_id"]
        window_start = self._clock.seconds() - encoder["catch_up_seconds"]
        first_cell = int(window_start // cells.CELL_SECONDS)
        async with self._database.reading() as session:
            runs = await storage.encoder_runs.list_runs_before(session, channel_id, first_cell)
        # The files first: a process that is killed here finds them again.
        for run in runs:
            if run["end_cell"] <= first_cell:
                await asyncio.to_thread(self._segments.remove_run, run["run_id"])
            else:
                directories = [track["directory"] for track in run["tracks"]]
                old = range(run["first_cell"], first_cell)
                await asyncio.to_thread(self._segments.remove_cells, run["run_id"], directories, old)
        async with self._database.transaction() as tx:
            for run in runs:
                await storage.encoder_runs.trim_run(tx, run["run_id"], first_cell)
            await storage.encoder_runs.delete_keys_before(tx, channel_id, first_cell)
        if runs:
            _log.info("segments removed", channel_id=channel_id, runs=len(runs), before_cell=first_cell)

    async def _remove_abandoned(self) -> None:
        for run_id in await asyncio.to_thread(self._segments.list_abandoned_runs):
            async with self._database.reading() as session:
                is_listed = await storage.encoder_runs.get_run(session, run_id) is not None
            remove = self._segments.remove_workspace if is_listed else self._segments.remove_run
            await asyncio.to_thread(remove, run_id)
