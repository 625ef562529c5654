"""Genres, moods and themes: their ids, which are slugs, and their names by language."""

import functools
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.kit import localization, tokenizer

GENRE, MOOD, THEME = "genre", "mood", "theme"
LONGEST_NAME = 80


class Term(NamedTuple):
    """A genre, a mood or a theme."""

    kind: str
    term_id: str


@functools.lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Returns the id of the term with a name: `Science Fiction` becomes `science-fiction`, punctuation alone ``."""
    return unicodedata.normalize("NFC", "-".join(tokenizer.split(name)))


def slugs(names: Iterable[str]) -> list[str]:
    """Returns the ids of the terms with some names, each once, in their order."""
    return list(dict.fromkeys(map(slug, names)))


class Names:
    """The names of terms by language.

    A translation that comes with the service replaces the name that an import brought.

    Args:
        translations: the names by language of the terms that the service knows.
    """

    def __init__(self, translations: Mapping[Term, Mapping[str, str]]) -> None:
        self._names: dict[Term, Mapping[str, str]] = dict(translations)

    def unknown(self, terms: Iterable[Term]) -> set[Term]:
        """Returns those of some terms that have no name yet."""
        return set(terms) - self._names.keys()

    def add(self, terms: Iterable[Term], names: Mapping[Term, str]) -> None:
        """Adds terms with their names in English; a term without one is named by its id."""
        for term in terms:
            name = names.get(term) or term.term_id.replace("-", " ")
            self._names.setdefault(term, {localization.DEFAULT_LANGUAGE: name})

    def by_language(self, kind: str, term_id: str) -> Mapping[str, str]:
        """Returns the names of a term by language."""
        return self._names.get(Term(kind, term_id)) or {localization.DEFAULT_LANGUAGE: term_id.replace("-", " ")}

    def name(self, kind: str, term_id: str, language_code: str = localization.DEFAULT_LANGUAGE) -> str:
        """Returns the name of a term in a language, or in the next one that it has a name in."""
        names = self.by_language(kind, term_id)
        return names[next(localization.languages(language_code, names))]

    def english(self, kind: str, term_ids: Sequence[str]) -> list[str]:
        """Returns the English names of some terms."""
        return [self.name(kind, term_id) for term_id in term_ids]
