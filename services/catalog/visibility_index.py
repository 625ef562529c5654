"""The facts of every title, in memory: whatever is answered is judged by them, also what was kept ready."""

import functools
from bisect import bisect_right
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from services.catalog import title_ordinals
from services.kit import clock, context, visibility

#: For each number of a title, whether something holds of it.
Mask: TypeAlias = npt.NDArray[np.bool_]


#: Viewers are few kinds: a ceiling in a country.
_viewer = functools.lru_cache(maxsize=1024)(visibility.Viewer)


def viewer(caller: context.Caller) -> visibility.Viewer:
    """Answers who is looking: the profile, or for callers without an account a stranger from nowhere."""
    if not caller.account_id:
        return _viewer(visibility.ANONYMOUS_CEILING, "")
    return _viewer(caller.maturity_ceiling, caller.country_code)


class Shown:
    """Which titles a viewer may know of at a time: asked of one, or of all at once by their numbers."""

    def __init__(self, known: "VisibilityIndex", viewer: visibility.Viewer, at: datetime) -> None:
        self._known = known
        self._viewer = viewer
        self._at = at

    def __call__(self, title_id: str) -> bool:
        """Whether one title is shown."""
        facts = self._known.of(title_id)
        return facts is not None and visibility.visible(facts, self._viewer, self._at)

    def mask(self) -> Mask:
        """Answers for every numbered title whether it is shown: each kind of facts is judged once."""
        return self._known.judged(self._viewer, self._at)


#: How many titles there is room for at first.
_FEWEST = 1024
_UNKNOWN = -1
_ANY_TIME = datetime.min.replace(tzinfo=UTC)


class VisibilityIndex:
    """What decides who may know of which title.

    Most titles share their facts with thousands of others, which are kept once.

    Args:
        numbered: the numbers of titles.
    """

    def __init__(self, numbered: title_ordinals.TitleOrdinals) -> None:
        self._numbered = numbered
        #: For each title's number the place of its facts among those that differ.
        self._kinds = np.full(_FEWEST, _UNKNOWN, dtype=np.int32)
        self._distinct: list[visibility.Facts] = []
        self._kind_numbers: dict[visibility.Facts, int] = {}
        self._facts: dict[str, visibility.Facts] = {}
        self._revisions: dict[str, int] = {}
        self._edges: list[datetime] | None = None

    def __len__(self) -> int:
        return len(self._facts)

    def learn(self, title_id: str, revision: int, facts: visibility.Facts) -> None:
        """Takes note of a title's facts, unless later ones are known."""
        if revision <= self._revisions.get(title_id, 0):
            return
        kind = self._kind_numbers.setdefault(facts, len(self._distinct))
        if kind == len(self._distinct):
            self._distinct.append(facts)
        self._facts[title_id] = self._distinct[kind]
        number = self._numbered.of(title_id)
        if number >= len(self._kinds):
            self._kinds = np.concatenate([self._kinds, np.full(number + 1, _UNKNOWN, dtype=np.int32)])
        self._kinds[number] = kind
        self._revisions[title_id] = revision
        self._edges = None

    def of(self, title_id: str) -> visibility.Facts | None:
        """Answers the facts of a title; None if there is none."""
        return self._facts.get(title_id)

    def shows(self, title_id: str, viewer: visibility.Viewer, time: clock.Clock) -> bool:
        """Whether a viewer may know of one title now. What time it is matters to titles with windows alone."""
        facts = self._facts.get(title_id)
        return facts is not None and visibility.visible(facts, viewer, time.now() if facts.windows else _ANY_TIME)

    def shown_to(self, viewer: visibility.Viewer, at: datetime) -> Shown:
        """Answers which titles `viewer` may know of at that time, as a question that can be asked of many."""
        return Shown(self, viewer, at)

    def judged(self, viewer: visibility.Viewer, at: datetime) -> Mask:
        """Answers for every numbered title whether `viewer` may know of it at that time."""
        # The last one stands for titles whose facts are not known.
        kinds = [*(visibility.visible(facts, viewer, at) for facts in self._distinct), False]
        told = np.array(kinds, dtype=np.bool_)[self._kinds]
        return np.concatenate([told, np.zeros(max(0, len(self._numbered) - len(told)), dtype=np.bool_)])

    def next_edge(self, at: datetime) -> datetime | None:
        """Answers when a window of any title opens or closes next after `at`; None if none does any more."""
        if self._edges is None:
            # Windows of facts that no title has any more cost an entry that ends early, nothing else.
            windows = [window for facts in self._distinct for window in facts.windows]
            self._edges = sorted({edge for window in windows for edge in (window.start_time, window.end_time) if edge})
        place = bisect_right(self._edges, at)
        return self._edges[place] if place < len(self._edges) else None
