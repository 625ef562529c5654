"""Collections: to messages, and from what editors send."""

from collections.abc import Mapping
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from marquee.catalog.v1 import catalog_pb2

from services.catalog.domain import collections
from services.kit import localization, status, timestamps


def collection(
    seen: collections.Open, language_code: str, cards: Mapping[str, catalog_pb2.Title]
) -> catalog_pb2.Collection:
    """Returns a collection as a viewer sees it, with those of its first titles that `cards` has."""
    text = collections.text_in(seen.texts, language_code)
    return catalog_pb2.Collection(
        collection_id=seen.collection_id,
        display_name=text.display_name,
        tagline=text.tagline,
        featured=seen.featured,
        end_time=_timestamp(seen.end_time),
        title_count=seen.title_count,
        titles=[cards[title_id] for title_id in seen.title_ids if title_id in cards],
    )


def edited_collection(
    stored: collections.Stored, view: catalog_pb2.CollectionView.ValueType = catalog_pb2.COLLECTION_VIEW_FULL
) -> catalog_pb2.Collection:
    """Returns a collection as an editor sees it."""
    draft = stored.draft
    text = collections.text_in(draft.texts, localization.DEFAULT_LANGUAGE)
    message = catalog_pb2.Collection(
        collection_id=draft.collection_id,
        display_name=text.display_name,
        tagline=text.tagline,
        featured=draft.featured,
        end_time=_timestamp(draft.end_time),
        title_count=len(draft.title_ids),
    )
    if view == catalog_pb2.COLLECTION_VIEW_BASIC:
        return message
    message.title_ids.extend(draft.title_ids)
    message.position = draft.position
    message.etag = stored.etag
    timestamps.put_datetime(message.update_time, stored.update_time)
    for language, localized in draft.texts.items():
        message.texts[language].display_name = localized.display_name
        message.texts[language].tagline = localized.tagline
    if draft.start_time or draft.end_time:
        window = catalog_pb2.AvailabilityWindow(
            start_time=_timestamp(draft.start_time), end_time=_timestamp(draft.end_time)
        )
        message.window.CopyFrom(window)
    return message


def draft(message: catalog_pb2.Collection) -> collections.Draft:
    """Returns what an editor wrote. Raises RequestInvalid for what cannot be stored."""
    texts = {
        language: collections.tidy(collections.Text(text.display_name, text.tagline))
        for language, text in message.texts.items()
    }
    nameless = sorted(language for language, text in texts.items() if not text.display_name)
    if nameless:
        raise status.violations(
            [(f"collection.texts[{language!r}].display_name", "a name needs letters") for language in nameless]
        )
    return collections.Draft(
        collection_id=message.collection_id,
        texts=texts,
        title_ids=tuple(message.title_ids),
        start_time=timestamps.optional_datetime(message.window, "start_time"),
        end_time=timestamps.optional_datetime(message.window, "end_time"),
        featured=message.featured,
        position=message.position,
    )


def _timestamp(time: datetime | None) -> Timestamp | None:
    return timestamps.from_datetime(time) if time else None
