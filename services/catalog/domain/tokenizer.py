"""Splits names and queries into words, so that accents, case and punctuation make no difference."""

import re
import unicodedata

#: Letters that Unicode does not decompose, although readers type others for them.
_LOOK_ALIKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"})
_APOSTROPHES = re.compile("['`\u2019\u02bc]")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
#: Scripts such as Devanagari write vowels as marks, which are not among Python's word characters.
_MARKS = "".join(map(chr, filter(lambda code: unicodedata.category(chr(code))[0] == "M", range(0x300, 0x10000))))
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_ARTICLES = frozenset({"a", "an", "the"})
#: Marks that are dropped: accents of European scripts, and the nukta of Hindi.
_ACCENTS = re.compile("[\u0300-\u036f\u093c]")

_ONE_EDIT_LETTERS = 4
_TWO_EDITS_LETTERS = 8


def split(text: str) -> list[str]:
    """Returns the words of a text, folded: `L'Été à Gdańsk` has `lete`, `a`, `gdansk`."""
    text = _APOSTROPHES.sub("", text)
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(_LOOK_ALIKES)
    return _WORD.findall(folded)


def without_article(name: list[str]) -> list[str]:
    """Returns the words of a name without its leading article."""
    return name[1:] if len(name) > 1 and name[0] in _ARTICLES else name


def sort_key(name: str) -> str:
    """Returns what a name is ordered by: its words without the leading article."""
    return " ".join(without_article(split(name)))


def edits_forgiven(letters: int) -> int:
    """Returns how many wrong, missing, extra or swapped letters a word of so many letters may have."""
    return (letters >= _ONE_EDIT_LETTERS) + (letters >= _TWO_EDITS_LETTERS)
