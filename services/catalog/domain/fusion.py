"""Merges the results by words and by meaning into one ranking.

Matches of names come first: a user who types a name wants that title. Behind them each list adds the more to a title,
the higher it ranks there; reciprocal ranks need no common scale of scores. The figures were calibrated on the seed and
on 36,273 films: decision 0017.
"""

from collections.abc import Sequence
from dataclasses import dataclass

#: The least similarity of a result, and the most by which it may be below that of the first one.
LEAST_SIMILARITY, MOST_BEHIND = 0.27, 0.22
#: Without any word: the model also finds something for letters that are no words.
_LEAST_WITHOUT_WORDS = 0.40
#: Beside matches of names: for a name the model finds much that merely looks like one.
_LEAST_BESIDE_NAMES = 0.45
#: A query of so few words, all of which are found, is meant literally.
_FEW_WORDS = 2
#: The weights of the lists: titles with most of the words, titles with some, titles by meaning.
_MOST_WORDS, _SOME_WORDS, _MEANING = 1.4, 0.5, 1.5
#: The larger, the slower the weight falls from rank to rank.
_SMOOTHING = 20
#: Titles with only some of the words are many, and say little beside results by meaning.
_MOST_LOOSE = 30


@dataclass(frozen=True, slots=True)
class WordResults:
    """The results by words: the ordinals of titles, the best first."""

    ordinals: Sequence[int]
    #: How many of the first have the words in their name, or in those of their people.
    named: int = 0
    #: Whether one word of the query was enough.
    loose: bool = False
    #: The number of words of the query.
    length: int = 0
    #: How many of the first have most of the words, if one was enough.
    most: int = 0

    @property
    def leading(self) -> int:
        """How many of the first stay first: those with the words in a name, or all of a query that is like a name."""
        return len(self.ordinals) if self.length <= _FEW_WORDS and not self.loose else self.named


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A title and its similarity in meaning."""

    ordinal: int
    similarity: float


def drop_dissimilar(words: WordResults, neighbors: Sequence[Neighbor]) -> list[Neighbor]:
    """Returns those that are similar enough to be results beside those by words.

    `neighbors` has the most similar first.
    """
    if not neighbors:
        return []
    least = LEAST_SIMILARITY if words.ordinals else _LEAST_WITHOUT_WORDS
    least = _LEAST_BESIDE_NAMES if words.leading else least
    least = max(least, neighbors[0].similarity - MOST_BEHIND)
    return [one for one in neighbors if one.similarity >= least]


def fuse(words: WordResults, neighbors: Sequence[Neighbor]) -> list[int]:
    """Returns the ordinals of all results, each once, the best first."""
    if not neighbors:
        return list(words.ordinals)
    first, rest = words.ordinals[: words.leading], words.ordinals[words.leading :]
    if words.loose:
        rest = rest[:_MOST_LOOSE]
    points: dict[int, float] = {}
    most = words.most - words.leading if words.loose else len(rest)
    for rank, ordinal in enumerate(rest):
        points[ordinal] = (_MOST_WORDS if rank < most else _SOME_WORDS) / (_SMOOTHING + rank)
    for rank, one in enumerate(neighbors):
        points[one.ordinal] = points.get(one.ordinal, 0.0) + _MEANING / (_SMOOTHING + rank)
    named = dict.fromkeys(first)
    ranked = sorted(points, key=lambda ordinal: -points[ordinal])
    return [*named, *(ordinal for ordinal in ranked if ordinal not in named)]
