"""The full-text index: tantivy in memory, built from the database after a start and updated with each change.

It returns the ordinals of titles, the best first, for any viewer: the caller checks which of them a viewer may see.
"""

import bisect
import math
from collections.abc import Iterable, Sequence
from typing import Any, cast

import tantivy

from services.catalog.domain import fusion, indexed_titles, title_lists
from services.catalog.search import fulltext_query, spell_index
from services.catalog.titles import title_ordinals
from services.kit import tokenizer

_MOST_WORDS = 12
#: How many results a search has at most. Nobody pages further.
_DEEPEST = 1000
_HEAP_BYTES = 60_000_000
#: The share of the words that counts as most of them.
_MOST_OF_THEM = 0.75


class FulltextIndex:
    """Finds titles by words. Any thread may search while one other updates.

    Args:
        ordinals: the ordinals of titles.
    """

    def __init__(self, ordinals: title_ordinals.TitleOrdinals) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("ordinal", indexed=True, fast=True)
        builder.add_text_field("whole_name", tokenizer_name="raw", index_option="basic")
        builder.add_text_field("filter", tokenizer_name="raw", index_option="basic")
        # The index holds the cards as well, so a search needs no database.
        builder.add_text_field("language", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_bytes_field("card", stored=True)
        builder.add_text_field("person", stored=True, tokenizer_name="raw", index_option="basic")
        for field in fulltext_query.FIELDS:
            # The words are split beforehand, so that titles and queries are split by the same rules.
            builder.add_text_field(field, stored=True, tokenizer_name="whitespace", index_option="freq")
        self._ordinals = ordinals
        self._schema = builder.build()
        self._queries = fulltext_query.Builder(self._schema)
        self._index = tantivy.Index(self._schema)
        self._writer: tantivy.IndexWriter | None = None
        #: Every word that titles are searched by.
        self.vocabulary = spell_index.SpellIndex()
        self._held: set[int] = set()

    def update(self, entries: Iterable[indexed_titles.TitleEntry]) -> None:
        """Adds entries and replaces older ones of the same titles. They are found after `commit`."""
        self._writer = self._writer or self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for entry in entries:
            ordinal = self._ordinals.assign(entry.title_id)
            if ordinal in self._held:
                self._writer.delete_documents_by_query(self._queries.with_ordinals([ordinal]))
            if entry.names:
                self._held.add(ordinal)
                self._add(self._writer, ordinal, entry)

    def commit(self) -> None:
        """Makes added entries available."""
        self.vocabulary.commit()
        if self._writer is not None:
            self._writer.commit()
            # A writer holds much memory, so it is closed after its work.
            self._writer.wait_merging_threads()
            self._writer = None
            self._index.reload()

    def analyze(self, query: str) -> fulltext_query.AnalyzedQuery:
        """Returns a query split into words, with what each may be a misspelling of."""
        name_words = tokenizer.name_words(query)[:_MOST_WORDS]
        words = tokenizer.query_terms(name_words)[:_MOST_WORDS]
        return fulltext_query.AnalyzedQuery(name_words, words, [self.vocabulary.spellings(word) for word in words])

    def rank(
        self, analyzed: fulltext_query.AnalyzedQuery, filters: title_lists.Filters, *, loose: bool = False
    ) -> fusion.WordResults:
        """Returns the titles with all words, or with some words if `loose`, the best first."""
        if not analyzed.words or not (loose or analyzed.findable):
            return fusion.WordResults((), loose=loose, length=len(analyzed.words))
        found = self._queries.any_of(analyzed) if loose else self._queries.all_of(analyzed)
        searcher = self._index.searcher()
        hits = searcher.search(self._queries.filtered(found, filters), _DEEPEST, count=False).hits
        ranked = _ordinals_at(searcher, [address for _, address in hits])
        named = _at_least(fulltext_query.NAMED, hits)
        if not loose:
            return fusion.WordResults(ranked, named, length=len(analyzed.words))
        enough = max(2, math.ceil(len(analyzed.significant) * _MOST_OF_THEM)) * fulltext_query.FOUND
        return fusion.WordResults(ranked, named, loose=True, length=len(analyzed.words), most=_at_least(enough, hits))

    def filter_ordinals(self, some: Sequence[int], filters: title_lists.Filters) -> set[int]:
        """Returns those of some titles that pass the filters."""
        if not some:
            return set()
        searcher = self._index.searcher()
        query = self._queries.filtered(self._queries.with_ordinals(some), filters)
        hits = searcher.search(query, len(some), count=False).hits
        return set(_ordinals_at(searcher, [address for _, address in hits]))

    def matches(self, some: Sequence[int], analyzed: fulltext_query.AnalyzedQuery) -> dict[int, indexed_titles.Match]:
        """Returns the matches of titles by ordinal; deleted titles are left out."""
        if not some:
            return {}
        searcher = self._index.searcher()
        addresses = [address for _, address in searcher.search(self._queries.with_ordinals(some), len(some)).hits]
        found = _ordinals_at(searcher, addresses)
        return {
            ordinal: _match(searcher.doc(address), analyzed) for ordinal, address in zip(found, addresses, strict=True)
        }

    def _add(self, writer: tantivy.IndexWriter, ordinal: int, entry: indexed_titles.TitleEntry) -> None:
        document = tantivy.Document()
        document.add_unsigned("ordinal", ordinal)
        for whole in set().union(*(_whole(tokenizer.name_words(name)) for name in entry.names)):
            document.add_text("whole_name", whole)
        for value in entry.filter_terms:
            document.add_text("filter", value)
        for person in entry.people:
            document.add_text("person", person)
        for field in fulltext_query.FIELDS:
            found = [term for text in getattr(entry, field) for term in tokenizer.index_terms(text)]
            document.add_text(field, " ".join(found))
            self.vocabulary.add(found)
        for language, card in entry.cards.items():
            document.add_text("language", language)
            document.add_bytes("card", card)
        writer.add_document(document)


def _ordinals_at(searcher: tantivy.Searcher, addresses: list[tantivy.DocAddress]) -> list[int]:
    """Returns the ordinals of the titles at some addresses, without unpacking their documents."""
    return cast("list[int]", searcher.fast_field_values("ordinal", addresses))


def _at_least(points: float, hits: Sequence[tuple[Any, tantivy.DocAddress]]) -> int:
    """Returns the number of hits with at least so many points; hits are ordered by points."""
    return bisect.bisect_right(hits, -points, key=lambda hit: -hit[0])


def _whole(name: list[str]) -> set[str]:
    """Returns what a whole name may be typed as: also without its article, and as one word."""
    return {" ".join(name), " ".join(tokenizer.without_article(name)), "".join(name)} - {""}


def _match(document: tantivy.Document, analyzed: fulltext_query.AnalyzedQuery) -> indexed_titles.Match:
    fields, named = [], False
    for name, (field, _) in fulltext_query.FIELDS.items():
        found = analyzed.found_in(document[name][0])
        if any(found):
            fields.append(field)
        named |= field == indexed_titles.IN_NAME and all(found) and bool(found)
    cards = dict(zip(document["language"], map(bytes, document["card"]), strict=True))
    return indexed_titles.Match(
        tuple(fields), named, _person(document["person"], analyzed) if indexed_titles.IN_PERSON in fields else "", cards
    )


def _person(people: Iterable[str], analyzed: fulltext_query.AnalyzedQuery) -> str:
    """Returns the person whose name has the most words of the query."""
    return max(people, key=lambda person: sum(analyzed.found_in(" ".join(tokenizer.index_terms(person)))))
