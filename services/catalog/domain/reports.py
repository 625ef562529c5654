"""What an import tells of itself."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.catalog.domain.fields import Problem

_MOST_ERRORS = 100


@dataclass(frozen=True, slots=True, order=True)
class RowError:
    """One row that could not be taken, and the first thing that is wrong with it."""

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

    def refuse(self, row: int, problems: Sequence[Problem]) -> None:
        """Notes a row with errors. The first hundred rows are told, in whatever order they are found."""
        self.error_count += 1
        first, *others = problems
        more = f" (and {len(others)} more in this row)" if others else ""
        bisect.insort(self.errors, RowError(row, first.field, first.message + more))
        del self.errors[_MOST_ERRORS:]
