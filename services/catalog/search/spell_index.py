"""The vocabulary of the search index, for the correction of misspelled words."""

import functools
from collections.abc import Iterable

import tantivy

from services.kit import tokenizer

_MOST_SPELLINGS, _MOST_BEGINNINGS = 32, 128
_MOST_REMEMBERED = 4096
_HEAP_BYTES = 30_000_000

_Occur, _Query = tantivy.Occur, tantivy.Query


class SpellIndex:
    """The words of all titles. Any thread may read while one other adds words."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("word", stored=True, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer: tantivy.IndexWriter | None = None
        self._words: set[str] = set()
        self._remember()

    def add(self, found: Iterable[str]) -> None:
        """Adds words. They are found after `commit`, and are never removed."""
        for word in set(found) - self._words:
            self._words.add(word)
            if tokenizer.is_unspaced(word):
                continue
            self._writer = self._writer or self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
            self._writer.add_document(tantivy.Document(word=word))

    def commit(self) -> None:
        """Makes added words available."""
        if self._writer is not None:
            self._writer.commit()
            # A writer holds much memory, so it is closed after its work.
            self._writer.wait_merging_threads()
            self._writer = None
            self._index.reload()
            self._remember()

    def spellings(self, word: str) -> dict[str, int]:
        """Returns the words that a word may be a misspelling of, each with the number of edits between them."""
        return self._remembered(word)

    def beginnings(self, word: str) -> list[str]:
        """Returns the words that a misspelled, unfinished word may begin; none if it is too short to correct."""
        if not tokenizer.edits_forgiven(len(word)) or tokenizer.is_unspaced(word):
            return []
        begun = _Query.fuzzy_term_query(self._schema, "word", word, distance=1, prefix=True)
        searcher = self._index.searcher()
        hits = searcher.search(begun, _MOST_BEGINNINGS, count=False).hits
        return sorted((searcher.doc(address)["word"][0] for _, address in hits), key=lambda found: (len(found), found))

    def _remember(self) -> None:
        """Remembers corrections anew: a query that is typed letter by letter repeats its words with each letter."""
        self._remembered = functools.lru_cache(_MOST_REMEMBERED)(self._spellings)

    def _spellings(self, word: str) -> dict[str, int]:
        if word in self._words and (tokenizer.is_unspaced(word) or not tokenizer.edits_forgiven(len(word))):
            return {word: 0}
        if tokenizer.is_unspaced(word):
            return {}
        # The correct word may be a letter longer. Two edits are tried only if one leads to nothing: they cost the most
        # and are the least likely.
        for edits in range(1, tokenizer.edits_forgiven(len(word) + 1) + 1):
            near = {
                spelling: distance
                for spelling, distance in self._near(word, edits)
                if distance <= tokenizer.edits_forgiven(max(len(word), len(spelling)))
            }
            if near:
                return near
        return {}

    def _near(self, word: str, edits: int) -> list[tuple[str, int]]:
        """Returns the words within one edit, or those at two edits, the nearest first, each with its distance."""
        within = [_Query.fuzzy_term_query(self._schema, "word", word, distance=edits)]
        if edits == 1:  # Two are tried only if these lead to nothing.
            exact = _Query.term_query(self._schema, "word", word, index_option="basic")
            within.append(_Query.const_score_query(exact, 1.0))
        searcher = self._index.searcher()
        query = _Query.boolean_query([(_Occur.Should, one) for one in within])
        hits = searcher.search(query, _MOST_SPELLINGS, count=False).hits
        return [(searcher.doc(address)["word"][0], edits + 1 - round(points)) for points, address in hits]
