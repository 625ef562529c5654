"""Queries of the full-text index.

Corrections of misspelled words are looked up first. So the weight of a match can depend on the number of edits, and the
fields in which words were found are known without another comparison of letters.
"""

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import tantivy

from services.catalog.domain import indexed_titles, title_lists
from services.kit import tokenizer

#: The fields in which words are searched, the most important first, and the weight of a word in each.
FIELDS = {
    "names": (indexed_titles.IN_NAME, 4.0),
    "people": (indexed_titles.IN_PERSON, 2.0),
    "synopsis": (indexed_titles.IN_SYNOPSIS, 0.5),
}
#: The bonus of a title with all words in its names, or in those of its people: more than all words weigh together.
NAMED = 50_000.0
#: The bonus for each word of the query in a title that need not have all of them.
FOUND = 1_000.0

#: The weight of a word by the number of edits.
_NEARNESS = (1.0, 0.35, 0.12)
#: The weight of a word that is only the beginning of another: between a right and a misspelled word.
_UNFINISHED = 5.0
#: The weight of the whole query if it is the whole name of a title.
_WHOLE_NAME = 6.0
_MOST_COMBINED = 16
#: So few titles are found faster one by one; a set of ordinals is an automaton, which has to be built first.
_FEW = 100

_Occur, _Query = tantivy.Occur, tantivy.Query


@dataclass(frozen=True)
class AnalyzedQuery:
    """A query: its words, its terms, and for each term its corrections with the number of edits."""

    #: The query as it might name a title.
    name_words: Sequence[str]
    #: What a title must have: the words, but pairs of letters in scripts without spaces.
    words: Sequence[str]
    spellings: Sequence[Mapping[str, int]]

    @functools.cached_property
    def significant(self) -> list[int]:
        """The positions of significant words: short ones are in nearly every title."""
        found = [
            position
            for position, word in enumerate(self.words)
            if tokenizer.edits_forgiven(len(word)) or tokenizer.is_unspaced(word)
        ]
        return found or list(range(len(self.words)))

    @property
    def findable(self) -> bool:
        """Whether one title may have all words: each has a correction, except the last one, which may be unfinished."""
        return all(self.spellings[:-1])

    def found_in(self, text: str) -> list[bool]:
        """Returns for each significant word whether a text has it, or, for the last one, a word that begins with it."""
        text_words, last = frozenset(text.split()), len(self.words) - 1
        return [
            not text_words.isdisjoint(self.spellings[position])
            or (position == last and f" {self.words[position]}" in f" {text}")
            for position in self.significant
        ]


class Builder:
    """Builds queries over the fields of the index."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def all_of(self, analyzed: AnalyzedQuery) -> tantivy.Query:
        """Returns the query for titles with every word, before them those with the words in their names."""
        every = self._every(self._each(analyzed, FIELDS, forgiving=True))
        named = [self._every(self._each(analyzed, [field], forgiving=False)) for field in ("names", "people")]
        first = _Query.const_score_query(_some(named), NAMED)
        return _some([every, first, *self._whole_names(analyzed)])

    def any_of(self, analyzed: AnalyzedQuery) -> tantivy.Query:
        """Returns the query for titles with some word, before them those whose name differs by a few letters."""
        each = list(self._each(analyzed, FIELDS, forgiving=True))
        significant = [each[position] for position in analyzed.significant]
        some = [*significant, *(_Query.const_score_query(one, FOUND) for one in significant)]
        name = " ".join(analyzed.name_words)
        if edits := tokenizer.edits_forgiven(len(name)):
            similar = _Query.fuzzy_term_query(self._schema, "whole_name", name, distance=edits)
            some.append(_Query.const_score_query(similar, NAMED))
        return _some(some)

    def filtered(self, query: tantivy.Query, filters: title_lists.Filters) -> tantivy.Query:
        """Returns `query`, limited to titles that pass the filters."""
        conditions = [self._term("filter", value) for value in indexed_titles.filter_terms(filters)]
        if not conditions:
            return query
        return _Query.boolean_query([(_Occur.Must, one) for one in (query, *conditions)])

    def with_ordinals(self, ordinals: Sequence[int]) -> tantivy.Query:
        """Returns the query for titles by their ordinals."""
        if len(ordinals) <= _FEW:
            return _some([self._with_ordinal(ordinal) for ordinal in ordinals])
        return _Query.term_set_query(self._schema, "ordinal", list(ordinals))

    def _each(
        self, analyzed: AnalyzedQuery, fields: Sequence[str] | Mapping[str, object], *, forgiving: bool
    ) -> Iterator[tantivy.Query]:
        """Returns for each word the query for titles with it in one of the fields.

        A word that exists is corrected only if `forgiving`.
        """
        for position, (word, spellings) in enumerate(zip(analyzed.words, analyzed.spellings, strict=True), start=1):
            known = 0 in spellings.values()
            found = []
            for field in fields:
                weight = FIELDS[field][1]
                for spelt, edits in spellings.items():
                    if forgiving or edits == 0 or not known:
                        found.append(_Query.boost_query(self._term(field, spelt), weight * _NEARNESS[edits]))
                if position == len(analyzed.words):
                    begun = _Query.fuzzy_term_query(self._schema, field, word, distance=0, prefix=True)
                    found.append(_Query.boost_query(begun, weight * _UNFINISHED))
            yield _some(found)

    def _whole_names(self, analyzed: AnalyzedQuery) -> Iterator[tantivy.Query]:
        """Returns queries for titles whose whole name the query may be, as long as they are few."""
        names = {tuple(analyzed.name_words): 0}
        if len(analyzed.words) == len(analyzed.name_words):
            nearest = [sorted(spellings.items(), key=lambda spelt: spelt[1])[:3] for spellings in analyzed.spellings]
            for combined in itertools.islice(itertools.product(*nearest), _MOST_COMBINED):
                names.setdefault(tuple(word for word, _ in combined), sum(distance for _, distance in combined))
        for name, edits in names.items():
            for whole in {" ".join(name), "".join(name)}:
                named = _Query.term_query(self._schema, "whole_name", whole, index_option="basic")
                yield _Query.boost_query(named, _WHOLE_NAME / (1 + edits))
                if not edits:
                    yield _Query.const_score_query(named, NAMED)

    def _term(self, field: str, value: str) -> tantivy.Query:
        option = "basic" if field == "filter" else "freq"
        return _Query.term_query(self._schema, field, value, index_option=option)

    def _with_ordinal(self, ordinal: int) -> tantivy.Query:
        return _Query.term_query(self._schema, "ordinal", ordinal, index_option="basic")

    @staticmethod
    def _every(queries: Iterator[tantivy.Query]) -> tantivy.Query:
        return _Query.boolean_query([(_Occur.Must, one) for one in queries])


def _some(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return _Query.boolean_query([(_Occur.Should, one) for one in queries])
