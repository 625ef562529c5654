"""Every word of the search index once, so that a misspelt word can be asked what it may stand for."""

from collections.abc import Iterable

import tantivy

from services.catalog.domain import tokenizer

_MOST_SPELLINGS, _MOST_BEGINNINGS = 32, 128
_MOST_ASKED = 4096
_HEAP_BYTES = 30_000_000

_Occur, _Query = tantivy.Occur, tantivy.Query


class SpellIndex:
    """Knows words. It may be asked from any thread while one other adds to it."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("word", stored=True, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer: tantivy.IndexWriter | None = None
        self._known: set[str] = set()
        #: What was asked last: a query typed letter by letter asks for all its words again with each letter.
        self._asked: dict[str, dict[str, int]] = {}

    def add(self, found: Iterable[str]) -> None:
        """Takes words in. They are known after `commit`, and stay known."""
        for word in set(found) - self._known:
            self._known.add(word)
            self._writer = self._writer or self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
            self._writer.add_document(tantivy.Document(word=word))

    def commit(self) -> None:
        """Lets what was added be known."""
        if self._writer is not None:
            self._writer.commit()
            # A writer holds much memory, so it does not outlive its work.
            self._writer.wait_merging_threads()
            self._writer = None
            self._index.reload()
            self._asked = {}

    def spellings(self, word: str) -> dict[str, int]:
        """Answers what a word may stand for, and how many edits away that is."""
        asked = self._asked
        known = asked.get(word)
        if known is None:
            known = self._spellings(word)
            if len(asked) >= _MOST_ASKED:
                asked.clear()
            asked[word] = known
        return known

    def beginnings(self, word: str) -> list[str]:
        """Answers words that begin as a misspelt, unfinished word was to; none for one too short to be forgiven."""
        if not tokenizer.edits_forgiven(len(word)):
            return []
        begun = _Query.fuzzy_term_query(self._schema, "word", word, distance=1, prefix=True)
        searcher = self._index.searcher()
        hits = searcher.search(begun, _MOST_BEGINNINGS, count=False).hits
        return sorted((searcher.doc(address)["word"][0] for _, address in hits), key=lambda found: (len(found), found))

    def _spellings(self, word: str) -> dict[str, int]:
        if not tokenizer.edits_forgiven(len(word)) and word in self._known:
            return {word: 0}
        # The word that was meant may be a letter longer. Two edits are tried only where one is not enough: they cost
        # most and mean least.
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
        """Answers words within one edit, or those two edits away, the nearest first, each with its distance."""
        within = [_Query.fuzzy_term_query(self._schema, "word", word, distance=edits)]
        if edits == 1:  # Two are asked for only where these lead to nothing.
            exact = _Query.term_query(self._schema, "word", word, index_option="basic")
            within.append(_Query.const_score_query(exact, 1.0))
        searcher = self._index.searcher()
        query = _Query.boolean_query([(_Occur.Should, one) for one in within])
        hits = searcher.search(query, _MOST_SPELLINGS, count=False).hits
        return [(searcher.doc(address)["word"][0], edits + 1 - round(points)) for points, address in hits]
