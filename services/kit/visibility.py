"""The predicate that decides who may know of a title, in Python and in SQL.

Lists, search, title pages, access decisions, manifests and keys all use it, so that none of them reveals a title that
another one hides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_

#: TitleState.TITLE_STATE_PUBLISHED
PUBLISHED = 4
#: What callers who are not signed in may see, as an age in years.
ANONYMOUS_CEILING = 13


class Viewer(NamedTuple):
    """Who is looking, from where. A tuple, because keys of caches hold it: its hash takes no call of Python."""

    #: The highest maturity age that the viewer may see, in years.
    maturity_ceiling: int
    #: ISO 3166-1 alpha-2.
    country_code: str


@dataclass(frozen=True, slots=True)
class Window:
    """A period in which a title may be seen; an open end is None."""

    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a title that visibility depends on."""

    state: int
    #: The minimum age of viewers in years; None if the title is not rated; it is then shown to no one.
    maturity_age: int | None
    #: Countries by ISO 3166-1 alpha-2; everywhere if empty.
    territories: frozenset[str] = frozenset()
    #: Always if empty.
    windows: tuple[Window, ...] = ()
    deleted: bool = False


def is_published(facts: Facts) -> bool:
    """Returns whether the title is published and not deleted."""
    return facts.state == PUBLISHED and not facts.deleted


def in_territory(facts: Facts, viewer: Viewer) -> bool:
    """Returns whether the title may be shown in the viewer's country."""
    return not facts.territories or viewer.country_code in facts.territories


def within_ceiling(facts: Facts, viewer: Viewer) -> bool:
    """Returns whether the title is rated and its maturity age is within the ceiling of the profile."""
    return facts.maturity_age is not None and facts.maturity_age <= viewer.maturity_ceiling


def in_window(facts: Facts, at: datetime) -> bool:
    """Returns whether one of the title's windows is open: from its start, until before its end."""
    return not facts.windows or any(_is_open(window, at) for window in facts.windows)


def visible(facts: Facts, viewer: Viewer, at: datetime) -> bool:
    """Returns whether `viewer` may know of a title with these facts at that time."""
    return (
        is_published(facts) and within_ceiling(facts, viewer) and in_territory(facts, viewer) and in_window(facts, at)
    )


def next_edge(facts: Facts, at: datetime) -> datetime | None:
    """Returns the next time after `at` when a window opens or closes; None if there is none."""
    edges = [edge for window in facts.windows for edge in (window.start_time, window.end_time) if edge and edge > at]
    return min(edges, default=None)


def opens(facts: Facts, at: datetime) -> datetime | None:
    """Returns when a title without an open window at `at` will be shown next; None if never."""
    starts = [window.start_time for window in facts.windows if window.start_time and window.start_time > at]
    return None if in_window(facts, at) else min(starts, default=None)


def visible_in_sql(
    viewer: Viewer,
    at: datetime,
    *,
    state: ColumnElement[int],
    maturity_age: ColumnElement[int | None],
    territories: ColumnElement[Sequence[str]],
    windows: ColumnElement[Any],
    deleted: ColumnElement[bool],
) -> ColumnElement[bool]:
    """Returns the same predicate as a condition over columns.

    Args:
        viewer: the viewer.
        at: the time.
        state: the workflow state's number.
        maturity_age: the minimum age in years, NULL if unrated.
        territories: `text[]`, empty for everywhere.
        windows: `tstzmultirange`, empty for always.
        deleted: whether the title is deleted.
    """
    return and_(
        state == PUBLISHED,
        ~deleted,
        maturity_age <= viewer.maturity_ceiling,
        or_(func.cardinality(territories) == 0, territories.contains([viewer.country_code])),
        or_(func.isempty(windows), windows.op("@>")(at)),
    )


def _is_open(window: Window, at: datetime) -> bool:
    started = window.start_time is None or window.start_time <= at
    return started and (window.end_time is None or at < window.end_time)
