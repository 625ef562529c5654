"""Titles and episodes: from rows to messages."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.duration_pb2 import Duration
from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2
from marquee.type.v1 import type_pb2

from services.catalog import tables
from services.catalog.domain import enrichment, terms, titles
from services.kit import localization, timestamps

#: How many people a document names; those billed behind them are seldom why a title is watched.
_MOST_PEOPLE = 12
_MESSAGES: Mapping[str, tuple[Any, str]] = {
    terms.GENRE: (catalog_pb2.Genre, "genre_id"),
    terms.MOOD: (catalog_pb2.Mood, "mood_id"),
    terms.THEME: (catalog_pb2.Theme, "theme_id"),
}


def card(row: tables.Row, language_code: str, names: terms.Names) -> catalog_pb2.Title:
    """Returns a title as it appears in lists."""
    document = row.document
    texts = document["texts"]
    title = catalog_pb2.Title(
        title_id=row.title_id,
        type=row.type,
        display_name=titles.text_in(texts, language_code, "display_name"),
        original_display_name=document.get("original_display_name", ""),
        tagline=titles.text_in(texts, language_code, "tagline"),
        synopsis=titles.text_in(texts, language_code, "synopsis"),
        maturity_rating=maturity_rating(row),
        language_code=row.language_code,
        genres=_terms(terms.GENRE, row.genres, names, language_code),
        moods=_terms(terms.MOOD, row.moods, names, language_code),
        themes=_terms(terms.THEME, row.themes, names, language_code),
        season_count=len(document.get("seasons", ())),
        images=_images(document),
        featured=row.featured,
        source_uri=document.get("source_uri", ""),
        duration=_seconds(document.get("seconds")),
        ai_description=_ai_description(row),
    )
    _put_release_date(title.release_date, document)
    artwork = document.get("artwork") or {}
    if artwork.get("palette") or artwork.get("motif"):
        title.artwork.palette.extend(artwork.get("palette", ()))
        title.artwork.motif = artwork.get("motif", "")
    return title


def whole(row: tables.Row, language_code: str, names: terms.Names) -> catalog_pb2.Title:
    """Returns a title with its credits and seasons."""
    title = card(row, language_code, names)
    for credit in row.document.get("credits", ()):
        title.credits.add(
            person_id=titles.person_id(credit["display_name"]),
            display_name=credit["display_name"],
            role=credit["role"],
            character=credit["character"],
        )
    for season in row.document.get("seasons", ()):
        title.seasons.add(
            season_id=titles.season_id(row.title_id, season["number"]),
            season_number=season["number"],
            display_name=season["display_name"],
            episode_count=season["episode_count"],
        )
    return title


def episode(row: tables.Row, language_code: str) -> catalog_pb2.Episode:
    """Returns an episode."""
    texts = row.document["texts"]
    return catalog_pb2.Episode(
        episode_id=row.episode_id,
        title_id=row.title_id,
        season_id=titles.season_id(row.title_id, row.season_number),
        season_number=row.season_number,
        episode_number=row.episode_number,
        display_name=titles.text_in(texts, language_code, "display_name"),
        synopsis=titles.text_in(texts, language_code, "synopsis"),
        duration=_seconds(row.document.get("seconds")),
        publish_time=timestamps.from_datetime(row.publish_time),
        images=_images(row.document),
    )


def episode_ref(row: tables.Row) -> catalog_internal_pb2.EpisodeRef:
    """Returns an episode without its texts."""
    return catalog_internal_pb2.EpisodeRef(
        episode_id=row.episode_id,
        season_number=row.season_number,
        episode_number=row.episode_number,
        display_name=titles.text_in(row.document["texts"], localization.DEFAULT_LANGUAGE, "display_name"),
        duration=_seconds(row.document.get("seconds")),
        publish_time=timestamps.from_datetime(row.publish_time),
    )


def document(row: tables.Row, episodes: Sequence[tables.Row], names: terms.Names) -> catalog_internal_pb2.TitleDocument:
    """Returns the document of a title, with its episodes in their order."""
    document = row.document
    texts = document["texts"]
    display_names = {code: text["display_name"] for code, text in texts.items() if text.get("display_name")}
    if original := document.get("original_display_name"):
        display_names.setdefault(row.language_code, original)
    moods = enrichment.Words(row.moods, row.reviewed_moods, row.inferred_moods)
    themes = enrichment.Words(row.themes, row.reviewed_themes, row.inferred_themes)
    people = dict.fromkeys(credit["display_name"] for credit in document.get("credits", ()))
    message = catalog_internal_pb2.TitleDocument(
        title_id=row.title_id,
        revision=row.revision,
        type=row.type,
        display_names=display_names,
        synopsis=titles.text_in(texts, localization.DEFAULT_LANGUAGE, "synopsis"),
        tagline=titles.text_in(texts, localization.DEFAULT_LANGUAGE, "tagline"),
        genres=_terms(terms.GENRE, row.genres, names),
        moods=_terms(terms.MOOD, moods.of_editors, names),
        themes=_terms(terms.THEME, themes.of_editors, names),
        inferred_moods=_terms(terms.MOOD, moods.inferred, names),
        inferred_themes=_terms(terms.THEME, themes.inferred, names),
        people=itertools.islice(people, _MOST_PEOPLE),
        language_code=row.language_code,
        duration=_seconds(document.get("seconds") or document.get("usual_seconds")),
        featured=row.featured,
        episodes=map(episode_ref, episodes),
        genre_translations=[_translations(terms.GENRE, genre_id, names) for genre_id in row.genres],
    )
    _put_release_date(message.release_date, document)
    return message


def maturity_rating(row: tables.Row) -> type_pb2.MaturityRating | None:
    """Returns the rating of a title, None if it is not rated."""
    if row.maturity_age is None:
        return None
    return type_pb2.MaturityRating(age=row.maturity_age, system=row.maturity_system, label=row.maturity_label)


def _translations(kind: str, term_id: str, names: terms.Names) -> catalog_internal_pb2.TermTranslations:
    translations = dict(names.by_language(kind, term_id))
    translations.pop(localization.DEFAULT_LANGUAGE, None)
    return catalog_internal_pb2.TermTranslations(term_id=term_id, display_names=translations)


def _terms(
    kind: str, term_ids: Sequence[str], names: terms.Names, language_code: str = localization.DEFAULT_LANGUAGE
) -> list[Any]:
    message, id_field = _MESSAGES[kind]
    return [
        message(**{id_field: term_id, "display_name": names.name(kind, term_id, language_code)}) for term_id in term_ids
    ]


def _images(document: Mapping[str, Any]) -> list[type_pb2.Image]:
    return [type_pb2.Image(**image) for image in document.get("images", ())]


def _ai_description(row: tables.Row) -> str:
    """Returns the line of an editor, or else the generated one if there is no tagline."""
    if row.reviewed_line is not None:
        return str(row.reviewed_line)
    return "" if any(text.get("tagline") for text in row.document["texts"].values()) else str(row.inferred_line)


def _seconds(seconds: int | None) -> Duration | None:
    return Duration(seconds=seconds) if seconds else None


def _put_release_date(date: catalog_pb2.ReleaseDate, document: Mapping[str, Any]) -> None:
    date.year, date.month, date.day = document["release_date"]
