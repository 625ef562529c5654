"""The search index: tantivy in memory, built from the database after a start, and brought up to date by changes.

It answers numbers of titles, the best first, whoever asks: who may know of which is judged by those who ask.
"""

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import tantivy

from services.catalog import fulltext_query, spell_index, title_ordinals
from services.catalog.domain import fusion, listing, tokenizer

_MOST_WORDS = 12
#: How deep a search goes. Nobody pages further.
_DEEPEST = 1000
_HEAP_BYTES = 60_000_000
#: A title with so great a part of the words has most of them.
_MOST_OF_THEM = 0.75


@dataclass(frozen=True, slots=True)
class TitleEntry:
    """What a title is found by. An entry without names takes the title out of the index."""

    title_id: str
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    synopsis: tuple[str, ...] = ()
    #: What it can be filtered by, as `fulltext_query.filter_terms` writes it.
    filter_terms: tuple[str, ...] = ()
    #: What it is shown with where it is found, encoded, by language.
    cards: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """A title as a result: where words of the query stand in it, and its cards by language."""

    #: NAME, PERSON, SYNOPSIS, the strongest first.
    fields: tuple[int, ...]
    #: Whether all words that tell something stand in its names.
    named: bool
    #: The person in whom they stand, if they do.
    person: str
    cards: Mapping[str, bytes]


class FulltextIndex:
    """Finds titles by words. It may be searched from any thread while one other updates it.

    Args:
        numbered: the numbers of titles.
    """

    def __init__(self, numbered: title_ordinals.TitleOrdinals) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("number", indexed=True, fast=True)
        builder.add_text_field("whole_name", tokenizer_name="raw", index_option="basic")
        builder.add_text_field("filter", tokenizer_name="raw", index_option="basic")
        # Cards lie beside the words: a search that found something need not ask the database what to show.
        builder.add_text_field("language", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_bytes_field("card", stored=True)
        builder.add_text_field("person", stored=True, tokenizer_name="raw", index_option="basic")
        for place in fulltext_query.PLACES:
            # The words come split already, so that titles and queries are split by the same rules.
            builder.add_text_field(place, stored=True, tokenizer_name="whitespace", index_option="freq")
        self._numbered = numbered
        self._schema = builder.build()
        self._queries = fulltext_query.Builder(self._schema)
        self._index = tantivy.Index(self._schema)
        self._writer: tantivy.IndexWriter | None = None
        #: Every word that titles are found by.
        self.vocabulary = spell_index.SpellIndex()
        self._held: set[int] = set()

    def update(self, entries: Iterable[TitleEntry]) -> None:
        """Takes entries in, in place of older ones of the same titles. They are found after `commit`."""
        self._writer = self._writer or self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for entry in entries:
            number = self._numbered.of(entry.title_id)
            if number in self._held:
                self._writer.delete_documents_by_query(self._queries.numbered([number]))
            if entry.names:
                self._held.add(number)
                self._add(self._writer, number, entry)

    def commit(self) -> None:
        """Lets what was taken in be found."""
        self.vocabulary.commit()
        if self._writer is not None:
            self._writer.commit()
            # A writer holds much memory, so it does not outlive its work.
            self._writer.wait_merging_threads()
            self._writer = None
            self._index.reload()

    def asked(self, query: str) -> fulltext_query.AnalyzedQuery:
        """Takes apart what was typed."""
        split = tokenizer.split(query)[:_MOST_WORDS]
        return fulltext_query.AnalyzedQuery(split, [self.vocabulary.spellings(word) for word in split])

    def rank(
        self, asked: fulltext_query.AnalyzedQuery, filters: listing.Filters, *, loose: bool = False
    ) -> fusion.ByWords:
        """Answers the titles in which all words are found, or only some if `loose`, the best first."""
        if not asked.words or not (loose or asked.findable):
            return fusion.ByWords((), loose=loose, length=len(asked.words))
        found = self._queries.any_of(asked) if loose else self._queries.all_of(asked)
        searcher = self._index.searcher()
        hits = searcher.search(self._queries.filtered(found, filters), _DEEPEST, count=False).hits
        ranked = _numbers(searcher, [address for _, address in hits])
        named = _at_least(fulltext_query.NAMED, hits)
        if not loose:
            return fusion.ByWords(ranked, named, length=len(asked.words))
        enough = max(2, math.ceil(len(asked.telling) * _MOST_OF_THEM)) * fulltext_query.FOUND
        return fusion.ByWords(ranked, named, loose=True, length=len(asked.words), most=_at_least(enough, hits))

    def among(self, some: Sequence[int], filters: listing.Filters) -> set[int]:
        """Answers those of some titles that have what the filters ask for."""
        if not some:
            return set()
        searcher = self._index.searcher()
        query = self._queries.filtered(self._queries.numbered(some), filters)
        hits = searcher.search(query, len(some), count=False).hits
        return set(_numbers(searcher, [address for _, address in hits]))

    def matches(self, some: Sequence[int], asked: fulltext_query.AnalyzedQuery) -> dict[int, Match]:
        """Answers what titles are shown with as results, by number; those that are gone are left out."""
        if not some:
            return {}
        searcher = self._index.searcher()
        addresses = [address for _, address in searcher.search(self._queries.numbered(some), len(some)).hits]
        found = _numbers(searcher, addresses)
        return {number: _match(searcher.doc(address), asked) for number, address in zip(found, addresses, strict=True)}

    def _add(self, writer: tantivy.IndexWriter, number: int, entry: TitleEntry) -> None:
        document = tantivy.Document()
        document.add_unsigned("number", number)
        for whole in set().union(*(_whole(tokenizer.split(name)) for name in entry.names)):
            document.add_text("whole_name", whole)
        for value in entry.filter_terms:
            document.add_text("filter", value)
        for person in entry.people:
            document.add_text("person", person)
        for place in fulltext_query.PLACES:
            found = tokenizer.split(" ".join(getattr(entry, place)))
            document.add_text(place, " ".join(found))
            self.vocabulary.add(found)
        for language, card in entry.cards.items():
            document.add_text("language", language)
            document.add_bytes("card", card)
        writer.add_document(document)


def _numbers(searcher: tantivy.Searcher, addresses: list[tantivy.DocAddress]) -> list[int]:
    """Answers the numbers of the titles at some addresses, without unpacking what is kept there."""
    return cast("list[int]", searcher.fast_field_values("number", addresses))


def _at_least(points: float, hits: Sequence[tuple[Any, tantivy.DocAddress]]) -> int:
    """Answers how many hits, which come with the most points first, have so many."""
    return bisect.bisect_right(hits, -points, key=lambda hit: -hit[0])


def _whole(name: list[str]) -> set[str]:
    """Answers what a whole name may be typed as: also without its article, and as one word."""
    return {" ".join(name), " ".join(tokenizer.without_article(name)), "".join(name)} - {""}


def _match(document: tantivy.Document, asked: fulltext_query.AnalyzedQuery) -> Match:
    fields, named = [], False
    for place, (number, _) in fulltext_query.PLACES.items():
        found = asked.found_in(document[place][0])
        if any(found):
            fields.append(number)
        named |= number == fulltext_query.NAME and all(found) and bool(found)
    cards = dict(zip(document["language"], map(bytes, document["card"]), strict=True))
    return Match(
        tuple(fields), named, _person(document["person"], asked) if fulltext_query.PERSON in fields else "", cards
    )


def _person(people: Iterable[str], asked: fulltext_query.AnalyzedQuery) -> str:
    """Answers the person in whose name most words of the query stand."""
    return max(people, key=lambda person: sum(asked.found_in(" ".join(tokenizer.split(person)))))
