"""Rows of Marquee's own form: checked, and turned into titles. `docs/import.md` tells the form."""

import re
from typing import Any

from services.catalog.domain import titles
from services.catalog.domain.fields import Fields, Problem
from services.kit import visibility

_LONGEST_NAME = 500
_LONGEST_TEXT = 10_000
_LONGEST_WORD = 80
_LONGEST_KEY = 500
_LONGEST_MINUTES = 6000
_MOST_SEASONS = 1000
_MOST_EPISODES = 10_000

_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def read(row: Any) -> tuple[titles.Title | None, list[Problem]]:
    """Answers the title in a row and no problems, or no title and all problems."""
    problems: list[Problem] = []
    fields = Fields(row, "", problems)
    if problems:
        return None, problems
    kind = fields.choice("type", titles.TYPES)
    title_id, key = fields.identifier("title_id"), fields.text("key", most=_LONGEST_KEY)
    if bool(title_id) == bool(key):
        fields.note("title_id", "or else key must tell which title this is, and not both")
    released = fields.date("release_date")
    found = titles.Title(
        title_id=title_id or None,
        source_key=key or None,
        type=kind,
        facts=_facts(fields),
        language_code=fields.matching("language", _LANGUAGE, "a language tag such as en or pt-BR", required=True),
        released=_sortable(released),
        genres=fields.words("genres", most=_LONGEST_WORD),
        moods=fields.words("moods", most=_LONGEST_WORD),
        themes=fields.words("themes", most=_LONGEST_WORD),
        featured=fields.flag("featured"),
        document=_document(fields, kind, released),
    )
    fields.end()
    return (None, problems) if problems else (found, [])


def _sortable(released: tuple[int, int, int] | None) -> int:
    if released is None:
        return 0
    year, month, day = released
    return year * 10_000 + month * 100 + day


def _facts(fields: Fields) -> visibility.Facts:
    availability = fields.object("availability") or Fields({}, "", [])
    facts = visibility.Facts(
        state=fields.choice("state", titles.STATES, "DRAFT"),
        maturity_rating=fields.choice("maturity", titles.MATURITY_RATINGS),
        territories=frozenset(
            availability.words("territories", most=2, pattern=_COUNTRY, told="a country such as US, by ISO 3166-1")
        ),
        windows=tuple(_window(window) for window in availability.objects("windows")),
    )
    availability.end()
    return facts


def _window(fields: Fields) -> visibility.Window:
    window = visibility.Window(fields.time("from"), fields.time("until"))
    if window.start_time and window.end_time and window.start_time >= window.end_time:
        fields.note("until", "must be later than from")
    fields.end()
    return window


def _document(fields: Fields, kind: int, released: tuple[int, int, int] | None) -> dict[str, Any]:
    return {
        "texts": _texts(fields, ("title", "tagline", "synopsis")),
        "original_title": fields.text("original_title", most=_LONGEST_NAME),
        "release_date": list(released or ()),
        "seconds": _length(fields),
        "credits": [_credit(credit) for credit in fields.objects("credits")],
        "artwork": _artwork(fields.object("artwork")),
        "source_uri": fields.link("source_uri"),
        "seasons": _seasons(fields, kind),
    }


def _texts(fields: Fields, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Takes the texts of the default language, which stand in the object itself, and those that are localized."""
    texts = {titles.DEFAULT_LANGUAGE: _text(fields, names, required=True)}
    for language, localized in fields.mapping("localized").items():
        if not _LANGUAGE.fullmatch(language):
            localized.note("", "must be under a language tag such as hi or pt-BR")
        texts[language] = _text(localized, names, required=False)
        localized.end()
    return texts


def _text(fields: Fields, names: tuple[str, ...], *, required: bool) -> dict[str, str]:
    longest = {"synopsis": _LONGEST_TEXT}
    found = {
        name: fields.text(name, most=longest.get(name, _LONGEST_NAME), required=required and name == "title")
        for name in names
    }
    return {name: text for name, text in found.items() if text}


def _length(fields: Fields) -> int:
    return (fields.whole("duration_minutes", least=1, most=_LONGEST_MINUTES) or 0) * 60


def _credit(fields: Fields) -> dict[str, Any]:
    credit = {
        "person": fields.text("person", most=_LONGEST_NAME, required=True),
        "role": fields.choice("role", titles.CREDIT_ROLES),
        "character": fields.text("character", most=_LONGEST_NAME),
    }
    fields.end()
    return credit


def _artwork(fields: Fields | None) -> dict[str, Any]:
    if fields is None:
        return {}
    artwork = {
        "palette": list(fields.words("palette", most=7, pattern=_COLOUR, told="a colour such as #1e1b4b")),
        "motif": fields.text("motif", most=_LONGEST_WORD),
        "poster_uri": fields.link("poster_uri"),
    }
    fields.end()
    return artwork


def _seasons(fields: Fields, kind: int) -> list[dict[str, Any]]:
    seasons = [_season(season) for season in fields.objects("seasons")]
    if seasons and kind != titles.SERIES:
        fields.note("seasons", "belong to a series")
    if not _differ([season["number"] for season in seasons]):
        fields.note("seasons", "must have different numbers")
    if not _differ([episode["episode_id"] for season in seasons for episode in season["episodes"]]):
        fields.note("seasons", "must have episodes with different ids")
    return sorted(seasons, key=lambda season: season["number"])


def _season(fields: Fields) -> dict[str, Any]:
    number = fields.whole("number", least=1, most=_MOST_SEASONS, required=True) or 0
    episodes = [_episode(episode) for episode in fields.objects("episodes")]
    if not _differ([episode["number"] for episode in episodes]):
        fields.note("episodes", "must have different numbers")
    title = fields.text("title", most=_LONGEST_NAME)
    fields.end()
    return {"number": number, "title": title, "episodes": sorted(episodes, key=lambda episode: episode["number"])}


def _episode(fields: Fields) -> dict[str, Any]:
    episode = {
        "episode_id": fields.identifier("episode_id", required=True),
        "number": fields.whole("number", least=1, most=_MOST_EPISODES, required=True) or 0,
        "texts": _texts(fields, ("title", "synopsis")),
        "seconds": _length(fields),
    }
    if published := fields.time("publish_time"):
        episode["publish_time"] = published.isoformat()
    fields.end()
    return episode


def _differ(values: list[Any]) -> bool:
    """Whether all values differ; those that are missing have been told of already."""
    told = [value for value in values if value]
    return len(told) == len(set(told))
