"""The result of an import: counts, and what is wrong with which row."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field

_MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field."""

    #: Such as `seasons[0].number`; empty for the row as a whole.
    field: str
    message: str


@dataclass(frozen=True, slots=True, order=True)
class RowError:
    """A row that cannot be imported, and the first problem of it."""

    row: int
    field: str
    message: str


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    row_count: int = 0
    created_count: int = 0
    updated_count: int = 0
    unchanged_count: int = 0
    error_count: int = 0
    #: The first rows with errors, in order.
    errors: list[RowError] = field(default_factory=list)
    committed: bool = False

    def add_error(self, row: int, problems: Sequence[Problem]) -> None:
        """Counts a row with errors. Keeps the first hundred rows, in whatever order they are added."""
        self.error_count += 1
        first, *others = problems
        more = f" (and {len(others)} more in this row)" if others else ""
        bisect.insort(self.errors, RowError(row, first.field, first.message + more))
        del self.errors[_MOST_ERRORS:]
