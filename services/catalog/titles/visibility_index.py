"""The facts that decide who may see which title, in memory: every response is checked against them, cached or not."""

import functools
from bisect import bisect_right
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from services.catalog.titles import title_ordinals
from services.kit import clock, context, visibility

#: One boolean for each ordinal of a title.
Mask: TypeAlias = npt.NDArray[np.bool_]

#: Viewers are of few kinds: a maturity ceiling in a country.
_viewer = functools.lru_cache(maxsize=1024)(visibility.Viewer)


def viewer(caller: context.Caller) -> visibility.Viewer:
    """Returns what visibility depends on: the profile's ceiling and country, or those of callers without an account."""
    if not caller.account_id:
        return _viewer(visibility.ANONYMOUS_CEILING, "")
    return _viewer(caller.maturity_ceiling, caller.country_code)


class VisibleTitles:
    """The titles that a viewer may see at a time."""

    def __init__(self, index: "VisibilityIndex", viewer: visibility.Viewer, at: datetime) -> None:
        self._index = index
        self._viewer = viewer
        self._at = at

    def __contains__(self, title_id: str) -> bool:
        facts = self._index.facts(title_id)
        return facts is not None and visibility.visible(facts, self._viewer, self._at)

    def mask(self) -> Mask:
        """Returns for every ordinal whether the title is visible."""
        return self._index.mask(self._viewer, self._at)


_FIRST_SIZE = 1024
_UNKNOWN = -1
_ANY_TIME = datetime.min.replace(tzinfo=UTC)


class VisibilityIndex:
    """The facts of all titles. Most titles share their facts with thousands of others, which are stored once.

    Args:
        ordinals: the ordinals of titles.
    """

    def __init__(self, ordinals: title_ordinals.TitleOrdinals) -> None:
        self._ordinals = ordinals
        #: For each ordinal the position of the title's facts in `_distinct`.
        self._positions = np.full(_FIRST_SIZE, _UNKNOWN, dtype=np.int32)
        self._distinct: list[visibility.Facts] = []
        self._position_of: dict[visibility.Facts, int] = {}
        self._facts: dict[str, visibility.Facts] = {}
        self._revisions: dict[str, int] = {}
        self._edges: list[datetime] | None = None

    def __len__(self) -> int:
        return len(self._facts)

    def update(self, title_id: str, revision: int, facts: visibility.Facts) -> None:
        """Stores the facts of a title, unless newer ones are stored."""
        if revision <= self._revisions.get(title_id, 0):
            return
        position = self._position_of.setdefault(facts, len(self._distinct))
        if position == len(self._distinct):
            self._distinct.append(facts)
        self._facts[title_id] = self._distinct[position]
        ordinal = self._ordinals.assign(title_id)
        if ordinal >= len(self._positions):
            self._positions = np.concatenate([self._positions, np.full(ordinal + 1, _UNKNOWN, dtype=np.int32)])
        self._positions[ordinal] = position
        self._revisions[title_id] = revision
        self._edges = None

    def facts(self, title_id: str) -> visibility.Facts | None:
        """Returns the facts of a title, None if there is no such title."""
        return self._facts.get(title_id)

    def is_visible(self, title_id: str, viewer: visibility.Viewer, time: clock.Clock) -> bool:
        """Returns whether a viewer may see a title now. Only titles with windows depend on the time."""
        facts = self._facts.get(title_id)
        return facts is not None and visibility.visible(facts, viewer, time.now() if facts.windows else _ANY_TIME)

    def visible_to(self, viewer: visibility.Viewer, at: datetime) -> VisibleTitles:
        """Returns the titles that a viewer may see at a time."""
        return VisibleTitles(self, viewer, at)

    def mask(self, viewer: visibility.Viewer, at: datetime) -> Mask:
        """Returns for every ordinal whether a viewer may see the title at a time."""
        # The last value is for titles whose facts are not known.
        visible = [*(visibility.visible(facts, viewer, at) for facts in self._distinct), False]
        mask = np.array(visible, dtype=np.bool_)[self._positions]
        return np.concatenate([mask, np.zeros(max(0, len(self._ordinals) - len(mask)), dtype=np.bool_)])

    def next_edge(self, at: datetime) -> datetime | None:
        """Returns when the window of any title opens or closes next after `at`, None if none will."""
        if self._edges is None:
            # Facts that no title has any more may be among them; they only make an entry expire early.
            windows = [window for facts in self._distinct for window in facts.windows]
            self._edges = sorted({edge for window in windows for edge in (window.start_time, window.end_time) if edge})
        position = bisect_right(self._edges, at)
        return self._edges[position] if position < len(self._edges) else None
