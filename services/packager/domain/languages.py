"""Language tags: their validation, because sources and callers write anything there, and their display names."""

import re
from collections.abc import Mapping

import babel
from babel import core

UNDETERMINED = "und"

_TAG = re.compile(r"(?P<language>[A-Za-z]{2,3})(-[A-Za-z0-9]{2,8})*")
# ISO 639-1. Shaka Packager fails on any other tag of two letters.
_TWO_LETTERS = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja
    jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb
    nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq
    sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 - a list literal would fill a page.
)

_ENGLISH = babel.Locale("en")
# Maps ISO 639-2 codes such as `eng` to the shortest code, which alone has a display name.
_ALIASES: Mapping[str, str] = core.get_global("language_aliases")


def valid_tag(tag: str) -> str:
    """Returns the tag if it is a valid BCP 47 tag, else `und`."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return UNDETERMINED
    language = match["language"].lower()
    return tag if len(language) > 2 or language in _TWO_LETTERS else UNDETERMINED  # noqa: PLR2004 - letters


def labels(tags: list[str]) -> list[str]:
    """Returns a label for each tag, unique and safe in a path."""
    unique: list[str] = []
    for tag in map(valid_tag, tags):
        namesakes = sum(label == tag or label.startswith(f"{tag}_") for label in unique)
        unique.append(f"{tag}_{namesakes + 1}" if namesakes else tag)
    return unique


def display_name(tag: str) -> str:
    """Returns the English name of a language, such as `Portuguese (Brazil)`; a tag without a name is returned as is."""
    code, *subtags = tag.split("-")
    if code.lower() == UNDETERMINED:
        return "Unknown language"
    name = _ENGLISH.languages.get(_ALIASES.get(code.lower(), code.lower()), tag)
    details = [_ENGLISH.scripts.get(each.title()) or _ENGLISH.territories.get(each.upper(), each) for each in subtags]
    return f"{name} ({', '.join(details)})" if details else name
