"""Documents of the catalog to titles and texts."""

import functools
from collections.abc import Iterable, MutableMapping
from datetime import date
from typing import Any

from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2

from services.kit import timestamps, visibility
from services.recommendation import storage
from services.recommendation.domain import embedding_text, titles


def title(version: storage.titles.Version, shared: MutableMapping[visibility.Facts, visibility.Facts]) -> titles.Title:
    """Returns a title as it was stored. Facts that other titles have too are taken from `shared`."""
    judged_message = catalog_internal_pb2.TitleFacts.FromString(version.facts)
    judged = facts(judged_message)
    told = catalog_internal_pb2.TitleDocument.FromString(version.document)
    word = titles.shared
    return titles.Title(
        title_id=version.title_id,
        revision=judged_message.revision,
        facts=shared.setdefault(judged, judged),
        type=told.type,
        names={word(language): name for language, name in sorted(told.display_names.items())},
        genres=tuple(_term(each.genre_id, each.display_name) for each in told.genres),
        moods=_distinct(_term(each.mood_id, each.display_name) for each in (*told.moods, *told.inferred_moods)),
        themes=_distinct(_term(each.theme_id, each.display_name) for each in (*told.themes, *told.inferred_themes)),
        language_code=word(told.language_code),
        release_date=_released(told.release_date),
        duration=timestamps.optional_timedelta(told, "duration"),
        featured=told.featured,
        episodes=tuple(map(_episode, told.episodes)),
        people=tuple(map(word, told.people)),
    )


def facts(message: catalog_internal_pb2.TitleFacts) -> visibility.Facts:
    """Returns the facts that decide who may see a title."""
    return visibility.Facts(
        state=message.state,
        maturity_age=message.maturity_rating.age if message.HasField("maturity_rating") else None,
        territories=frozenset(message.territories),
        windows=tuple(
            visibility.Window(
                timestamps.optional_datetime(window, "start_time"), timestamps.optional_datetime(window, "end_time")
            )
            for window in message.windows
        ),
        deleted=message.deleted,
    )


def embedded(told: catalog_internal_pb2.TitleDocument) -> str:
    """Returns the text of a title to embed; empty where there is none."""
    names = told.display_names
    return embedding_text.text(
        embedding_text.Words(
            name=names.get("en") or names.get(told.language_code) or next(iter(sorted(names.values())), ""),
            tagline=told.tagline,
            synopsis=told.synopsis,
            genres=_display_names(told.genres),
            moods=_display_names(told.moods),
            themes=_display_names(told.themes),
            people=told.people,
        )
    )


def text_digest(told: catalog_internal_pb2.TitleDocument) -> bytes | None:
    """Returns what tells the text of a title from another; None where there is none."""
    return embedding_text.digest(embedded(told))


def _episode(told: catalog_internal_pb2.EpisodeRef) -> titles.Episode:
    return titles.Episode(
        episode_id=told.episode_id,
        season_number=told.season_number,
        episode_number=told.episode_number,
        publish_time=timestamps.optional_datetime(told, "publish_time"),
        duration=timestamps.optional_timedelta(told, "duration"),
    )


def _released(told: catalog_pb2.ReleaseDate) -> date | None:
    if not told.year:
        return None
    try:
        return date(told.year, told.month or 1, told.day or 1)
    except ValueError:  # A day that no calendar has says nothing; its year does.
        return date(told.year, 1, 1) if 1 <= told.year <= date.max.year else None


@functools.lru_cache(maxsize=4096)
def _term(term_id: str, name: str) -> titles.Term:
    """Returns the one copy of a term that thousands of titles have."""
    return titles.Term(term_id, name)


def _distinct(terms: Iterable[titles.Term]) -> tuple[titles.Term, ...]:
    found: dict[str, titles.Term] = {}
    for each in terms:
        found.setdefault(each.term_id, each)
    return tuple(found.values())


def _display_names(terms: Iterable[Any]) -> list[str]:
    return [each.display_name for each in terms]
