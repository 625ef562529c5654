"""When channels show their programmes: as the as-run log states it, and as the schedule does beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit import cache
from services.kit.clock import Clock
from services.playback.linear import as_run_log, cells, runs, schedule_cache, schedules

#: How far around a time programmes are looked for. Those that last longer are known by their schedule.
_AROUND = timedelta(hours=12)
#: The viewers of a channel ask for the same times; the log is written further ahead than this.
_KEPT, _KEPT_CELLS = cells.CELL, 15
_MAX_TIMELINES = 5_000


@dataclass(frozen=True, slots=True)
class AiredProgramme:
    """A programme in the cells in which its channel shows it."""

    programme_id: str
    first_cell: int
    end_cell: int
    #: The names by language; empty if the programme is not in the schedule any more.
    display_names: tuple[tuple[str, str], ...] = ()
    maturity_age: int | None = None

    @property
    def duration(self) -> timedelta:
        """How long it is shown."""
        return (self.end_cell - self.first_cell) * cells.CELL


@dataclass(frozen=True, slots=True)
class Timeline:
    """A part of a channel's time."""

    channel: schedules.Channel
    #: In the schedule, by start time.
    programmes: Sequence[schedules.ScheduledProgramme]
    #: In the as-run log, by cell.
    items: Sequence[runs.AiredItem]

    def at(self, cell: int) -> AiredProgramme | None:
        """Returns the programme that is shown in a cell, None in a gap."""
        item = next((item for item in self.items if item.first_cell <= cell < item.end_cell), None)
        if item:
            return self.of(item.programme_id) if item.programme_id else None
        start = cells.cell_start(cell)
        scheduled = (each for each in self.programmes if each.start_time < start + cells.CELL and start < each.end_time)
        programme = next((each for each in scheduled if cells.cell_at(each.end_time) > cell), None)
        return self.of(programme.programme_id) if programme else None

    def of(self, programme_id: str) -> AiredProgramme | None:
        """Returns a programme, None if it is neither in the log nor in the schedule."""
        scheduled = next((each for each in self.programmes if each.programme_id == programme_id), None)
        shown = [item for item in self.items if item.programme_id == programme_id]
        if not shown and not scheduled:
            return None
        names, age = (scheduled.display_names, scheduled.maturity_age) if scheduled else ((), shown[0].maturity_age)
        scheduled_end = cells.cell_at(scheduled.end_time) if scheduled else 0
        if not shown:
            first_cell = cells.cell_at(scheduled.start_time) if scheduled else 0
            return AiredProgramme(programme_id, first_cell, scheduled_end, names, age)
        end_cell = shown[-1].end_cell
        if shown[-1] == self.items[-1]:  # It is on: the log does not state its end yet.
            end_cell = max(end_cell, scheduled_end)
        first_cell = shown[0].first_cell
        is_logged_late = self.items[0] == shown[0]
        if scheduled and is_logged_late:  # The log began while it was on.
            first_cell = min(first_cell, cells.cell_at(scheduled.start_time))
        return AiredProgramme(programme_id, first_cell, end_cell, names, age)

    def following(self, cell: int) -> schedules.ScheduledProgramme | None:
        """Returns the scheduled programme after the one that is shown in a cell, None if nothing is scheduled."""
        shown = self.at(cell)
        end = cells.cell_start(shown.end_cell if shown else cell)
        later = (each for each in self.programmes if each.start_time + cells.CELL > end)
        return next((each for each in later if not shown or each.programme_id != shown.programme_id), None)


class Timelines:
    """Loads timelines.

    Args:
        log: the as-run log.
        schedule_days: the schedules.
        time: the clock, by which loaded timelines expire.
    """

    def __init__(self, log: as_run_log.AsRunLog, schedule_days: schedule_cache.ScheduleCache, time: Clock) -> None:
        self._log = log
        self._schedules = schedule_days
        self._loaded: cache.ExpiringCache[tuple[str, int], Timeline] = cache.ExpiringCache(
            time, most_values=_MAX_TIMELINES, lifetime=_KEPT
        )

    async def load(self, channel_id: str, at: datetime) -> Timeline:
        """Returns the time of a channel around an instant, as of some seconds ago at most. Raises what epg raises."""
        key = (channel_id, cells.cell_at(at) // _KEPT_CELLS)
        cached = self._loaded.get(key)
        return cached if cached is not None else self._loaded.put(key, await self._load(channel_id, at))

    async def _load(self, channel_id: str, at: datetime) -> Timeline:
        schedule = await self._schedules.get(channel_id, at - _AROUND, at + _AROUND)
        first_cell, end_cell = cells.cell_at(at - _AROUND), cells.cell_at(at + _AROUND)
        items = await self._log.stated(channel_id, first_cell, end_cell)
        return Timeline(schedule.channel, schedule.programmes, items)

    async def earliest_cell(self, channel_id: str, now: datetime) -> int:
        """Returns the first cell that a viewer may seek to.

        That is where the programme began that catch-up offers still, else where the running programme did, if the
        channel lets viewers start over; else the beginning of the live window.
        """
        timeline = await self.load(channel_id, now)
        channel, edge = timeline.channel, cells.cell_at(now)
        padding = channel.start_padding // cells.CELL
        first_cell = edge - as_run_log.LIVE_CELLS
        running = timeline.at(edge - 1)
        if channel.start_over and running:
            first_cell = min(first_cell, running.first_cell - padding)
        if channel.catch_up_window:
            limit = now - channel.catch_up_window
            schedule = await self._schedules.get(channel.channel_id, limit, limit + cells.CELL)
            starts = [programme.start_time for programme in schedule.programmes if programme.end_time > limit]
            first_cell = min(first_cell, cells.cell_at(min([*starts, limit])) - padding)
        return first_cell
