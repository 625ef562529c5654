"""The cells in which channels are counted: cell k begins k times four seconds after the Unix epoch."""

from datetime import UTC, datetime, timedelta

CELL_SECONDS = 4
CELL = timedelta(seconds=CELL_SECONDS)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cell_at(instant: datetime) -> int:
    """Returns the cell that contains an instant, which must have a zone."""
    return (instant - _EPOCH) // CELL


def cell_start(cell: int) -> datetime:
    """Returns when a cell begins, in UTC."""
    return _EPOCH + cell * CELL
