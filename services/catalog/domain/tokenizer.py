"""How names and queries are taken apart, so that accents, case and punctuation never stand between them."""

import re
import unicodedata

#: Letters that Unicode does not decompose, though readers take them for others.
_LOOK_ALIKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"})
_APOSTROPHES = re.compile("['`\u2019\u02bc]")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
#: Scripts such as Devanagari write vowels as marks, which Python's own word characters leave out.
_MARKS = "".join(map(chr, filter(lambda code: unicodedata.category(chr(code))[0] == "M", range(0x300, 0x10000))))
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_ARTICLES = frozenset({"a", "an", "the"})
#: Marks that are dropped: accents of European scripts, and the dot that tells Hindi loan sounds from their neighbours.
_ACCENTS = re.compile("[\u0300-\u036f\u093c]")

_ONE_EDIT_LETTERS = 4
_TWO_EDITS_LETTERS = 8


def split(text: str) -> list[str]:
    """Answers the words of a text, folded: `L'Été à Gdańsk` has `lete`, `a`, `gdansk`."""
    text = _APOSTROPHES.sub("", text)
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(_LOOK_ALIKES)
    return _WORD.findall(folded)


def without_article(name: list[str]) -> list[str]:
    """Answers the words of a name without the article that it begins with."""
    return name[1:] if len(name) > 1 and name[0] in _ARTICLES else name


def sort_key(name: str) -> str:
    """Answers what a name is put in order by: its words without the leading article."""
    return " ".join(without_article(split(name)))


def edits_forgiven(letters: int) -> int:
    """Answers how many wrong, missing, needless or swapped letters a word of so many letters may have."""
    return (letters >= _ONE_EDIT_LETTERS) + (letters >= _TWO_EDITS_LETTERS)
