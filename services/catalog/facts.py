"""The facts of every title, in memory: whatever is answered is judged by them, also what was kept ready."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime

from services.kit import visibility


class KnownFacts:
    """What decides who may know of which title.

    Most titles share their facts with thousands of others, which are kept once.
    """

    def __init__(self) -> None:
        self._facts: dict[str, visibility.Facts] = {}
        self._revisions: dict[str, int] = {}
        self._shared: dict[visibility.Facts, visibility.Facts] = {}
        self._edges: list[datetime] | None = None

    def __len__(self) -> int:
        return len(self._facts)

    def learn(self, title_id: str, revision: int, facts: visibility.Facts) -> None:
        """Takes note of a title's facts, unless later ones are known."""
        if revision <= self._revisions.get(title_id, 0):
            return
        facts = self._shared.setdefault(facts, facts)
        self._facts[title_id] = facts
        self._revisions[title_id] = revision
        self._edges = None

    def of(self, title_id: str) -> visibility.Facts | None:
        """Answers the facts of a title; None if there is none."""
        return self._facts.get(title_id)

    def shown_to(self, viewer: visibility.Viewer, at: datetime) -> Callable[[str], bool]:
        """Answers whether `viewer` may know of a title at that time, as a question that can be asked of many."""

        def shown(title_id: str) -> bool:
            facts = self._facts.get(title_id)
            return facts is not None and visibility.visible(facts, viewer, at)

        return shown

    def next_edge(self, at: datetime) -> datetime | None:
        """Answers when a window of any title opens or closes next after `at`; None if none does any more."""
        if self._edges is None:
            # Windows of facts that no title has any more cost an entry that ends early, nothing else.
            windows = [window for facts in self._shared for window in facts.windows]
            self._edges = sorted({edge for window in windows for edge in (window.start_time, window.end_time) if edge})
        place = bisect_right(self._edges, at)
        return self._edges[place] if place < len(self._edges) else None
