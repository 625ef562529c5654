"""Reads the files of the seed into values."""

import dataclasses
import datetime as dt
import enum
import json
import pathlib
from collections.abc import Iterator
from typing import Any

_FOLDER = pathlib.Path(__file__).parent
_PUBLISHED = "PUBLISHED"


class Tier(enum.StrEnum):
    """The tier of a package, or of the cheapest package that contains something. The cheapest comes first."""

    FREE = "free"
    BASIC = "basic"
    STANDARD = "standard"
    PREMIUM = "premium"

    @property
    def reach(self) -> frozenset["Tier"]:
        """The tiers whose titles and channels this tier includes: itself and the cheaper ones."""
        tiers = list(Tier)
        return frozenset(tiers[: tiers.index(self) + 1])


class TitleType(enum.StrEnum):
    """The kind of a title."""

    FILM = "film"
    SERIES = "series"
    SPORTS = "sports"


class Media(enum.StrEnum):
    """The packaging profile of a title. For a series, FULL applies only to its first episode."""

    FULL = "full"
    QUICK = "quick"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The role of one person in a title; `character` is the name of an actor's character."""

    person: str
    role: str
    character: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The name and synopsis of a title in another language."""

    title: str
    synopsis: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Artwork:
    """The artwork: colors as `#rrggbb`, the background first, and the motif drawn on it."""

    palette: tuple[str, ...]
    motif: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A period in which a title is available; `None` leaves an end open."""

    start: dt.datetime | None
    end: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An episode of a season."""

    episode_id: str
    number: int
    title: str
    synopsis: str
    duration: dt.timedelta


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season of a series, its episodes by number."""

    number: int
    episodes: tuple[Episode, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title; `localized` is keyed by language, `duration` is `None` for a series.

    `row` is the title as the catalog imports it, without the fields that the catalog does not store.
    """

    row: dict[str, Any]
    title_id: str
    type: TitleType
    title: str
    original_title: str | None
    language: str
    release_date: dt.date
    duration: dt.timedelta | None
    maturity: str
    genres: tuple[str, ...]
    moods: tuple[str, ...]
    themes: tuple[str, ...]
    tagline: str
    synopsis: str
    localized: dict[str, Text]
    credits: tuple[Credit, ...]
    artwork: Artwork
    tier: Tier
    featured: bool
    state: str
    territories: tuple[str, ...]
    windows: tuple[Window, ...]
    media: Media
    seasons: tuple[Season, ...]

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """Every episode, in viewing order."""
        return tuple(episode for season in self.seasons for episode in season.episodes)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The monthly price of a package, in minor units. Without a country it applies to all other countries."""

    country_code: str
    minor_units: int
    currency_code: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Titles and channels that are sold together."""

    package_id: str
    display_name: str
    description: str
    tier: Tier
    prices: tuple[Price, ...]
    max_streams: int
    includes_all_titles: bool
    includes_all_channels: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The preferences of a profile; without languages, any language."""

    genre_ids: tuple[str, ...]
    languages: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile of a demo account. Without preferences, the viewer app asks for them."""

    name: str
    avatar: str
    #: The highest maturity age that the profile sees, in years.
    maturity_ceiling: int
    language: str
    preferences: Preferences | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A demo account with its profiles in the order of their tiles."""

    email: str
    password: str
    display_name: str
    roles: tuple[str, ...]
    tier: Tier
    country: str
    profiles: tuple[Profile, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """The genres, moods and themes that titles may have."""

    genres: frozenset[str]
    moods: frozenset[str]
    themes: frozenset[str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """The data of a new platform.

    `titles` are all visible to an adult in the demo country. Each of `edge_cases` is withheld by one rule: territory,
    window or workflow state. No package lists them, so that the share of the catalog in each package is exact; a
    package that includes all titles contains them.
    """

    titles: tuple[Title, ...]
    edge_cases: tuple[Title, ...]
    packages: tuple[Package, ...]
    accounts: tuple[Account, ...]
    taxonomy: Taxonomy

    def titles_of(self, package: Package) -> tuple[Title, ...]:
        """Returns the titles that a package lists: those of its tier and of the cheaper ones."""
        return tuple(title for title in self.titles if title.tier in package.tier.reach)


def load() -> Seed:
    """Reads all files. The error for an invalid file has the name of the file in a note."""
    return Seed(
        titles=tuple(title for kind in ("films", "series", "sports") for title in _titles(kind)),
        edge_cases=tuple(_titles("edge-cases")),
        packages=tuple(_package(row) for row in _read(_FOLDER / "packages.json")),
        accounts=tuple(_account(row) for row in _read(_FOLDER / "accounts.json")),
        taxonomy=Taxonomy(**{name: frozenset(words) for name, words in _read(_FOLDER / "taxonomy.json").items()}),
    )


def _read(path: pathlib.Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _titles(kind: str) -> Iterator[Title]:
    for path in sorted((_FOLDER / "titles" / kind).glob("*.json")):
        try:
            yield _title(_read(path))
        except (KeyError, TypeError, ValueError) as error:
            error.add_note(f"in {path.relative_to(_FOLDER)}")
            raise


def _title(row: dict[str, Any]) -> Title:
    """Returns a title. Fields that are not removed here are passed to the constructor, which refuses unknown ones."""
    imported = {"state": _PUBLISHED, **row}
    tier, media = imported.pop("tier"), imported.pop("media")
    rest = dict(imported)
    availability = rest.pop("availability", {})
    return Title(
        row=imported,
        type=TitleType(rest.pop("type")),
        original_title=rest.pop("original_title", None),
        release_date=dt.date.fromisoformat(rest.pop("release_date")),
        duration=_minutes(rest.pop("duration_minutes", None)),
        genres=tuple(rest.pop("genres")),
        moods=tuple(rest.pop("moods")),
        themes=tuple(rest.pop("themes")),
        localized={language: Text(**text) for language, text in rest.pop("localized").items()},
        credits=tuple(Credit(**credit) for credit in rest.pop("credits")),
        artwork=_artwork(rest.pop("artwork")),
        tier=Tier(tier),
        featured=rest.pop("featured", False),
        territories=tuple(availability.get("territories", ())),
        windows=tuple(_window(window) for window in availability.get("windows", ())),
        media=Media(media),
        seasons=tuple(_season(season) for season in rest.pop("seasons", ())),
        **rest,
    )


def _season(row: dict[str, Any]) -> Season:
    return Season(number=row["number"], episodes=tuple(_episode(episode) for episode in row["episodes"]))


def _episode(row: dict[str, Any]) -> Episode:
    rest = dict(row)
    return Episode(duration=dt.timedelta(minutes=rest.pop("duration_minutes")), **rest)


def _artwork(row: dict[str, Any]) -> Artwork:
    return Artwork(palette=tuple(row["palette"]), motif=row["motif"])


def _window(row: dict[str, str]) -> Window:
    return Window(start=_time(row.get("from")), end=_time(row.get("until")))


def _package(row: dict[str, Any]) -> Package:
    prices = tuple(Price(**price) for price in row.pop("prices"))
    return Package(tier=Tier(row.pop("tier")), prices=prices, **row)


def _account(row: dict[str, Any]) -> Account:
    return Account(
        tier=Tier(row.pop("tier")),
        roles=tuple(row.pop("roles")),
        profiles=tuple(_profile(profile) for profile in row.pop("profiles")),
        **row,
    )


def _profile(row: dict[str, Any]) -> Profile:
    row_preferences = row.pop("preferences", None)
    preferences = (
        Preferences(**{name: tuple(words) for name, words in row_preferences.items()}) if row_preferences else None
    )
    return Profile(preferences=preferences, **row)


def _minutes(minutes: int | None) -> dt.timedelta | None:
    return None if minutes is None else dt.timedelta(minutes=minutes)


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
