"""Cells: the parts of four seconds in which channels are counted."""

import math
from datetime import UTC, datetime, timedelta

from services.packager.domain import media

#: Cell k begins k times this many seconds after 1970.
CELL_SECONDS = media.SEGMENT_SECONDS
#: A run begins at least this many seconds ahead of the clock, so that its segments are complete when they are due.
_LEAD_SECONDS = 1.0


def start_of(cell: int) -> datetime:
    """Returns when a cell begins."""
    return datetime.fromtimestamp(cell * CELL_SECONDS, UTC)


def time_at(first_cell: int, seconds: float) -> datetime:
    """Returns the time of a position in a run that begins with `first_cell`."""
    return start_of(first_cell) + timedelta(seconds=seconds)


def first_cell_of_run(now: float, last_end_cell: int) -> int:
    """Returns the first cell of a run whose first picture is encoded now, in seconds since 1970.

    It is never a cell that the channel has had, even if the clock was set back.
    """
    return max(last_end_cell, math.ceil((now + _LEAD_SECONDS) / CELL_SECONDS))
