"""Splits names and queries into words, so that accents, case and punctuation make no difference.

`split` returns the words that ids and orders are made of. Search and suggestions use the other functions, which also
find parts of names in scripts without spaces, `mash` for M*A*S*H, and names that consist of symbols.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

#: Letters that Unicode does not decompose, although readers type others for them.
_LOOK_ALIKES = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "\u0131": "i",
        "ŋ": "n",
        "ŧ": "t",
    }
    # Arabic, Persian and Urdu keyboards have different letters for one sound.
    | {"\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0629": "\u0647"}
)
#: Also those of Hebrew, Armenian, Hawaiian and of transliterations.
_APOSTROPHES = re.compile("['`\u00b4\u2018\u2019\u2032\u02bb\u02bc\u02be\u02bf\u055a\u05f3\u05f4\uff07]")
_FRACTIONS = "\u00bc-\u00be\u2150-\u215e\u2189"
_FRACTION = re.compile(f"[{_FRACTIONS}]")
_MIXED_NUMBER = re.compile(rf"(\d*)\s?([{_FRACTIONS}])")


def _characters(category: str) -> Iterator[str]:
    return (chr(code) for code in range(0x80, 0x10000) if unicodedata.category(chr(code)).startswith(category))


#: Scripts such as Devanagari and Thai write vowels as marks, which are not among Python's word characters.
_MARKS = "".join(_characters("M"))
#: The combining classes of marks that readers leave out: overlays, nuktas, the points of Hebrew, the vowels of Arabic,
#: and everything above or below a letter, as accents are.
_OPTIONAL_CLASSES = frozenset({1, 7, *range(10, 37), *range(200, 241)})
#: What is dropped: such marks, and characters that only change how others are drawn: joiners, the stretched line of
#: Arabic, and selectors of variants.
_DROPPED = re.compile(
    "[\u0640\u034f\ufe00-\ufe0f"
    + "".join(mark for mark in _MARKS if unicodedata.combining(mark) in _OPTIONAL_CLASSES)
    + "".join(_characters("Cf"))
    + "]"
)

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
#: Punctuation in front of a letter, as there is between words that it joins.
_JOINT = re.compile(rf"[^\w\s{_MARKS}][^\W_]")
_SYMBOLS = re.compile(r"[^\s\x00-\x1f\x7f]+")
_ARTICLES = frozenset({"a", "an", "the"})

#: Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Japanese and Chinese.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u31f0-\u31ff\u3400-\u9fff\U00020000-\U0003ffff"
)
_UNSPACED_START = re.compile(f"[{_UNSPACED}]")
_RUNS = re.compile(rf"(?:[{_UNSPACED}][{_MARKS}]*)+|[^{_UNSPACED}]+")
_LETTERS = re.compile(rf"[{_UNSPACED}][{_MARKS}]*")
#: Where what is typed may begin in a name: at a word, at each letter of a script without spaces, and behind it.
_STARTS = re.compile(rf"(?<![^ ])[^ ]|(?![{_MARKS}])[{_UNSPACED}]|(?<=[{_UNSPACED}])[^ {_MARKS}]")

_ONE_EDIT_LETTERS = 4
_TWO_EDITS_LETTERS = 8


def split(text: str) -> list[str]:
    """Returns the words of a text, folded: `L'Été à Gdańsk` has `lete`, `a`, `gdansk`."""
    return _words(_fold(text))


def name_words(name: str) -> list[str]:
    """Returns the words of a name or a query; if it has none, as `!!!`, its symbols."""
    folded = _fold(name)
    return _words(folded) or _SYMBOLS.findall(folded)


def index_terms(text: str) -> list[str]:
    """Returns what a text is found by: its words, and in scripts without spaces each letter and each pair of letters.

    Words that punctuation joins are also found as one: `M*A*S*H` as `mash`. `8½` is also found as `8.5`.
    """
    folded = _fold(text)
    words = _words(folded) or _SYMBOLS.findall(folded)
    if _JOINT.search(folded):
        chunks = (_words(chunk) for chunk in folded.split() if not chunk.isalnum())
        words += ["".join(joined) for joined in chunks if len(joined) > 1]
    if folded.isascii():
        return words
    words += [word for whole, part in _MIXED_NUMBER.findall(text) for word in _decimal(whole, part)]
    return [term for word in words for term in _index_parts(word)]


def query_terms(words: Sequence[str]) -> list[str]:
    """Returns the terms that a title must have to be found by the words of a query, which `name_words` returned."""
    return [term for word in words for term in _query_parts(word)]


def is_unspaced(term: str) -> bool:
    """Returns whether a term is of a script without spaces. Such terms are parts of names, and are not corrected."""
    return _UNSPACED_START.match(term) is not None


def starts(name: str) -> list[int]:
    """Returns the places of a folded name where a query may begin."""
    return [found.start() for found in _STARTS.finditer(name)]


def without_article(name: list[str]) -> list[str]:
    """Returns the words of a name without its leading article."""
    return name[1:] if len(name) > 1 and name[0] in _ARTICLES else name


def sort_key(name: str) -> str:
    """Returns what a name is ordered by: its words without the leading article."""
    return " ".join(without_article(split(name)))


def edits_forgiven(letters: int) -> int:
    """Returns how many wrong, missing, extra or swapped letters a word of so many letters may have."""
    return (letters >= _ONE_EDIT_LETTERS) + (letters >= _TWO_EDITS_LETTERS)


def _fold(text: str) -> str:
    text = _APOSTROPHES.sub("", text)
    if text.isascii():
        return text.lower()
    # A fraction is a word of its own: otherwise 8½ would become 81/2.
    decomposed = unicodedata.normalize("NFKD", _FRACTION.sub(r" \g<0>", text))
    return _DROPPED.sub("", decomposed).casefold().translate(_LOOK_ALIKES)


def _words(folded: str) -> list[str]:
    return (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)


def _index_parts(word: str) -> Iterator[str]:
    for run in _RUNS.findall(word):
        if is_unspaced(run):
            letters = _LETTERS.findall(run)
            yield from letters
            yield from map("".join, itertools.pairwise(letters))
        else:
            yield run


def _query_parts(word: str) -> Iterator[str]:
    for run in _RUNS.findall(word):
        letters = _LETTERS.findall(run)
        if len(letters) > 1:
            yield from map("".join, itertools.pairwise(letters))
        else:
            yield run


def _decimal(whole: str, part: str) -> list[str]:
    """Returns the words of a mixed number that is written as a decimal, if it has an end: `8`, `5`."""
    thousandths = unicodedata.numeric(part) * 1000
    return [whole or "0", f"{thousandths:03.0f}".rstrip("0")] if thousandths == int(thousandths) else []
