"""The texts that are embedded. That of a title is what editors wrote, without terms that were made from its vector."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

#: The model reads about 200 words.
_MAX_LENGTH = 2000
_MAX_PEOPLE = 4
#: To change this makes every vector stale.
_FORMAT = "1"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a title."""

    name: str
    tagline: str = ""
    synopsis: str = ""
    genres: Sequence[str] = ()
    moods: Sequence[str] = ()
    themes: Sequence[str] = ()
    people: Sequence[str] = ()


def text(words: Words) -> str:
    """Returns the text to embed, the most important parts first; empty if the title has no texts."""
    parts = (
        words.name,
        words.tagline,
        _join("", words.genres),
        _join("Mood: ", words.moods),
        _join("About ", words.themes),
        words.synopsis,
        _join("With ", words.people[:_MAX_PEOPLE]),
    )
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip())[:_MAX_LENGTH]


def programme_text(name: str, episode_name: str, genres: Sequence[str], synopsis: str) -> str:
    """Returns the text of a programme to embed, the most important parts first."""
    parts = (name, episode_name, _join("", genres), synopsis)
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip())[:_MAX_LENGTH]


def digest(embedded: str) -> bytes | None:
    """Returns the digest of a text; None for an empty one, which has no vector."""
    return hashlib.blake2b(f"{_FORMAT}\n{embedded}".encode(), digest_size=16).digest() if embedded else None


def _join(prefix: str, words: Sequence[str]) -> str:
    return prefix + ", ".join(word for word in words if word) if any(words) else ""
