"""Rows of titles to messages."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from marquee.catalog.v1 import catalog_pb2

from services.catalog import tables
from services.catalog.domain import enriching, titles

#: How many people tell what a title is about; those billed behind them are seldom why it is watched.
_MOST_PEOPLE = 12


def card(row: tables.Row, language_code: str) -> catalog_pb2.Title:
    """Answers a title as it stands in lists."""
    document = row.document
    texts = document["texts"]
    title = catalog_pb2.Title(
        title_id=row.title_id,
        type=row.type,
        title=titles.text_in(texts, language_code, "title"),
        original_title=document.get("original_title", ""),
        tagline=titles.text_in(texts, language_code, "tagline"),
        synopsis=titles.text_in(texts, language_code, "synopsis"),
        maturity_rating=row.maturity_rating,
        language_code=row.language_code,
        genres=row.genres,
        moods=row.moods,
        themes=row.themes,
        season_count=len(document.get("seasons", ())),
        featured=row.featured,
        source_uri=document.get("source_uri", ""),
        duration=_seconds(document.get("seconds")),
        ai_description=_line(row),
    )
    _release(title.release_date, document)
    artwork = document.get("artwork")
    if artwork:
        title.artwork.palette.extend(artwork.get("palette", ()))
        title.artwork.motif = artwork.get("motif", "")
        title.artwork.poster_uri = artwork.get("poster_uri", "")
    return title


def whole(row: tables.Row, language_code: str, publish_times: Mapping[str, datetime]) -> catalog_pb2.Title:
    """Answers a title with its credits, seasons and episodes, which came to the platform at `publish_times`."""
    title = card(row, language_code)
    for credit in row.document.get("credits", ()):
        title.credits.add(person=credit["person"], role=credit["role"], character=credit["character"])
    for season in row.document.get("seasons", ()):
        number = season["number"]
        title.seasons.add(
            season_number=number,
            title=season["title"],
            episodes=[_episode(episode, number, language_code, publish_times) for episode in season["episodes"]],
        )
    return title


def title_document(row: tables.Row, publish_times: Mapping[str, datetime]) -> catalog_pb2.TitleDocument:
    """Answers what a title is about, with episodes that came to the platform at `publish_times`."""
    document = row.document
    texts = document["texts"]
    names = {language: text["title"] for language, text in texts.items() if text.get("title")}
    if original := document.get("original_title"):
        names.setdefault(row.language_code, original)
    moods = enriching.Words(row.moods, row.reviewed_moods, row.inferred_moods)
    themes = enriching.Words(row.themes, row.reviewed_themes, row.inferred_themes)
    people = dict.fromkeys(credit["person"] for credit in document.get("credits", ()))
    told = catalog_pb2.TitleDocument(
        title_id=row.title_id,
        revision=row.revision,
        type=row.type,
        titles=names,
        synopsis=titles.text_in(texts, titles.DEFAULT_LANGUAGE, "synopsis"),
        tagline=titles.text_in(texts, titles.DEFAULT_LANGUAGE, "tagline"),
        genres=row.genres,
        moods=moods.told,
        themes=themes.told,
        inferred_moods=moods.inferred,
        inferred_themes=themes.inferred,
        people=itertools.islice(people, _MOST_PEOPLE),
        language_code=row.language_code,
        duration=_seconds(titles.usual_seconds(document)),
        featured=row.featured,
    )
    _release(told.release_date, document)
    for season in document.get("seasons", ()):
        for episode in season["episodes"]:
            told.episodes.add(
                episode_id=episode["episode_id"],
                season_number=season["number"],
                episode_number=episode["number"],
                publish_time=_time(publish_times.get(episode["episode_id"])),
                duration=_seconds(episode.get("seconds")),
            )
    return told


def _episode(
    episode: Mapping[str, Any], season_number: int, language_code: str, publish_times: Mapping[str, datetime]
) -> catalog_pb2.Episode:
    return catalog_pb2.Episode(
        episode_id=episode["episode_id"],
        episode_number=episode["number"],
        title=titles.text_in(episode["texts"], language_code, "title"),
        synopsis=titles.text_in(episode["texts"], language_code, "synopsis"),
        duration=_seconds(episode.get("seconds")),
        season_number=season_number,
        publish_time=_time(publish_times.get(episode["episode_id"])),
    )


def _line(row: tables.Row) -> str:
    """The line of a machine stands in for a tagline; the line of an editor stands in any case."""
    if row.reviewed_line is not None:
        return str(row.reviewed_line)
    return "" if any(text.get("tagline") for text in row.document["texts"].values()) else str(row.inferred_line)


def _seconds(length: int | None) -> Duration | None:
    return Duration(seconds=length) if length else None


def _time(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    told = Timestamp()
    told.FromDatetime(at)
    return told


def _release(date: catalog_pb2.ReleaseDate, document: Mapping[str, Any]) -> None:
    date.year, date.month, date.day = document["release_date"]
