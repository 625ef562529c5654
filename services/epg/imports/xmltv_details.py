"""What is shown, from the children of a `programme` of XMLTV."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from marquee.type.v1 import type_pb2

from services.epg.domain import name_folding

_TEXTS = {"title": ("display_names", 500), "sub-title": ("episode_display_names", 500), "desc": ("synopses", 5000)}
_MAX_LANGUAGES, _MAX_GENRES, _MAX_GENRE_LENGTH, _MAX_IMAGES, _MAX_URI_LENGTH = 20, 20, 60, 5, 2048
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_NUMBERS = re.compile(r"\s*(\d{0,6})[\s\d/]*\.\s*(\d{0,6})[\s\d/]*(\.|$)")
_ON_SCREEN = re.compile(r"S(\d{1,6})[\s.:-]*EP?(\d{1,6})", re.IGNORECASE)
_AGE = re.compile(r"(?:FSK|PEGI|K)?[ -]?(\d{1,2})\+?", re.IGNORECASE)
_MAX_AGE, _MAX_LABEL = 21, 20
#: The ages of ratings that do not state one.
_AGES = {"G": 0, "PG": 8, "R": 17, "PG-13": 13, "NC-17": 18, "U": 0, "S": 0, "T": 0, "AL": 0} | {
    "TV-Y": 0,
    "TV-G": 0,
    "TV-Y7": 7,
    "TV-PG": 10,
    "TV-14": 14,
    "TV-MA": 17,
}


class Child(NamedTuple):
    """A child of an element."""

    name: str
    text: str
    attributes: Mapping[str, str]


def encode(children: Sequence[Child]) -> str | None:
    """Returns the JSON of `schedules.Scheduled.details`, None if there is no title."""
    details: dict[str, Any] = {}
    for child in children:
        _READERS[child.name](child, details)
    # The bytes of orjson keep a buffer of several kilobytes alive; a string has the length of its text.
    return orjson.dumps(details).decode() if details.get("display_names") else None


def image(uri: str, kind: type_pb2.ImageKind.ValueType) -> tuple[Mapping[str, Any], ...]:
    """Returns the image at an address in the form in which it is stored; none if it is not an address of the web."""
    uri = uri.strip()
    is_address = uri.startswith(("http://", "https://")) and len(uri) <= _MAX_URI_LENGTH
    return ({"kind": kind, "uri": uri, "width": 0, "height": 0},) if is_address else ()


def _put_text(child: Child, details: dict[str, Any]) -> None:
    field, most = _TEXTS[child.name]
    if child.text:
        texts = details.setdefault(field, {})
        if len(texts) < _MAX_LANGUAGES:
            code = child.attributes.get("lang", "").strip()
            texts.setdefault(code.replace("_", "-") if _LANGUAGE.fullmatch(code) else "", child.text[:most])


def _put_genre(child: Child, details: dict[str, Any]) -> None:
    genre = name_folding.slug(child.text)[:_MAX_GENRE_LENGTH]
    genres = details.get("genre_ids", [])
    if genre and genre not in genres and len(genres) < _MAX_GENRES:
        details["genre_ids"] = [*genres, genre]


def _put_episode(child: Child, details: dict[str, Any]) -> None:
    """Puts the numbers of the season and the episode; those of `xmltv_ns` count from zero, and win."""
    system = child.attributes.get("system", "onscreen")
    if system == "xmltv_ns" and (found := _NUMBERS.match(child.text)):
        numbers = [int(digits) + 1 if digits else 0 for digits in found.groups()[:2]]
    elif system == "onscreen" and "episode_number" not in details and (found := _ON_SCREEN.search(child.text)):
        numbers = [int(digits) for digits in found.groups()]
    else:
        return
    found_numbers = zip(("season_number", "episode_number"), numbers, strict=True)
    details.update({name: number for name, number in found_numbers if number})


def _put_rating(child: Child, details: dict[str, Any]) -> None:
    """Puts the strictest rating whose age is known."""
    found = _AGE.fullmatch(child.text)
    age = int(found[1]) if found else _AGES.get(child.text.upper())
    if age is not None and details.get("maturity_rating", {"age": -1})["age"] < age <= _MAX_AGE:
        system = child.attributes.get("system", "")[:_MAX_LABEL]
        details["maturity_rating"] = {"age": age, "system": system, "label": child.text[:_MAX_LABEL]}


def _put_image(child: Child, details: dict[str, Any]) -> None:
    images = [*details.get("images", ()), *image(child.attributes.get("src", ""), type_pb2.IMAGE_KIND_BACKDROP)]
    if images:
        details["images"] = images[:_MAX_IMAGES]


def _put_first_run(_: Child, details: dict[str, Any]) -> None:
    details["first_run"] = True


def _put_live(_: Child, details: dict[str, Any]) -> None:
    details["live"] = True


_READERS = {
    "title": _put_text,
    "sub-title": _put_text,
    "desc": _put_text,
    "category": _put_genre,
    "episode-num": _put_episode,
    "rating": _put_rating,
    "icon": _put_image,
    "new": _put_first_run,
    "premiere": _put_first_run,
    "live": _put_live,
}
#: The children that are read.
CHILDREN = frozenset(_READERS)
