"""Chooses among texts in several languages."""

from collections.abc import Iterable, Iterator, Mapping

#: The language of texts where the preferred one is missing.
DEFAULT_LANGUAGE = "en"


def languages(preferred: str, available: Iterable[str]) -> Iterator[str]:
    """Returns available languages in the order of preference: the preferred one, its parent, the default, any."""
    available = list(available)
    for language in dict.fromkeys([preferred, preferred.partition("-")[0], DEFAULT_LANGUAGE, *available]):
        if language in available:
            yield language


def choose(texts: Mapping[str, str], language_code: str) -> str:
    """Returns the text in the preferred language or in one that replaces it; empty if there is none."""
    return next((texts[language] for language in languages(language_code, texts)), "")
