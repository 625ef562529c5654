"""Builders of the facts, documents and events that catalog sends, with defaults."""

import itertools

from google.protobuf import duration_pb2
from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.kit import ids, testing

_revisions = itertools.count(1)

_TERMS = {
    "genres": (catalog_pb2.Genre, "genre_id"),
    "moods": (catalog_pb2.Mood, "mood_id"),
    "inferred_moods": (catalog_pb2.Mood, "mood_id"),
    "themes": (catalog_pb2.Theme, "theme_id"),
    "inferred_themes": (catalog_pb2.Theme, "theme_id"),
}

EDITOR = testing.bearing(testing.a_token(profile_id="", roles=("editor",)))
SERVICE = testing.as_service("catalog")


def facts(title_id=None, *, maturity_age=8, **changes):
    values = {
        "title_id": title_id or ids.new(),
        "revision": next(_revisions),
        "state": catalog_pb2.TITLE_STATE_PUBLISHED,
        "maturity_rating": type_pb2.MaturityRating(age=maturity_age) if maturity_age is not None else None,
        "type": catalog_pb2.TITLE_TYPE_FILM,
        **changes,
    }
    return catalog_internal_pb2.TitleFacts(**values)


def document(title_facts, name, **changes):
    terms = {
        name: [message(**{key: word.casefold().replace(" ", "-"), "display_name": word}) for word in changes.pop(name)]
        for name, (message, key) in _TERMS.items()
        if name in changes
    }
    values = {
        "title_id": title_facts.title_id,
        "revision": title_facts.revision,
        "type": title_facts.type,
        "display_names": {"en": name},
        "synopsis": "Something happens.",
        "genres": [catalog_pb2.Genre(genre_id="drama", display_name="Drama")],
        "language_code": "en",
        "release_date": catalog_pb2.ReleaseDate(year=2020),
        "duration": duration_pb2.Duration(seconds=5400),
        **changes,
        **terms,
    }
    return catalog_internal_pb2.TitleDocument(**values)


def changed(*title_facts):
    """Returns the event of catalog for changed titles."""
    return event_internal_pb2.Event(
        event_id=ids.new(), titles_changed=event_internal_pb2.TitlesChanged(titles=title_facts)
    )
