"""The windows of channels that manifests list, as the viewer of a session may see them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.kit import errors, outages
from services.kit.clock import Clock
from services.playback import domain
from services.playback.linear import (
    as_run_log,
    cells,
    encoded_runs,
    encoder_windows,
    packaged_items,
    runs,
    schedule_cache,
    schedules,
    timelines,
    track_tables,
)

#: How many cells a held window has at most: four hours.
MOST_CELLS = 3_600
#: How much earlier than it must a held window leaves cells out, so that it begins with a programme.
MOST_SKIPPED_CELLS = 450
#: From how far back the runs of a session are counted at most: a day, for which the log is kept in any case.
_MOST_COUNTED_CELLS = 21_600


@dataclass(frozen=True, slots=True)
class Window:
    """What a manifest lists."""

    runs: Sequence[runs.Run]
    #: The tracks of the assets that the device plays.
    tables: Mapping[str, track_tables.TrackTable]
    #: Whether it slides with time.
    slides: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to play."""
        return not any(run.asset_id in self.tables for run in self.runs)


class ChannelWindows:
    """Returns windows of channels.

    Args:
        log: the as-run log.
        schedule_days: the schedules.
        items: the media of fillers.
        tables: the tracks of assets.
        loader: the timelines.
        encoders: the runs of encoders.
        time: the clock.
    """

    def __init__(
        self,
        log: as_run_log.AsRunLog,
        schedule_days: schedule_cache.ScheduleCache,
        items: packaged_items.PackagedItems,
        tables: track_tables.TrackTables,
        loader: timelines.Timelines,
        encoders: encoded_runs.EncodedRuns,
        time: Clock,
    ) -> None:
        self._log = log
        self._schedules = schedule_days
        self._items = items
        self._tables = tables
        self._timelines = loader
        self._encoders = encoders
        self._clock = time

    async def live(self, session: domain.Session, cell_count: int = as_run_log.LIVE_CELLS) -> Window:
        """Returns the window that ends with the last whole cell."""
        edge = cells.cell_at(self._clock.now())
        return await self._load(session, edge - cell_count, edge, slides=True)

    async def held(self, session: domain.Session, from_cell: int) -> Window | None:
        """Returns the window that begins with a cell, None if the viewer may not seek to it.

        A session goes on with the window that it has, also when catch-up does not offer its beginning any more.
        """
        place, now = _place(session), self._clock.now()
        reach_cell = place.reach_cell
        if from_cell != place.from_cell:
            if from_cell < await self._timelines.earliest_cell(place.channel_id, now):
                return None
            reach_cell = from_cell + MOST_CELLS
        end_cell = min(reach_cell, cells.cell_at(now))
        return await self._load(session, from_cell, end_cell, slides=False) if from_cell < end_cell else None

    async def keyed(self, session: domain.Session) -> list[Window]:
        """Returns the windows whose keys the player of a session may request."""
        place = _place(session)
        # A player may have segments that have left the live window since.
        windows = [await self.live(session, 2 * as_run_log.LIVE_CELLS)]
        held = await self.held(session, place.from_cell) if place.from_cell else None
        return [*windows, held] if held else windows

    async def _load(self, session: domain.Session, first_cell: int, end_cell: int, *, slides: bool) -> Window:
        place = _place(session)
        shown = await self._schedule(place.channel_id, first_cell, end_cell)
        if shown and shown.channel.is_encoded:
            return await self._load_encoded(
                session, shown, max(first_cell, end_cell - MOST_CELLS), end_cell, slides=slides
            )
        # The numbers of runs follow from what is replaced, so that they are counted from one and the same cell on.
        counted_cell = min(first_cell, max(place.origin_cell, end_cell - _MOST_COUNTED_CELLS))
        items = await self._log.items(place.channel_id, counted_cell, end_cell)
        schedule = await self._schedule(place.channel_id, counted_cell, end_cell)
        tables = await self._load_tables(session, items)
        if any(_is_replaced(item, session, schedule, tables) for item in items):
            items = await self._replace(items, session, schedule, tables)
        items = list(_without_holes(items))
        if end_cell - first_cell > MOST_CELLS:
            first_cell = _first_start(items, end_cell - MOST_CELLS)
        return Window(runs.runs_in(items, first_cell, end_cell), tables, slides)

    async def _load_encoded(
        self, session: domain.Session, schedule: schedules.Schedule, first_cell: int, end_cell: int, *, slides: bool
    ) -> Window:
        """Returns a window of what an encoder wrote, with gaps where a programme is not for the viewer."""
        encoded = await self._encoders.get(schedule.channel.channel_id, first_cell, end_cell)
        hidden = [
            (cells.cell_at(programme.start_time), cells.cell_at(programme.end_time))
            for programme in schedule.programmes
            if (programme.maturity_age or 0) > session.maturity_ceiling
        ]
        tables = {run.run_id: encoder_windows.table(run) for run in encoded}
        return Window(encoder_windows.without(encoder_windows.parts(encoded), hidden), tables, slides)

    async def _schedule(self, channel_id: str, first_cell: int, end_cell: int) -> schedules.Schedule | None:
        """Returns the schedule of a window, None while epg does not answer."""
        try:
            return await self._schedules.get(channel_id, cells.cell_start(first_cell), cells.cell_start(end_cell))
        except errors.Error as failure:
            if not outages.is_outage(failure):
                raise
            return None

    async def _load_tables(
        self, session: domain.Session, items: Sequence[runs.AiredItem]
    ) -> dict[str, track_tables.TrackTable]:
        found = {
            asset_id: await self._tables.get(asset_id, session.codecs)
            for asset_id in {item.asset_id for item in items}
            if asset_id
        }
        return {asset_id: table for asset_id, table in found.items() if table}

    async def _replace(
        self,
        items: Sequence[runs.AiredItem],
        session: domain.Session,
        schedule: schedules.Schedule | None,
        tables: dict[str, track_tables.TrackTable],
    ) -> list[runs.AiredItem]:
        """Returns items with filler in place of those that the viewer may not see, or nothing if there is none."""
        subject = schedule.channel.filler if schedule else None
        filler = await self._items.get(subject) if subject else None
        if filler and (table := await self._tables.get(filler.asset_id, session.codecs)):
            tables[filler.asset_id] = table
        asset_id, segment_count = (filler.asset_id, filler.segment_count) if filler else ("", 1)
        return runs.renumber(
            [
                replace(item, asset_id=asset_id, first_segment=0, segment_count=segment_count)
                if _is_replaced(item, session, schedule, tables)
                else item
                for item in items
            ]
        )


def _place(session: domain.Session) -> domain.ChannelPlace:
    if session.place is None:
        raise ValueError("the session plays media on demand")
    return session.place


def _is_replaced(
    item: runs.AiredItem,
    session: domain.Session,
    schedule: schedules.Schedule | None,
    tables: Mapping[str, track_tables.TrackTable],
) -> bool:
    """Returns whether a viewer may not see an item, by the rating that it had or has now, or nobody can any more."""
    if not item.asset_id:
        return False
    now_rated = (
        programme.maturity_age or 0
        for programme in (schedule.programmes if schedule else ())
        if programme.programme_id == item.programme_id
    )
    age = max([item.maturity_age or 0, *now_rated])
    return age > session.maturity_ceiling or item.asset_id not in tables


def _without_holes(items: Sequence[runs.AiredItem]) -> Iterator[runs.AiredItem]:
    """Returns items in a row, with items without media in cells that none states."""
    for before, item in itertools.pairwise([None, *items]):
        if item is None:
            continue
        if before and before.end_cell < item.first_cell:
            count = item.first_cell - before.end_cell
            number = before.runs_before + runs.count_runs(before)
            yield runs.AiredItem(before.end_cell, count, "", "", 0, 1, number)
        yield item


def _first_start(items: Sequence[runs.AiredItem], cell: int) -> int:
    """Returns where the first programme begins that begins in a cell or soon after it; the cell itself if none does."""
    starts = (
        item.first_cell
        for before, item in itertools.pairwise(items)
        if before.programme_id != item.programme_id and cell <= item.first_cell < cell + MOST_SKIPPED_CELLS
    )
    return next(starts, cell)
