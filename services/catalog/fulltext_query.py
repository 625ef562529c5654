"""What the search index is asked.

What a misspelt word may stand for is asked first; so the weight of a match can tell a wrong letter from two, and where
the words were found can be told without comparing letters again.
"""

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import tantivy

from services.catalog.domain import listing, tokenizer

NAME, PERSON, SYNOPSIS = 1, 2, 3

#: Where words are found, the strongest first, and how much one weighs there.
PLACES = {"names": (NAME, 4.0), "people": (PERSON, 2.0), "synopsis": (SYNOPSIS, 0.5)}
#: What is put on top of a title that bears all the words in its names, or in its people's: more than all words weigh.
NAMED = 50_000.0
#: What is put on top for each word of a query that stands anywhere in a title that need not have all of them.
FOUND = 1_000.0

#: How much a word weighs that is as many edits away.
_NEARNESS = (1.0, 0.35, 0.12)
#: What a word weighs that is only the beginning of one, whatever it is: between the right one and a wrong one.
_UNFINISHED = 5.0
#: What the whole query weighs where it is a title's whole name.
_WHOLE_NAME = 6.0
_MOST_COMBINED = 16
#: So many titles are found faster one by one; a set of numbers is an automaton, which has to be built first.
_FEW = 100

_Occur, _Query = tantivy.Occur, tantivy.Query


@dataclass(frozen=True)
class AnalyzedQuery:
    """A query: its words, and for each what it may stand for and how many edits away that is."""

    words: Sequence[str]
    spellings: Sequence[Mapping[str, int]]

    @functools.cached_property
    def telling(self) -> list[int]:
        """The places of words that tell something: short ones stand in nearly every title."""
        found = [place for place, word in enumerate(self.words) if tokenizer.edits_forgiven(len(word))]
        return found or list(range(len(self.words)))

    @property
    def findable(self) -> bool:
        """Whether all words may stand in one title: each is known, or, as the last one, may be how one begins."""
        return all(self.spellings[:-1])

    def found_in(self, text: str) -> list[bool]:
        """Whether each telling word may stand for one of a text's words, or, as the last one, is how one begins."""
        stands, last = frozenset(text.split()), len(self.words) - 1
        return [
            not stands.isdisjoint(self.spellings[place]) or (place == last and f" {self.words[place]}" in f" {text}")
            for place in self.telling
        ]


class Builder:
    """Builds queries over the fields of the index."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def all_of(self, asked: AnalyzedQuery) -> tantivy.Query:
        """Titles in which every word is found, and before them those that bear the words in their names."""
        every = self._every(self._each(asked, PLACES, forgiving=True))
        named = [self._every(self._each(asked, [place], forgiving=False)) for place in ("names", "people")]
        first = _Query.const_score_query(_some(named), NAMED)
        return _some([every, first, *self._whole_names(asked)])

    def any_of(self, asked: AnalyzedQuery) -> tantivy.Query:
        """Titles in which some word is found, and before them those whose name differs by a few letters."""
        each = list(self._each(asked, PLACES, forgiving=True))
        telling = [each[place] for place in asked.telling]
        some = [*telling, *(_Query.const_score_query(one, FOUND) for one in telling)]
        name = " ".join(asked.words)
        if edits := tokenizer.edits_forgiven(len(name)):
            near = _Query.fuzzy_term_query(self._schema, "whole_name", name, distance=edits)
            some.append(_Query.const_score_query(near, NAMED))
        return _some(some)

    def filtered(self, query: tantivy.Query, filters: listing.Filters) -> tantivy.Query:
        """Answers what `query` finds among titles that have what the filters ask for."""
        conditions = [self._term("filter", value) for value in filter_terms(filters)]
        if not conditions:
            return query
        return _Query.boolean_query([(_Occur.Must, one) for one in (query, *conditions)])

    def numbered(self, numbers: Sequence[int]) -> tantivy.Query:
        """Titles by their numbers."""
        if len(numbers) <= _FEW:
            return _some([self._number(number) for number in numbers])
        return _Query.term_set_query(self._schema, "number", list(numbers))

    def _each(
        self, asked: AnalyzedQuery, places: Sequence[str] | Mapping[str, object], *, forgiving: bool
    ) -> Iterator[tantivy.Query]:
        """Answers for each word of the query the titles in which it is found in one of the places.

        A word that is one is not taken for a misspelt other unless that is to be forgiven.
        """
        for position, (word, spellings) in enumerate(zip(asked.words, asked.spellings, strict=True), start=1):
            known = 0 in spellings.values()
            found = []
            for place in places:
                weight = PLACES[place][1]
                for spelt, edits in spellings.items():
                    if forgiving or edits == 0 or not known:
                        found.append(_Query.boost_query(self._term(place, spelt), weight * _NEARNESS[edits]))
                if position == len(asked.words):
                    begun = _Query.fuzzy_term_query(self._schema, place, word, distance=0, prefix=True)
                    found.append(_Query.boost_query(begun, weight * _UNFINISHED))
            yield _some(found)

    def _whole_names(self, asked: AnalyzedQuery) -> Iterator[tantivy.Query]:
        """Answers titles with the whole names that the query may stand for, as long as those are few."""
        nearest = [sorted(spellings.items(), key=lambda spelt: spelt[1])[:3] for spellings in asked.spellings]
        for combined in itertools.islice(itertools.product(*nearest), _MOST_COMBINED):
            name, edits = [word for word, _ in combined], sum(distance for _, distance in combined)
            for whole in {" ".join(name), "".join(name)}:
                named = _Query.term_query(self._schema, "whole_name", whole, index_option="basic")
                yield _Query.boost_query(named, _WHOLE_NAME / (1 + edits))
                if not edits:
                    yield _Query.const_score_query(named, NAMED)

    def _term(self, field: str, value: str) -> tantivy.Query:
        option = "basic" if field == "filter" else "freq"
        return _Query.term_query(self._schema, field, value, index_option=option)

    def _number(self, number: int) -> tantivy.Query:
        return _Query.term_query(self._schema, "number", number, index_option="basic")

    @staticmethod
    def _every(queries: Iterator[tantivy.Query]) -> tantivy.Query:
        return _Query.boolean_query([(_Occur.Must, one) for one in queries])


def filter_terms(filters: listing.Filters) -> list[str]:
    """Answers what a title must have been kept under."""
    told = {
        "type": filters.type,
        "genre": filters.genre,
        "language": filters.language_code,
        "year": filters.year,
        "mood": filters.mood,
        "theme": filters.theme,
    }
    return [f"{kind}:{value}" for kind, value in told.items() if value]


def _some(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return _Query.boolean_query([(_Occur.Should, one) for one in queries])
