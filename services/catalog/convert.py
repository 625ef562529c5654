"""Rows to messages, messages to values, and rows to what the search index takes."""

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from marquee.catalog.v1 import catalog_pb2

from services.catalog import search, tables
from services.catalog.domain import listing, reports, titles
from services.kit import visibility

_LONGEST_FIELD = 200
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
    people = dict.fromkeys(credit["person"] for credit in document.get("credits", ()))
    told = catalog_pb2.TitleDocument(
        title_id=row.title_id,
        revision=row.revision,
        type=row.type,
        titles=names,
        synopsis=titles.text_in(texts, titles.DEFAULT_LANGUAGE, "synopsis"),
        tagline=titles.text_in(texts, titles.DEFAULT_LANGUAGE, "tagline"),
        genres=row.genres,
        moods=row.moods,
        themes=row.themes,
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


def facts(row: tables.Row) -> visibility.Facts:
    """Answers what a title is judged by."""
    return visibility.Facts(
        state=row.state,
        maturity_rating=row.maturity_rating,
        territories=frozenset(row.territories),
        windows=tuple(visibility.Window(span.lower, span.upper) for span in row.windows),
        deleted=row.deleted,
    )


def facts_message(row: tables.Row) -> catalog_pb2.TitleFacts:
    """Answers what a title is judged by, for other services."""
    message = catalog_pb2.TitleFacts(
        title_id=row.title_id,
        revision=row.revision,
        state=row.state,
        maturity_rating=row.maturity_rating,
        territories=sorted(row.territories),
        type=row.type,
        deleted=row.deleted,
    )
    for span in row.windows:
        window = message.windows.add()
        if span.lower is not None:
            window.start_time.FromDatetime(span.lower)
        if span.upper is not None:
            window.end_time.FromDatetime(span.upper)
    return message


def facts_told(message: catalog_pb2.TitleFacts) -> visibility.Facts:
    """Answers the facts in a message."""
    return visibility.Facts(
        state=message.state,
        maturity_rating=message.maturity_rating,
        territories=frozenset(message.territories),
        windows=tuple(_window(window) for window in message.windows),
        deleted=message.deleted,
    )


def filters(request: catalog_pb2.ListTitlesRequest) -> listing.Filters:
    """Answers which titles a list is to hold."""
    return listing.Filters(
        type=request.type,
        genre=_storable(request.genre),
        language_code=_storable(request.language_code),
        year=request.year,
        mood=_storable(request.mood),
        theme=_storable(request.theme),
        featured_only=request.featured_only,
        by_name=request.order == catalog_pb2.TITLE_ORDER_TITLE,
    )


def filter_values(rows: Iterable[tables.Row]) -> catalog_pb2.GetFiltersResponse:
    """Answers what titles can be filtered by: the most used first, years from the latest on."""
    answer = catalog_pb2.GetFiltersResponse()
    kinds = {
        "genre": answer.genres,
        "mood": answer.moods,
        "theme": answer.themes,
        "language": answer.language_codes,
    }
    for row in sorted(rows, key=lambda row: (-row.titles, row.value)):
        if row.kind in kinds:
            kinds[row.kind].add(value=row.value, title_count=row.titles)
    years = [row for row in rows if row.kind == "year"]
    for row in sorted(years, key=lambda row: -int(row.value)):
        answer.years.add(value=row.value, title_count=row.titles)
    return answer


def entry(row: tables.Row) -> search.Entry:
    """Answers what a title is found by, in all its languages; nothing for a title that is gone."""
    if row.deleted:
        return search.Entry(row.title_id)
    document = row.document
    texts = document["texts"].values()
    told = [text.get(field, "") for text in texts for field in ("tagline", "synopsis")]
    characters = [credit["character"] for credit in document.get("credits", ())]
    names = dict.fromkeys([text.get("title", "") for text in texts] + [document.get("original_title", "")])
    return search.Entry(
        title_id=row.title_id,
        names=tuple(filter(None, names)),
        people=tuple(credit["person"] for credit in document.get("credits", ())),
        synopsis=(*told, *characters, *row.genres, *row.moods, *row.themes),
        cards={language: card(row, language).SerializeToString() for language in document["texts"]},
    )


def import_report(report: reports.Report) -> catalog_pb2.ImportTitlesResponse:
    """Answers what an import did."""
    return catalog_pb2.ImportTitlesResponse(
        row_count=report.row_count,
        created_count=report.created_count,
        updated_count=report.updated_count,
        unchanged_count=report.unchanged_count,
        error_count=report.error_count,
        errors=[
            catalog_pb2.ImportRowError(row=bad.row, field=_printable(bad.field), message=_printable(bad.message))
            for bad in report.errors
        ],
        committed=report.committed,
    )


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


def _window(message: catalog_pb2.AvailabilityWindow) -> visibility.Window:
    return visibility.Window(
        message.start_time.ToDatetime(UTC) if message.HasField("start_time") else None,
        message.end_time.ToDatetime(UTC) if message.HasField("end_time") else None,
    )


def _storable(word: str) -> str:
    """A word as PostgreSQL can take it; no title is filed under a NUL."""
    return word.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _printable(told: str) -> str:
    """A part of a bad row as a message can carry it."""
    return told[:_LONGEST_FIELD].encode("utf-8", "replace").decode()
