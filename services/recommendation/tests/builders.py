"""Titles with defaults, as catalog tells of them."""

import itertools

from google.protobuf import duration_pb2
from marquee.catalog.v1 import catalog_pb2
from marquee.event.v1 import event_internal_pb2

from services.kit import ids, testing

_revisions = itertools.count(1)

EDITOR = testing.bearing(testing.a_token(profile_id="", roles=("editor",)))
SERVICE = testing.as_service("catalog")


def facts(title_id=None, **changes):
    told = {
        "title_id": title_id or ids.new(),
        "revision": next(_revisions),
        "state": catalog_pb2.TITLE_STATE_PUBLISHED,
        "maturity_rating": 2,
        "type": catalog_pb2.TITLE_TYPE_FILM,
        **changes,
    }
    return catalog_pb2.TitleFacts(**told)


def document(told, name, **changes):
    values = {
        "title_id": told.title_id,
        "revision": told.revision,
        "type": told.type,
        "titles": {"en": name},
        "synopsis": "Something happens.",
        "genres": ["Drama"],
        "language_code": "en",
        "release_date": catalog_pb2.ReleaseDate(year=2020),
        "duration": duration_pb2.Duration(seconds=5400),
        **changes,
    }
    return catalog_pb2.TitleDocument(**values)


def changed(*told):
    """The event that tells of changed titles."""
    return event_internal_pb2.Event(event_id=ids.new(), titles_changed=event_internal_pb2.TitlesChanged(titles=told))
