"""Puts what was found by words and what was found by meaning into one ranking.

Names come first as the words rank them: who types a name wants that title. Behind them each list gives a title the more
the further up it stands there; reciprocal ranks need no common scale for scores that have none. The figures were
calibrated on the seed and on 36,273 films: decision 0017.
"""

from collections.abc import Sequence
from dataclasses import dataclass

#: A title that is farther from the query than this, or so much farther than the closest, is not a result.
LEAST_SIMILARITY, MOST_BEHIND = 0.27, 0.22
#: To letters that are no words the model finds something, too.
_LEAST_WITHOUT_WORDS = 0.40
#: Beside names only what is very close: to a name alone the model finds much that merely looks like one.
_LEAST_BESIDE_NAMES = 0.45
#: A query of so few words, all of which are found, asks for the words.
_FEW_WORDS = 2
#: How much the two lists weigh. A title in which only some of the words stand weighs less than one with most of them.
_MOST_WORDS, _SOME_WORDS, _MEANING = 1.4, 0.5, 1.5
#: How slowly a list's weight wears off from rank to rank.
_SMOOTHING = 20
#: Titles in which only some words stand are many and mean little, once meaning has been asked.
_MOST_LOOSE = 30


@dataclass(frozen=True, slots=True)
class ByWords:
    """What was found by words: the numbers of titles, the best first."""

    numbers: Sequence[int]
    #: How many at the beginning bear the words in their name, or in their people's.
    named: int = 0
    #: Whether one word of the query was enough.
    loose: bool = False
    #: How many words the query has.
    length: int = 0
    #: How many at the beginning have most of the words, where one was enough.
    most: int = 0

    @property
    def leading(self) -> int:
        """How many at the beginning stay there: those that bear the words as a name, or all, of a query like a name."""
        return len(self.numbers) if self.length <= _FEW_WORDS and not self.loose else self.named


@dataclass(frozen=True, slots=True)
class Near:
    """A title and how close it is in meaning."""

    number: int
    similarity: float


def close_enough(words: ByWords, near: Sequence[Near]) -> list[Near]:
    """Answers those that are results by their meaning, beside what words found; `near` has the closest first."""
    if not near:
        return []
    least = LEAST_SIMILARITY if words.numbers else _LEAST_WITHOUT_WORDS
    least = _LEAST_BESIDE_NAMES if words.leading else least
    least = max(least, near[0].similarity - MOST_BEHIND)
    return [one for one in near if one.similarity >= least]


def fuse(words: ByWords, near: Sequence[Near]) -> list[int]:
    """Answers the numbers of all that were found, each once, the best first."""
    if not near:
        return list(words.numbers)
    first, rest = words.numbers[: words.leading], words.numbers[words.leading :]
    if words.loose:
        rest = rest[:_MOST_LOOSE]
    points: dict[int, float] = {}
    most = words.most - words.leading if words.loose else len(rest)
    for rank, number in enumerate(rest):
        points[number] = (_MOST_WORDS if rank < most else _SOME_WORDS) / (_SMOOTHING + rank)
    for rank, one in enumerate(near):
        points[one.number] = points.get(one.number, 0.0) + _MEANING / (_SMOOTHING + rank)
    named = dict.fromkeys(first)
    return [*named, *(number for number in sorted(points, key=lambda number: -points[number]) if number not in named)]
