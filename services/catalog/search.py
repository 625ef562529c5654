"""The search index: tantivy in memory, built from the database after a start, and brought up to date by changes.

Every word of a query must be found in a title's names, its people or its synopsis. What a misspelt word may stand for
is asked first; so the weight of a match can tell a wrong letter from two, and where the words were found can be told
without comparing letters again.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import tantivy

from services.catalog import spelling
from services.catalog.domain import words

NAME, PERSON, SYNOPSIS = 1, 2, 3

#: Where words are found, the strongest first, and how much one weighs there.
_PLACES = {"names": (NAME, 4.0), "people": (PERSON, 2.0), "synopsis": (SYNOPSIS, 0.5)}
#: How much a word weighs that is as many edits away.
_NEARNESS = (1.0, 0.35, 0.12)
#: What a word weighs that is only the beginning of one, whatever it is: between the right one and a wrong one.
_UNFINISHED = 5.0
#: What the whole query weighs where it is a title's whole name, and where it is nearly that and nothing else is found.
_WHOLE_NAME, _NEARLY_WHOLE_NAME = 6.0, 100.0
_MOST_COMBINED = 16
_MOST_WORDS = 12
#: How deep a search goes. Nobody pages further.
_DEEPEST = 1000
_HEAP_BYTES = 60_000_000

_Occur, _Query = tantivy.Occur, tantivy.Query


@dataclass(frozen=True, slots=True)
class Entry:
    """What a title is found by. An entry without names takes the title out of the index."""

    title_id: str
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    synopsis: tuple[str, ...] = ()
    #: What it is shown with where it is found, encoded, by language.
    cards: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a ranking."""

    #: Whether one word of the query is enough; such titles are only looked for where none has all words.
    loose: bool = False
    #: How many hits are used up, shown or not.
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A title that was found, and where: NAME, PERSON, SYNOPSIS, the strongest first."""

    title_id: str
    fields: tuple[int, ...]
    #: The entry's cards, by language.
    cards: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query: its words, and for each what it may stand for and how many edits away that is."""

    words: list[str]
    spellings: list[dict[str, int]]


class Index:
    """Finds titles by words. It may be searched from any thread while one other updates it."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("title_id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("whole_name", tokenizer_name="raw", index_option="basic")
        # Cards lie beside the words: a search that found something need not ask the database what to show.
        builder.add_text_field("language", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_bytes_field("card", stored=True)
        for place in _PLACES:
            # The words come split already, so that titles and queries are split by the same rules.
            builder.add_text_field(place, stored=True, tokenizer_name="whitespace", index_option="freq")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer: tantivy.IndexWriter | None = None
        self._vocabulary = spelling.Vocabulary()

    def update(self, entries: Iterable[Entry]) -> None:
        """Takes entries in, in place of older ones of the same titles. They are found after `commit`."""
        self._writer = self._writer or self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for entry in entries:
            self._writer.delete_documents_by_term("title_id", entry.title_id)
            if entry.names:
                self._add(self._writer, entry)

    def commit(self) -> None:
        """Lets what was taken in be found."""
        self._vocabulary.commit()
        if self._writer is not None:
            self._writer.commit()
            # A writer holds much memory, so it does not outlive its work.
            self._writer.wait_merging_threads()
            self._writer = None
            self._index.reload()

    def find(
        self, query: str, shown: Callable[[str], bool], *, start: Place, limit: int
    ) -> tuple[list[Match], Place | None]:
        """Answers titles for which `shown` holds, the best first, and where the next page starts.

        Args:
            query: what was typed.
            shown: whether the viewer may know of a title.
            start: where to begin.
            limit: how many titles to answer at most.
        """
        split = words.split(query)[:_MOST_WORDS]
        if not split:
            return [], None
        asked = _Asked(split, [self._vocabulary.spellings(word) for word in split])
        if not start.loose:
            found, end = self._collect(self._all_of(asked), asked, shown, start, limit)
            if found or start.skip:
                return found, end
        return self._collect(self._any_of(asked), asked, shown, Place(loose=True, skip=start.skip), limit)

    def _add(self, writer: tantivy.IndexWriter, entry: Entry) -> None:
        document = tantivy.Document(title_id=entry.title_id)
        for whole in set().union(*(_whole(words.split(name)) for name in entry.names)):
            document.add_text("whole_name", whole)
        for place in _PLACES:
            found = words.split(" ".join(getattr(entry, place)))
            document.add_text(place, " ".join(found))
            self._vocabulary.add(found)
        for language, card in entry.cards.items():
            document.add_text("language", language)
            document.add_bytes("card", card)
        writer.add_document(document)

    def _collect(
        self, query: tantivy.Query, asked: _Asked, shown: Callable[[str], bool], start: Place, limit: int
    ) -> tuple[list[Match], Place | None]:
        searcher = self._index.searcher()
        found: list[Match] = []
        for position, address in _hits(searcher, query, start.skip, limit):
            document = searcher.doc(address)
            title_id = document["title_id"][0]
            if not shown(title_id):
                continue
            if len(found) == limit:
                return found, Place(start.loose, position)
            cards = dict(zip(document["language"], map(bytes, document["card"]), strict=True))
            found.append(Match(title_id, _fields(document, asked), cards))
        return found, None

    def _all_of(self, asked: _Asked) -> tantivy.Query:
        """Titles in which every word is found, and before them those that bear the query as their name."""
        every = _Query.boolean_query([(_Occur.Must, each) for each in self._each(asked)])
        return _Query.boolean_query([(_Occur.Should, one) for one in (every, *self._whole_names(asked))])

    def _any_of(self, asked: _Asked) -> tantivy.Query:
        """Titles in which some word is found, and before them those whose name differs by a few letters."""
        every = list(zip(asked.words, self._each(asked), strict=True))
        # Short words stand in nearly every title, so they tell nothing and cost the most, unless there are no others.
        some = [each for word, each in every if words.edits_forgiven(len(word))] or [each for _, each in every]
        name = " ".join(asked.words)
        if edits := words.edits_forgiven(len(name)):
            near = _Query.fuzzy_term_query(self._schema, "whole_name", name, distance=edits)
            some.append(_Query.boost_query(near, _NEARLY_WHOLE_NAME))
        return _Query.boolean_query([(_Occur.Should, one) for one in some])

    def _each(self, asked: _Asked) -> Iterator[tantivy.Query]:
        """Answers for each word of the query the titles in which it is found."""
        for position, (word, spellings) in enumerate(zip(asked.words, asked.spellings, strict=True), start=1):
            found = []
            for place, (_, weight) in _PLACES.items():
                for spelt, edits in spellings.items():
                    exact = _Query.term_query(self._schema, place, spelt, index_option="freq")
                    found.append(_Query.boost_query(exact, weight * _NEARNESS[edits]))
                if position == len(asked.words):
                    begun = _Query.fuzzy_term_query(self._schema, place, word, distance=0, prefix=True)
                    found.append(_Query.boost_query(begun, weight * _UNFINISHED))
            yield _Query.boolean_query([(_Occur.Should, one) for one in found])

    def _whole_names(self, asked: _Asked) -> Iterator[tantivy.Query]:
        """Answers titles with the whole names that the query may stand for, as long as those are few."""
        nearest = [sorted(spellings.items(), key=lambda spelt: spelt[1])[:3] for spellings in asked.spellings]
        for combined in itertools.islice(itertools.product(*nearest), _MOST_COMBINED):
            name, edits = [word for word, _ in combined], sum(distance for _, distance in combined)
            for whole in {" ".join(name), "".join(name)}:
                named = _Query.term_query(self._schema, "whole_name", whole, index_option="basic")
                yield _Query.boost_query(named, _WHOLE_NAME / (1 + edits))


def _whole(name: list[str]) -> set[str]:
    """Answers what a whole name may be typed as: also without its article, and as one word."""
    return {" ".join(name), " ".join(words.without_article(name)), "".join(name)} - {""}


def _hits(
    searcher: tantivy.Searcher, query: tantivy.Query, skip: int, limit: int
) -> Iterator[tuple[int, tantivy.DocAddress]]:
    """Answers hits with their position in the ranking; as they are used up, twice as many are fetched."""
    size = limit * 2
    while skip < _DEEPEST:
        hits = searcher.search(query, size, count=False, offset=skip).hits
        for position, (_, address) in enumerate(hits, start=skip):
            yield position, address
        if len(hits) < size:
            return
        skip, size = skip + size, size * 2


def _fields(document: tantivy.Document, asked: _Asked) -> tuple[int, ...]:
    """Answers where words of the query stand in a title."""
    near = frozenset().union(*asked.spellings)
    unfinished = asked.words[-1]
    return tuple(
        number
        for place, (number, _) in _PLACES.items()
        if any(word in near or word.startswith(unfinished) for word in document[place][0].split())
    )
