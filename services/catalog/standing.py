"""Homes that stand in for recommendation's: decided from memory, once for all who may know of the same titles."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marquee.recommendation.v1 import recommendation_pb2

from services.catalog import answers, convert, errors, facts, numbers, shelves
from services.catalog.domain import saying, standing
from services.kit import clock, paging, visibility

#: How long a home is answered: the viewer's own is asked for again soon.
KEPT = timedelta(seconds=5)
#: How many homes are held: for kinds of viewers, and for those who would see something unwanted. One is some tens of
#: kilobytes.
_MOST_KEPT = 128
_LACKING = (recommendation_pb2.DEGRADATION_POPULAR_ONLY, recommendation_pb2.DEGRADATION_NOT_RECORDED)
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Kind:
    """Viewers who are answered the same: they may know of the same titles, and speak the same language."""

    viewer: visibility.Viewer
    language: str

    @property
    def list(self) -> tuple[str, ...]:
        """What tells one home from another for page tokens, also from those of recommendation."""
        return ("stand-in home", self.viewer.country_code, str(self.viewer.maturity_ceiling), self.language)


@dataclass(frozen=True, slots=True)
class Home:
    """A home that was decided."""

    kind: Kind
    whole: recommendation_pb2.DecidedHome
    title_ids: frozenset[str]
    expire_time: datetime
    #: What it was chosen from, and how many changes of titles had come by then.
    made_from: tuple[standing.Shelf | None, int]
    #: Names what was chosen; the same wherever the same was.
    version: str
    #: Encoded first pages, by their size and whether viewing was silent.
    pages: dict[tuple[int, bool], bytes] = field(default_factory=dict)

    def page(self, start: int, size: int, *, silent: bool) -> bytes:
        """Answers an encoded page.

        Args:
            start: how many rails come before it.
            size: the most rails on it.
            silent: whether it is unknown what the viewer does not want to see.
        """
        if (page := self.pages.get((size, silent))) is not None and not start:
            return page
        rails = self.whole.rails[start : start + size]
        answer = recommendation_pb2.GetHomeResponse(home=recommendation_pb2.Home(rails=rails), degradations=_LACKING)
        if silent:
            answer.degradations.append(recommendation_pb2.DEGRADATION_NO_SIGNALS)
        if not start and self.whole.HasField("hero"):
            answer.home.hero.CopyFrom(self.whole.hero)
        if start + size < len(self.whole.rails):
            answer.next_page_token = paging.token([self.version, start + size], of=self.kind.list)
        answer.expire_time.FromDatetime(self.expire_time)
        encoded = answer.SerializeToString()
        if not start:
            self.pages[size, silent] = encoded
        return encoded


class Homes:
    """Decides homes and keeps them for some seconds.

    Args:
        shelved: what they are chosen from.
        known: the facts of all titles, which decide who may know of them.
        kept: counts the changes of titles.
        numbered: the numbers of titles.
        time: tells the day, and which windows are open.
    """

    def __init__(
        self,
        shelved: shelves.Shelves,
        known: facts.KnownFacts,
        kept: answers.Answers,
        numbered: numbers.Numbers,
        time: clock.Clock,
    ) -> None:
        self._shelves = shelved
        self._known = known
        self._answers = kept
        self._numbered = numbered
        self._clock = time
        #: By the kind of viewers, and what they do not want to see.
        self._kept: OrderedDict[tuple[Kind, frozenset[str]], Home] = OrderedDict()

    def of(self, viewer: visibility.Viewer, language_code: str, unwanted: frozenset[str] = _NOTHING) -> Home:
        """Answers the home of a viewer without the titles that it does not want to see. Raises TitlesNotReady."""
        kind = Kind(viewer, saying.spoken(language_code))
        home = self._without(kind, _NOTHING)
        return home if home.title_ids.isdisjoint(unwanted) else self._without(kind, unwanted)

    def _without(self, kind: Kind, unwanted: frozenset[str]) -> Home:
        home = self._kept.pop((kind, unwanted), None)
        if home is None or home.expire_time <= self._clock.now() or home.made_from != self._state():
            home = self._decide(kind, unwanted)
        self._kept[kind, unwanted] = home
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return home

    def _state(self) -> tuple[standing.Shelf | None, int]:
        return self._shelves.shelf, self._answers.changes

    def _decide(self, kind: Kind, unwanted: frozenset[str]) -> Home:
        made_from, at = self._state(), self._clock.now()
        shelf = made_from[0]
        if shelf is None:
            raise errors.TitlesNotReady
        shown = self._known.judged(kind.viewer, at)[: len(shelf.released)]
        numbers_of = (self._numbered.known(title_id) for title_id in unwanted)
        shown[[number for number in numbers_of if number is not None and number < len(shown)]] = False
        decided = standing.decide(shelf, shown, at.date(), kind.language)
        whole = recommendation_pb2.DecidedHome(
            hero=None if decided.hero is None else convert.item(decided.hero),
            rails=map(convert.rail, decided.rails),
        )
        edge = self._known.next_edge(at)
        return Home(
            kind=kind,
            whole=whole,
            title_ids=frozenset(_title_ids(whole)),
            expire_time=min(at + KEPT, edge) if edge else at + KEPT,
            made_from=made_from,
            version=hashlib.blake2b(whole.SerializeToString(deterministic=True), digest_size=8).hexdigest(),
        )


def _title_ids(whole: recommendation_pb2.DecidedHome) -> list[str]:
    items = [item for rail in whole.rails for item in rail.items]
    return [item.title_id for item in ([whole.hero, *items] if whole.HasField("hero") else items)]
