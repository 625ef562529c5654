"""Completes queries with names of titles, people and genres, from memory.

A sorted list has each name once for each of its words, from that word on, so that the names that continue a query are
neighbors in the list. Misspelled words are corrected with the vocabulary of the full-text index, only if the words as
they were typed lead to too few names. An update creates a new state, so readers
need no lock.
"""

import heapq
import itertools
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from services.catalog.domain import indexed_titles
from services.catalog.domain.indexed_titles import GENRE, PERSON, TITLE
from services.catalog.search import spell_index
from services.catalog.titles import title_ordinals, visibility_index
from services.kit import tokenizer

#: From how many words of a name a query may start, and how many letters are compared.
_MOST_STARTS, _LONGEST_KEY = 6, 40
#: More names than this are added by merging, fewer one by one.
_MANY = 256
#: How many names are checked together, and how many at most: a single letter has thousands of names.
_CHUNK, _MOST_JUDGED = 256, 4096
_MOST_TRIES, _MOST_MEANT = 48, 4
#: The bonus of a whole name, and of the beginning of a name. The weights of names are less than one.
_WHOLE, _BEGINNING = 4.0, 1.0
_LONGEST_NAME = 4
_LAST = "\U0010ffff"

_Numbers: TypeAlias = npt.NDArray[np.int32]
_Weights: TypeAlias = npt.NDArray[np.float32]
_Item: TypeAlias = tuple[int, str]


@dataclass(frozen=True, slots=True)
class _State:
    """All names: the sorted keys, and for each the position of what it names and whether the name begins there."""

    keys: list[str] = field(default_factory=list)
    items: _Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    begins: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    weights: _Weights = field(default_factory=lambda: np.zeros(0, dtype=np.float32))


class Autocomplete:
    """Completes queries. Any thread may read while one other updates.

    Args:
        ordinals: the ordinals of titles.
        vocabulary: corrects misspelled words.
    """

    def __init__(self, ordinals: title_ordinals.TitleOrdinals, vocabulary: spell_index.SpellIndex) -> None:
        self._ordinals = ordinals
        self._vocabulary = vocabulary
        self._state = _State()
        #: For each item its kind, its names by language, and the ordinals of the titles that it leads to.
        self._kinds: list[int] = []
        self._targets: list[str] = []
        self._names: list[Mapping[str, str]] = []
        self._titles: list[_Numbers] = []
        self._weights: list[float] = []
        self._places: dict[_Item, int] = {}
        self._of_titles: dict[int, list[int]] = {}
        self._fresh: list[tuple[str, int, bool]] = []
        self._lost: dict[int, set[int]] = {}
        self._won: dict[int, set[int]] = {}

    def update(self, named: Iterable[indexed_titles.TitleNames]) -> None:
        """Adds titles and replaces older entries of theirs. They are suggested after `commit`."""
        for title in named:
            ordinal = self._ordinals.assign(title.title_id)
            for place in self._of_titles.pop(ordinal, ()):
                self._lost.setdefault(place, set()).add(ordinal)
                self._won.get(place, set()).discard(ordinal)
            if title.names:
                self._of_titles[ordinal] = places = list(dict.fromkeys(self._items(ordinal, title)))
                for place in places:
                    self._won.setdefault(place, set()).add(ordinal)

    def commit(self) -> None:
        """Makes added titles available."""
        for place in self._lost.keys() | self._won.keys():
            leads = set(self._titles[place].tolist()) - self._lost.get(place, set()) | self._won.get(place, set())
            self._titles[place] = np.array(sorted(leads), dtype=np.int32)
            if self._kinds[place] == PERSON:
                self._weights[place] = min(0.9, math.log1p(len(leads)) / 6)
        self._lost, self._won = {}, {}
        fresh, self._fresh = sorted(self._fresh), []
        self._state = _with(self._state, fresh, np.array(self._weights, dtype=np.float32))

    def suggest(self, query: str, visible: visibility_index.Mask, limit: int) -> list[indexed_titles.Suggestion]:
        """Returns completions that lead to visible titles, the best first."""
        split = tokenizer.name_words(query)
        if not split:
            return []
        found = self._led_to(" ".join(split), visible, limit)
        if len(found) < limit:
            meant: dict[int, int] = {}
            for typed in itertools.islice(self._meant(split), _MOST_TRIES):
                meant |= self._led_to(typed, visible, _MOST_MEANT)
            weights = self._state.weights
            for place in sorted(meant, key=lambda place: -weights[place]):
                found.setdefault(place, meant[place])
        return [self._suggestion(place, count) for place, count in itertools.islice(found.items(), limit)]

    def related(self, query: str, visible: visibility_index.Mask, limit: int) -> list[indexed_titles.Suggestion]:
        """Returns people and genres whose whole name is in a query, and people whose name contains the query."""
        split = tokenizer.name_words(query)
        found: dict[int, int] = {}
        for length in range(min(len(split), _LONGEST_NAME), 0, -1):
            for start in range(len(split) - length + 1):
                whole = " ".join(split[start : start + length])
                for place in self._named(whole, anywhere=length == len(split)):
                    if place not in found and (count := self._count(place, visible)):
                        found[place] = count
        return [self._suggestion(place, count) for place, count in itertools.islice(found.items(), limit)]

    def _items(self, ordinal: int, title: indexed_titles.TitleNames) -> Iterator[int]:
        newness = min(max(title.year - 1900, 0), 150) / 250
        yield self._item((TITLE, str(ordinal)), title.names, newness)
        for person in title.people:
            yield self._item((PERSON, " ".join(tokenizer.name_words(person))), {"": person}, 0.0)
        for genre_id, names in title.genres.items():
            yield self._item((GENRE, genre_id), names, 0.95)

    def _item(self, item: _Item, names: Mapping[str, str], weight: float) -> int:
        place = self._places.get(item)
        if place is None:
            place = self._places[item] = len(self._kinds)
            self._kinds.append(item[0])
            self._targets.append(item[1] if item[0] == GENRE else "")
            self._names.append({})
            self._titles.append(np.zeros(0, dtype=np.int32))
            self._weights.append(weight)
        before = set(self._names[place].values())
        if not before or self._kinds[place] == TITLE:
            self._names[place] = names
            for name in set(names.values()) - before:
                self._fresh.extend((key, place, begins) for key, begins in _keys(tokenizer.name_words(name)))
        return place

    def _led_to(self, typed: str, visible: visibility_index.Mask, limit: int) -> dict[int, int]:
        """Returns the items with a name that continues what was typed, the best first, with the number of titles."""
        state, typed = self._state, typed[:_LONGEST_KEY]
        low, high = bisect_left(state.keys, typed), bisect_left(state.keys, typed + _LAST)
        points = state.weights[state.items[low:high]] + _BEGINNING * state.begins[low:high]
        whole = bisect_left(state.keys, typed + "\0", low, high) - low
        points[:whole] += _WHOLE * state.begins[low : low + whole]
        found: dict[int, int] = {}
        if high - low > _MOST_JUDGED:
            order = np.argpartition(-points, _MOST_JUDGED)[:_MOST_JUDGED]
            order = order[np.argsort(-points[order], kind="stable")]
        else:
            order = np.argsort(-points, kind="stable")
        for start in range(0, len(order), _CHUNK):
            for place in state.items[low:high][order[start : start + _CHUNK]].tolist():
                if place not in found and self._still_named(place, typed) and (count := self._count(place, visible)):
                    found[place] = count
                    if len(found) == limit:
                        return found
        return found

    def _meant(self, split: list[str]) -> Iterator[str]:
        """Returns corrections of a query with misspelled words, the nearest first."""
        spellings = []
        for word in split[:-1]:
            near = self._vocabulary.spellings(word)
            spellings.append(sorted(near, key=lambda spelt, near=near: near[spelt])[:3] or [word])  # type: ignore[misc]
        spellings.append([split[-1], *self._vocabulary.beginnings(split[-1])])
        for combined in itertools.product(*spellings):
            if list(combined) != split:
                yield " ".join(combined)

    def _named(self, whole: str, *, anywhere: bool) -> list[int]:
        state, whole = self._state, whole[:_LONGEST_KEY]
        low = bisect_left(state.keys, whole)
        high = bisect_left(state.keys, whole + "\0", low)
        return sorted(
            {
                place
                for place, begins in zip(state.items[low:high].tolist(), state.begins[low:high].tolist(), strict=True)
                if self._kinds[place] != TITLE and (begins or (anywhere and self._kinds[place] == PERSON))
            },
            key=lambda place: -len(self._titles[place]),
        )

    def _count(self, place: int, visible: visibility_index.Mask) -> int:
        titles = self._titles[place]
        return int(np.count_nonzero(visible[titles[titles < len(visible)]]))

    def _still_named(self, place: int, typed: str) -> bool:
        """Whether a title still has such a name: the list also has older names."""
        if self._kinds[place] != TITLE:
            return True
        names = self._names[place].values()
        return any(key.startswith(typed) for name in names for key, _ in _keys(tokenizer.name_words(name)))

    def _suggestion(self, place: int, count: int) -> indexed_titles.Suggestion:
        kind = self._kinds[place]
        target = self._ordinals.title_id(int(self._titles[place][0])) if kind == TITLE else self._targets[place]
        return indexed_titles.Suggestion(kind, self._names[place], target, count)


def _keys(words: list[str]) -> Iterator[tuple[str, bool]]:
    """Returns the keys of a name, and whether the name begins with each; its article may be left out."""
    name = " ".join(words)
    article = len(name) - len(" ".join(tokenizer.without_article(words)))
    starts = tokenizer.starts(name)
    for start in starts[: _MOST_STARTS if len(starts) == len(words) else _LONGEST_KEY]:
        yield name[start : start + _LONGEST_KEY], start <= article
    if 1 < len(words) <= _MOST_STARTS:
        yield "".join(words)[:_LONGEST_KEY], True


def _with(state: _State, fresh: list[tuple[str, int, bool]], weights: _Weights) -> _State:
    """Returns a state with added names, which are sorted."""
    if len(fresh) > _MANY:
        known = zip(state.keys, state.items.tolist(), state.begins.tolist(), strict=True)
        # Not one large sort: merging lets other threads run in between.
        merged = list(heapq.merge(known, fresh))
        return _State(
            [key for key, _, _ in merged],
            np.array([place for _, place, _ in merged], dtype=np.int32),
            np.array([begins for _, _, begins in merged], dtype=np.bool_),
            weights,
        )
    at = [bisect_left(state.keys, key) for key, _, _ in fresh]
    keys = state.keys.copy()
    for offset, (place, (key, _, _)) in enumerate(zip(at, fresh, strict=True)):
        keys.insert(place + offset, key)
    items = np.insert(state.items, at, [place for _, place, _ in fresh])
    begins = np.insert(state.begins, at, [begins for _, _, begins in fresh])
    return _State(keys, items, begins, weights)
