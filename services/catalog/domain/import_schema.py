"""The rows of Marquee's own import format, as `docs/import.md` describes it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pydantic
from pydantic import Field

from services.catalog.domain import import_fields as fields
from services.catalog.domain import terms, titles
from services.catalog.domain.import_report import Problem
from services.kit import localization, visibility

_Minutes = Annotated[int | None, fields.integer(1, 6000)]


class _Text(fields.Object):
    title: fields.ShortText = ""
    synopsis: fields.LongText = ""

    def stored(self) -> dict[str, str]:
        """Returns the texts that are not empty, by the name that they are stored under."""
        texts = {"display_name": self.title, "tagline": getattr(self, "tagline", ""), "synopsis": self.synopsis}
        return {name: text for name, text in texts.items() if text}


class _TitleText(_Text):
    tagline: fields.ShortText = ""


class _Credit(fields.Object):
    person: fields.Name
    role: Annotated[int, fields.choice(titles.CREDIT_ROLES)]
    character: fields.ShortText = ""


class _Artwork(fields.Object):
    palette: Annotated[fields.Many[fields.Color], Field(max_length=7)] = ()
    motif: Annotated[str, fields.text(terms.LONGEST_NAME)] = ""


class _Window(fields.Object):
    start: Annotated[fields.Instant | None, Field(alias="from")] = None
    until: fields.Instant | None = None

    @pydantic.field_validator("until")
    @classmethod
    def _end_after_start(cls, until: Any, info: pydantic.ValidationInfo) -> Any:
        start = info.data.get("start")
        if until and start and start >= until:
            raise fields.invalid("must be later than from")
        return until


class _Availability(fields.Object):
    territories: fields.Many[fields.Country] = ()
    windows: fields.Many[_Window] = ()


class _Episode(_Text):
    episode_id: fields.Id
    number: Annotated[int, fields.integer(1, 10_000)]
    title: fields.Name
    localized: dict[fields.Translated, _Text] = Field(default_factory=dict)
    duration_minutes: _Minutes = None
    publish_time: fields.Instant | None = None
    images: fields.Many[fields.Image] = ()


class _Season(fields.Object):
    number: Annotated[int, fields.integer(1, 1000)]
    title: fields.ShortText = ""
    episodes: fields.Many[_Episode] = ()

    @pydantic.field_validator("episodes")
    @classmethod
    def _distinct_numbers(cls, episodes: tuple[_Episode, ...]) -> tuple[_Episode, ...]:
        if not _distinct([episode.number for episode in episodes]):
            raise fields.invalid("must have different numbers")
        return episodes


class _Row(_TitleText):
    title_id: fields.Id | None = None
    key: fields.ShortText = ""
    type: Annotated[int, fields.choice(titles.TYPES)]
    maturity: fields.MaturityRating
    language: fields.Language
    release_date: fields.ReleaseDate
    state: Annotated[int, fields.choice(titles.STATES)] = titles.STATES["DRAFT"]
    availability: _Availability = _Availability()
    title: fields.Name
    original_title: fields.ShortText = ""
    localized: dict[fields.Translated, _TitleText] = Field(default_factory=dict)
    duration_minutes: _Minutes = None
    genres: fields.TermNames = ()
    moods: fields.TermNames = ()
    themes: fields.TermNames = ()
    credits: fields.Many[_Credit] = ()
    artwork: _Artwork = _Artwork()
    images: fields.Many[fields.Image] = ()
    featured: bool = False
    source_uri: fields.Link = ""
    seasons: fields.Many[_Season] = ()

    @pydantic.field_validator("seasons")
    @classmethod
    def _fit_type(cls, seasons: tuple[_Season, ...], info: pydantic.ValidationInfo) -> tuple[_Season, ...]:
        if seasons and info.data.get("type", titles.SERIES) != titles.SERIES:
            raise fields.invalid("belong to a series")
        if not _distinct([season.number for season in seasons]):
            raise fields.invalid("must have different numbers")
        if not _distinct([episode.episode_id for season in seasons for episode in season.episodes]):
            raise fields.invalid("must have episodes with different ids")
        return seasons


def read(row: Any) -> tuple[titles.Title | None, list[Problem]]:
    """Returns the title in a row and no problems, or no title and all problems."""
    read_row, problems = fields.read(_Row, row)
    if isinstance(row, dict) and bool(row.get("title_id")) == bool(row.get("key")):
        problems.append(Problem("title_id", "or else key must say which title this is, and not both"))
    return (None, problems) if read_row is None or problems else (_title(read_row), [])


def _title(row: _Row) -> titles.Title:
    stated = row.maturity
    rating = titles.Rating(stated.age, stated.system, stated.label) if stated else None
    year, month, day = row.release_date
    episodes = tuple(_episodes(row.seasons))
    return titles.Title(
        title_id=row.title_id,
        source_key=row.key or None,
        type=row.type,
        facts=visibility.Facts(
            state=row.state,
            maturity_age=rating.age if rating else None,
            territories=frozenset(row.availability.territories),
            windows=tuple(visibility.Window(window.start, window.until) for window in row.availability.windows),
        ),
        rating=rating,
        language_code=row.language,
        released=year * 10_000 + month * 100 + day,
        genres=row.genres,
        moods=row.moods,
        themes=row.themes,
        featured=row.featured,
        document={
            "texts": _texts(row, row.localized),
            "original_display_name": row.original_title,
            "release_date": list(row.release_date),
            "seconds": (row.duration_minutes or 0) * 60,
            "usual_seconds": titles.usual_seconds(episodes),
            "credits": [
                {"display_name": credit.person, "role": credit.role, "character": credit.character}
                for credit in row.credits
            ],
            "artwork": row.artwork.model_dump(),
            "images": [image.model_dump() for image in row.images],
            "source_uri": row.source_uri,
            "seasons": [
                {"number": season.number, "display_name": season.title, "episode_count": len(season.episodes)}
                for season in sorted(row.seasons, key=lambda season: season.number)
            ],
        },
        episodes=episodes,
    )


def _episodes(seasons: Sequence[_Season]) -> list[titles.Episode]:
    episodes = [
        titles.Episode(
            episode_id=episode.episode_id,
            season_number=season.number,
            episode_number=episode.number,
            document={
                "texts": _texts(episode, episode.localized),
                "seconds": (episode.duration_minutes or 0) * 60,
                "images": [image.model_dump() for image in episode.images],
            },
            publish_time=episode.publish_time,
        )
        for season in seasons
        for episode in season.episodes
    ]
    return sorted(episodes, key=lambda episode: (episode.season_number, episode.episode_number))


def _texts(original: _Text, localized: Mapping[str, _Text]) -> dict[str, dict[str, str]]:
    """Returns the texts by language; those of the default language stand in the object itself."""
    return {
        localization.DEFAULT_LANGUAGE: original.stored(),
        **{code: text.stored() for code, text in localized.items()},
    }


def _distinct(values: list[Any]) -> bool:
    return len(values) == len(set(values))
