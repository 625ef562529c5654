"""Forms of names in which case, accents and punctuation make no difference."""

import functools
import re
import unicodedata

_LOOK_ALIKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss"})
_WORD = re.compile(r"[^\W_]+|\+")
#: What says how good the picture is, and not which channel it is.
_QUALITIES = frozenset(
    {"sd", "hd", "fhd", "uhd", "4k", "8k", "hevc", "h264", "h265", "720p", "1080p", "1080i", "2160p"}
)


def split_words(name: str) -> list[str]:
    """Returns the words of a name without case, accents and punctuation; `+` is a word."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_LOOK_ALIKES))
    return _WORD.findall("".join(each for each in decomposed if not unicodedata.combining(each)))


def fold_channel_name(name: str) -> str:
    """Returns what identifies a channel in its name: `TV 2 Sport HD` and `tv2 sport` are the same."""
    words = split_words(name)
    return "".join(word for word in words if word not in _QUALITIES) or "".join(words)


def says_high_definition(name: str) -> bool:
    """Returns whether a name says that the picture has 720 lines or more."""
    return not _QUALITIES.isdisjoint(split_words(name)) and "sd" not in split_words(name)


@functools.lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Returns the id of the genre with a name: `Science Fiction` becomes `science-fiction`."""
    return "-".join(word for word in split_words(name) if word != "+")


def ascii_slug(name: str) -> str:
    """Returns the slug of a name without letters of other scripts, as the genres of channels are written."""
    return re.sub(r"[^a-z0-9]+", "-", slug(name)).strip("-")
