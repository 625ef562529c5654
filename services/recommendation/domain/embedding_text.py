"""What is embedded of a title: its words as editors wrote them, never what a machine made of its vector."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

#: The model reads some 200 words; the rest would only travel.
_LONGEST = 2000
_MOST_PEOPLE = 4
#: A change here makes every vector stale.
_FORM = "1"


@dataclass(frozen=True, slots=True)
class Words:
    """What is told of a title."""

    name: str
    tagline: str = ""
    synopsis: str = ""
    genres: Sequence[str] = ()
    moods: Sequence[str] = ()
    themes: Sequence[str] = ()
    people: Sequence[str] = ()


def text(words: Words) -> str:
    """Returns the text to embed, what tells most first; empty where there is none.

    A name alone tells what a title is called, not what it is about, but it is better than nothing.
    """
    parts = (
        words.name,
        words.tagline,
        _listed("", words.genres),
        _listed("Mood: ", words.moods),
        _listed("About ", words.themes),
        words.synopsis,
        _listed("With ", words.people[:_MOST_PEOPLE]),
    )
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip())[:_LONGEST]


def digest(embedded: str) -> bytes | None:
    """Returns what tells one text from another; None for an empty one, which has no vector."""
    return hashlib.blake2b(f"{_FORM}\n{embedded}".encode(), digest_size=16).digest() if embedded else None


def _listed(before: str, words: Sequence[str]) -> str:
    return before + ", ".join(word for word in words if word) if any(words) else ""
