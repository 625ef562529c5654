"""The as-run log: what channels showed, by cells. It is written once, ahead of the clock, and never changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import cachetools
from prometheus_client import Gauge
from sqlalchemy import Row

from services.kit import cache, db, errors, logs, outages, periodic_task
from services.kit.clock import Clock
from services.playback import domain, storage
from services.playback.linear import cells, runs, schedule_cache, schedules

#: How far the logs are written ahead of the clock.
AHEAD_CELLS = 15
#: How many cells a live window has.
LIVE_CELLS = 30
#: For how much longer than the catch-up window rows are kept.
RETENTION_BEYOND_CATCH_UP = timedelta(days=1)

_EXTEND_SECONDS, _CLEAN_UP_SECONDS = 20.0, 3600.0
#: How far before a window the item that repeats in it may have begun.
_LOOK_BACK = timedelta(days=1)
#: A log that ends further in the past is not continued: nobody could see what it would state.
_LONGEST_GAP_CELLS = timedelta(days=1) // cells.CELL
#: How long to wait before cells that could not be written are tried again.
_RETRY = timedelta(seconds=4)
_MAX_WINDOWS = 5_000

_BEHIND = Gauge("marquee_as_run_logs_behind", "Channels whose as-run log ends before the present.")

_log = logs.logger()


@dataclass(frozen=True, slots=True)
class _Stated:
    """What the log states up to a cell."""

    end_cell: int
    items: Sequence[runs.AiredItem]


class AsRunLog:
    """Writes and reads the as-run logs of assembled channels.

    What is written follows from the schedule and the media at that time. It is written under a lock of the channel, so
    that all replicas read the same log. Cells of the past that nobody has played are written when they are requested.

    Args:
        database: the database of playback.
        schedules: the schedules of channels.
        load_item: returns the media of a subject that a channel can show, None if there is none.
        time: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        schedules: schedule_cache.ScheduleCache,
        load_item: Callable[[domain.SubjectKey], Awaitable[runs.PackagedItem | None]],
        time: Clock,
    ) -> None:
        self._database = database
        self._schedules = schedules
        self._load_item = load_item
        self._clock = time
        #: What is stated without a hole from a cell on, which does not change, by channel and cell.
        self._windows: cachetools.LRUCache[tuple[str, int], _Stated] = cachetools.LRUCache(_MAX_WINDOWS)
        self._waiting: cache.ExpiringCache[tuple[str, int], bool] = cache.ExpiringCache(
            time, most_values=_MAX_WINDOWS, lifetime=_RETRY
        )

    async def run(self) -> None:
        """Extends the logs that exist until it is cancelled."""
        await periodic_task.run("as-run logs", self.extend_all, period=_EXTEND_SECONDS)

    async def run_clean_up(self) -> None:
        """Deletes old rows until it is cancelled."""
        await periodic_task.run("as-run log clean-up", self.clean_up, period=_CLEAN_UP_SECONDS)

    async def extend_all(self) -> None:
        """Extends the log of each channel that somebody has played."""
        async with self._database.reading() as session:
            channel_ids = await storage.list_aired_channels(session)
        behind = 0
        for channel_id in channel_ids:
            try:
                await self.extend(channel_id)
            except errors.NotFound:
                pass  # The channel was deleted; the clean-up deletes its log.
            except errors.Error as failure:
                behind += 1
                _log.warning("as-run log waits", channel_id=channel_id, cause=str(failure))
        _BEHIND.set(behind)

    async def extend(self, channel_id: str) -> None:
        """Writes what a channel shows until a minute ahead of the clock. Raises what epg and the packager raise."""
        now_cell = cells.cell_at(self._clock.now())
        async with self._database.reading() as session:
            row = await storage.get_last_aired(session, channel_id)
        first_cell = now_cell - LIVE_CELLS
        if row and _item(row).end_cell > now_cell - _LONGEST_GAP_CELLS:
            first_cell = _item(row).end_cell
        if first_cell < now_cell + AHEAD_CELLS:
            await self._fill(channel_id, first_cell, now_cell + AHEAD_CELLS)

    async def items(self, channel_id: str, first_cell: int, end_cell: int) -> list[runs.AiredItem]:
        """Returns the items with cells of a window up to a minute ahead of the clock, in their order.

        What the log does not state yet is written first. While epg or the packager do not answer, what it states is
        returned; cells in which nothing could be shown are left out.
        """
        now_cell = cells.cell_at(self._clock.now())
        near_end = now_cell + AHEAD_CELLS
        end_cell = min(end_cell, near_end)
        # A live window is read and written ahead, so that each call of a player does not read and write a cell.
        read_end = near_end if end_cell > now_cell - LIVE_CELLS else end_cell
        cached = self._windows.get((channel_id, first_cell))
        if cached is None or cached.end_cell < end_cell:
            cached = await self._load(channel_id, first_cell, end_cell, read_end)
        return [item for item in cached.items if item.first_cell < end_cell]

    async def _load(self, channel_id: str, first_cell: int, end_cell: int, read_end: int) -> _Stated:
        """Returns what is stated of a window after writing what is missing up to `end_cell`."""
        items = await self._read(channel_id, first_cell, read_end)
        hole = next(_holes(items, first_cell, end_cell), None)
        if hole and not self._waiting.get((channel_id, hole[0])):
            try:
                await self._fill(channel_id, first_cell, read_end)
            except errors.Error as failure:
                if not outages.is_outage(failure):
                    raise
                _log.warning("as-run log waits", channel_id=channel_id, cause=str(failure))
            items = await self._read(channel_id, first_cell, read_end)
            hole = next(_holes(items, first_cell, end_cell), None)
            if hole:
                self._waiting.put((channel_id, hole[0]), value=True)
        covered_end = next(_holes(items, first_cell, read_end), (read_end,))[0]
        stated = _Stated(covered_end, items)
        if hole is None:
            self._windows[channel_id, first_cell] = stated
        return stated

    async def stated(self, channel_id: str, first_cell: int, end_cell: int) -> list[runs.AiredItem]:
        """Returns the items with cells of a window that the log states already, in their order."""
        return await self._read(channel_id, first_cell, end_cell)

    async def clean_up(self) -> None:
        """Deletes the rows that no session can play any more, and the logs of deleted channels."""
        now = self._clock.now()
        async with self._database.reading() as session:
            channel_ids = await storage.list_aired_channels(session)
        for channel_id in channel_ids:
            until_cell: int | None = None
            try:
                schedule = await self._schedules.get(channel_id, now, now + cells.CELL)
                until_cell = cells.cell_at(now - schedule.channel.catch_up_window - RETENTION_BEYOND_CATCH_UP)
            except errors.NotFound:
                _log.info("as-run log of a deleted channel removed", channel_id=channel_id)
            async with self._database.transaction() as tx:
                await storage.remove_aired(tx, channel_id, until_cell)

    async def _read(self, channel_id: str, first_cell: int, end_cell: int) -> list[runs.AiredItem]:
        async with self._database.reading() as session:
            return list(map(_item, await storage.list_aired(session, channel_id, first_cell, end_cell)))

    async def _fill(self, channel_id: str, first_cell: int, end_cell: int) -> None:
        """Writes the cells of a window that the log does not state."""
        start, end = cells.cell_start(first_cell), cells.cell_start(end_cell)
        schedule = await self._schedules.get(channel_id, start - _LOOK_BACK, end)
        filler = await self._load_item(schedule.channel.filler) if schedule.channel.filler else None
        assets = await self._load_items(schedule.programmes, filler, first_cell, end_cell)
        async with self._database.transaction(serialize_by=channel_id) as tx:
            await storage.lock_aired_items(tx, channel_id)
            # One cell more on both sides: the items that the new ones continue and lead to.
            rows = await storage.list_aired(tx, channel_id, first_cell - 1, end_cell + 1)
            stated = list(map(_item, rows))
            for hole_first, hole_end in list(_holes(stated, first_cell, end_cell)):
                before = next((item for item in stated if item.end_cell == hole_first), None)
                after = next((item for item in stated if item.first_cell == hole_end), None)
                planned = _plan(schedule.programmes, assets, filler, hole_first, hole_end, before)
                await storage.save_aired(tx, channel_id, list(map(_values, _lead_to(after, planned, before))))

    async def _load_items(
        self,
        programmes: Sequence[schedules.ScheduledProgramme],
        filler: runs.PackagedItem | None,
        first_cell: int,
        end_cell: int,
    ) -> dict[domain.SubjectKey, runs.PackagedItem]:
        """Returns the media of the programmes of a window, and of one before it if that has to repeat."""
        items: dict[domain.SubjectKey, runs.PackagedItem] = {}
        start, end = cells.cell_start(first_cell), cells.cell_start(end_cell)
        # The latest first: the nearest one before the window repeats in it.
        for programme in reversed(programmes):
            if programme.end_time <= start and (filler or _reaches(programmes, items, first_cell, end_cell)):
                break
            if programme.on_demand and programme.start_time < end and programme.on_demand not in items:
                item = await self._load_item(programme.on_demand)
                if item:
                    items[programme.on_demand] = item
        return items


def _reaches(
    programmes: Sequence[schedules.ScheduledProgramme],
    items: Mapping[domain.SubjectKey, runs.PackagedItem],
    first_cell: int,
    end_cell: int,
) -> bool:
    """Returns whether something can be shown in each cell of a window."""
    planned = runs.plan_items(programmes, items, None, first_cell, end_cell)
    return bool(planned) and planned[-1].end_cell == end_cell


def _plan(
    programmes: Sequence[schedules.ScheduledProgramme],
    assets: Mapping[domain.SubjectKey, runs.PackagedItem],
    filler: runs.PackagedItem | None,
    first_cell: int,
    end_cell: int,
    last: runs.AiredItem | None,
) -> list[runs.AiredItem]:
    """Returns what a channel shows. Where nothing can be shown, the next programme that has media follows."""
    planned: list[runs.AiredItem] = []
    while first_cell < end_cell:
        part = runs.plan_items(programmes, assets, filler, first_cell, end_cell, last)
        planned += part
        reached = part[-1].end_cell if part else first_cell
        starts = (cells.cell_at(programme.start_time) for programme in programmes if programme.on_demand in assets)
        first_cell, last = min((start for start in starts if start > reached), default=end_cell), None
    return planned


def _lead_to(
    after: runs.AiredItem | None, planned: Sequence[runs.AiredItem], before: runs.AiredItem | None
) -> list[runs.AiredItem]:
    """Returns planned items with their runs numbered so that the item behind them continues the count.

    An item without one directly before it counts from its cell, which is more than any number of runs before it.
    """
    if after is None or before is not None or not planned or planned[-1].end_cell != after.first_cell:
        return list(planned)
    following = planned[-1].runs_before + runs.count_runs(planned[-1])
    return [replace(item, runs_before=item.runs_before + after.runs_before - following) for item in planned]


def _holes(items: Sequence[runs.AiredItem], first_cell: int, end_cell: int) -> Iterator[tuple[int, int]]:
    """Returns the cells of a window that no item states, as pairs of the first one and the one behind the last."""
    for item in items:
        if first_cell < min(item.first_cell, end_cell):
            yield first_cell, min(item.first_cell, end_cell)
        first_cell = max(first_cell, item.end_cell)
    if first_cell < end_cell:
        yield first_cell, end_cell


def _item(row: Row[Any]) -> runs.AiredItem:
    values = dict(row._mapping)
    del values["channel_id"]
    return runs.AiredItem(**{**values, "programme_id": row.programme_id or "", "asset_id": row.asset_id or ""})


def _values(item: runs.AiredItem) -> dict[str, Any]:
    return {**asdict(item), "programme_id": item.programme_id or None, "asset_id": item.asset_id or None}
