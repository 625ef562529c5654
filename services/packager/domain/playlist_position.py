"""Where the playlist of a channel continues after an interruption."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Position:
    """An item of a playlist, counted from zero, and the position in it, in seconds."""

    index: int = 0
    seconds: float = 0.0

    def next_item(self, item_count: int) -> "Position":
        """Returns the beginning of the next item; the first one follows the last one."""
        return Position((self.index + 1) % item_count)


@dataclass(frozen=True, slots=True)
class ShownItem:
    """The last item of the as-run log."""

    source_uri: str
    index: int
    start_time: datetime
    start_seconds: float


def resume(source_uris: Sequence[str], last: ShownItem | None, at: datetime) -> Position:
    """Returns the position at a time if the last item had gone on without the interruption.

    It may lie behind the end of the item. A playlist without the item begins at its first one.
    """
    if last is None:
        return Position()
    index = last.index
    if source_uris[index : index + 1] != [last.source_uri]:
        if last.source_uri not in source_uris:
            return Position()
        index = source_uris.index(last.source_uri)
    return Position(index, last.start_seconds + max(0.0, (at - last.start_time).total_seconds()))
