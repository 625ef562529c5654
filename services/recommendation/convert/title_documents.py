"""Documents of catalog into titles, and into the texts that are embedded."""

import functools
from collections.abc import Iterable, MutableMapping
from datetime import date
from typing import Any

from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2

from services.kit import timestamps, title_facts, visibility
from services.recommendation import storage
from services.recommendation.domain import embedding_text, titles


def title(version: storage.titles.Version, shared: MutableMapping[visibility.Facts, visibility.Facts]) -> titles.Title:
    """Returns the title of a stored version. Equal facts are taken from `shared`, to be held once."""
    facts_message = catalog_internal_pb2.TitleFacts.FromString(version.facts)
    facts = title_facts.read(facts_message)
    document = catalog_internal_pb2.TitleDocument.FromString(version.document)
    intern = titles.intern
    return titles.Title(
        title_id=version.title_id,
        revision=facts_message.revision,
        facts=shared.setdefault(facts, facts),
        type=document.type,
        names={intern(language): name for language, name in sorted(document.display_names.items())},
        genres=_read_genres(document),
        moods=_unique(_term(each.mood_id, each.display_name) for each in (*document.moods, *document.inferred_moods)),
        themes=_unique(
            _term(each.theme_id, each.display_name) for each in (*document.themes, *document.inferred_themes)
        ),
        language_code=intern(document.language_code),
        release_date=_read_date(document.release_date),
        duration=timestamps.optional_timedelta(document, "duration"),
        featured=document.featured,
        episodes=tuple(map(_read_episode, document.episodes)),
        people=tuple(map(intern, document.people)),
    )


def embedding_text_of(document: catalog_internal_pb2.TitleDocument) -> str:
    """Returns the text of a title to embed; empty if it has none."""
    names = document.display_names
    return embedding_text.text(
        embedding_text.Words(
            name=names.get("en") or names.get(document.language_code) or next(iter(sorted(names.values())), ""),
            tagline=document.tagline,
            synopsis=document.synopsis,
            genres=_display_names(document.genres),
            moods=_display_names(document.moods),
            themes=_display_names(document.themes),
            people=document.people,
        )
    )


def text_digest(document: catalog_internal_pb2.TitleDocument) -> bytes | None:
    """Returns the digest of the text of a title to embed; None if it has none."""
    return embedding_text.digest(embedding_text_of(document))


def _read_episode(message: catalog_internal_pb2.EpisodeRef) -> titles.Episode:
    return titles.Episode(
        episode_id=message.episode_id,
        season_number=message.season_number,
        episode_number=message.episode_number,
        publish_time=timestamps.optional_datetime(message, "publish_time"),
        duration=timestamps.optional_timedelta(message, "duration"),
    )


def _read_date(message: catalog_pb2.ReleaseDate) -> date | None:
    if not message.year:
        return None
    try:
        return date(message.year, message.month or 1, message.day or 1)
    except ValueError:  # Of a date that no calendar has, the year may still be right.
        return date(message.year, 1, 1) if 1 <= message.year <= date.max.year else None


def _read_genres(document: catalog_internal_pb2.TitleDocument) -> tuple[titles.Term, ...]:
    translations = {each.term_id: tuple(sorted(each.display_names.items())) for each in document.genre_translations}
    return tuple(
        _term(each.genre_id, each.display_name, translations.get(each.genre_id, ())) for each in document.genres
    )


@functools.lru_cache(maxsize=4096)
def _term(term_id: str, name: str, translations: tuple[tuple[str, str], ...] = ()) -> titles.Term:
    """Returns the one copy of a term that thousands of titles have."""
    return titles.Term(term_id, name, translations)


def _unique(terms: Iterable[titles.Term]) -> tuple[titles.Term, ...]:
    by_id: dict[str, titles.Term] = {}
    for term in terms:
        by_id.setdefault(term.term_id, term)
    return tuple(by_id.values())


def _display_names(terms: Iterable[Any]) -> list[str]:
    return [term.display_name for term in terms]
