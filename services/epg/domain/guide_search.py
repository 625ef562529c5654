"""What channels and programmes are found by, and what finds them, as PostgreSQL writes them: `tsvector` and `tsquery`.

The words are split here and not by a text search configuration of PostgreSQL, so that names in any script are found by
the rules of the catalog. The weight A marks words of names, B those of the names of episodes.
"""

import functools
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from services.kit import tokenizer

#: A word of a `tsvector` has less than 2 KiB.
_MAX_LETTERS = 100
_MAX_INDEXED_WORDS, _MAX_QUERY_WORDS = 500, 12
_MAX_CORRECTIONS = 12


@functools.lru_cache(maxsize=8192)
def encode_words(names: tuple[str, ...], episode_names: tuple[str, ...] = ()) -> str:
    """Returns the words of names as a `tsvector`."""
    weights = dict.fromkeys(_split(episode_names), "B") | dict.fromkeys(_split(names), "A")
    return " ".join(f"{_quote(word)}:1{weight}" for word, weight in [*weights.items()][:_MAX_INDEXED_WORDS])


def split_query(query: str) -> list[str]:
    """Returns the words of a query."""
    terms = tokenizer.query_terms(tokenizer.name_words(query))
    return [word[:_MAX_LETTERS] for word in terms[:_MAX_QUERY_WORDS]]


def encode_query(alternatives: Sequence[Sequence[str]], weight: str = "AB") -> str:
    """Returns the `tsquery` for what has one of the alternatives of each word, or a word that begins with it.

    A single letter begins too many words, and finds only itself.
    """
    return " & ".join(f"({' | '.join(_term(word, weight) for word in words)})" for words in alternatives)


class Vocabulary:
    """The words of all names.

    Args:
        words: the words.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = sorted(words)

    def correct(self, word: str) -> list[str]:
        """Returns the beginnings of words that a word may be meant as; itself if it begins one or resembles none."""
        # Only queries with misspelled words need it.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        index = bisect_left(self._words, word)
        if index < len(self._words) and self._words[index].startswith(word):
            return [word]
        for edits in range(1, tokenizer.edits_forgiven(len(word)) + 1):
            # A word of the query is corrected to the beginning of a word, since it finds what it begins.
            lengths = (len(word), len(word) + edits)
            beginnings = {known[:length] for known in self._words for length in lengths}
            found = process.extract(word, beginnings, scorer=OSA.distance, score_cutoff=edits, limit=_MAX_CORRECTIONS)
            if found:
                return sorted(nearest for nearest, _, _ in found)
        return [word]


def _split(names: Iterable[str]) -> Iterable[str]:
    return (word[:_MAX_LETTERS] for name in names for word in tokenizer.index_terms(name))


def _term(word: str, weight: str) -> str:
    is_whole = len(word) == 1 or tokenizer.is_unspaced(word)
    return f"{_quote(word)}:{'' if is_whole else '*'}{weight}"


def _quote(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
