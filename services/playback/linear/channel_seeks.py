"""Where sessions on channels go: decided without I/O."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.playback import domain
from services.playback.linear import as_run_log, cells, channel_windows, timelines

#: A viewer who is this near to the end of a held window makes it longer.
NEAR_CELLS = 30
#: A time that is this near to the live edge is the live edge.
_NEAR_LIVE = timedelta(seconds=12)
#: How much of a held window stays before the viewer at least, so that its beginning does not pass them.
_BEHIND_CELLS = channel_windows.MOST_SKIPPED_CELLS + NEAR_CELLS
_HOUR_CELLS = 900
#: How far a window reaches into a time without a programme.
_GAP_CELLS = 225
#: How wrong the clock of a player may be.
_CLOCK_ERROR = timedelta(minutes=1)


def live_place(channel_id: str, now: datetime) -> domain.ChannelPlace:
    """Returns the place of a session that plays live."""
    first_cell = cells.cell_at(now) - as_run_log.LIVE_CELLS
    # Sessions of the same hour read the same part of the log.
    return domain.ChannelPlace(channel_id, 0, origin_cell=first_cell // _HOUR_CELLS * _HOUR_CELLS, reach_cell=0)


def held_place(timeline: timelines.Timeline, at: datetime, earliest_cell: int) -> domain.ChannelPlace:
    """Returns the place of a session that plays from a time on: in a window that begins with its programme.

    Args:
        timeline: the time around.
        at: where to start.
        earliest_cell: the first cell that the viewer may see.
    """
    cell = cells.cell_at(at)
    programme = timeline.at(cell)
    padding = timeline.channel.start_padding // cells.CELL
    from_cell = max(earliest_cell, (programme.first_cell if programme else cell) - padding)
    return domain.ChannelPlace(
        channel_id=timeline.channel.channel_id,
        from_cell=from_cell,
        origin_cell=from_cell,
        reach_cell=min(_end_cell(timeline, cell), max(from_cell, cell - _BEHIND_CELLS) + channel_windows.MOST_CELLS),
        start_seconds=max(at, cells.cell_start(from_cell)).timestamp(),
    )


def place_at(
    timeline: timelines.Timeline, at: datetime | None, earliest_cell: int, now: datetime
) -> domain.ChannelPlace | None:
    """Returns the place of a session that seeks to a time, the live edge if it is None; None if it may not.

    Where the channel offers no more than its live window, the session stays live; so it does in a running programme of
    a channel without start-over.
    """
    channel, edge = timeline.channel, cells.cell_at(now)
    if at is None or now - _NEAR_LIVE <= at <= now + _CLOCK_ERROR:
        return live_place(channel.channel_id, now)
    cell, live_cell = cells.cell_at(at), edge - as_run_log.LIVE_CELLS
    if at > now or cell < earliest_cell:
        return None
    programme = timeline.at(cell)
    is_running = programme is not None and programme.end_cell > edge
    if earliest_cell < live_cell and (channel.start_over or not is_running):
        return held_place(timeline, at, earliest_cell)
    return live_place(channel.channel_id, now) if cell >= live_cell else None


def is_near_end(place: domain.ChannelPlace, cell: int) -> bool:
    """Returns whether a viewer in a cell comes near the end of a held window."""
    return bool(place.from_cell) and cell + NEAR_CELLS >= place.reach_cell


def extended_reach(timeline: timelines.Timeline, place: domain.ChannelPlace, cell: int) -> int:
    """Returns how far a held window reaches for a viewer in a cell near its end: to the end of the programme there."""
    following = _end_cell(timeline, max(cell, place.reach_cell) + NEAR_CELLS)
    return max(place.reach_cell, min(following, cell - _BEHIND_CELLS + channel_windows.MOST_CELLS))


def _end_cell(timeline: timelines.Timeline, cell: int) -> int:
    programme = timeline.at(cell)
    return (programme.end_cell if programme else cell + _GAP_CELLS) + timeline.channel.end_padding // cells.CELL
