"""Collections: to messages, and from what editors send."""

from collections.abc import Mapping
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from marquee.catalog.v1 import catalog_pb2, collection_pb2

from services.catalog.domain import collections
from services.kit import status


def collection(
    seen: collections.Open, language_code: str, cards: Mapping[str, catalog_pb2.Title]
) -> collection_pb2.Collection:
    """Answers a collection as a viewer sees it, with those of its first titles that there are cards of."""
    told = collections.text_in(seen.texts, language_code)
    return collection_pb2.Collection(
        collection_id=seen.collection_id,
        display_name=told.display_name,
        tagline=told.tagline,
        featured=seen.featured,
        end_time=_timestamp(seen.end_time),
        title_count=seen.title_count,
        titles=[cards[title_id] for title_id in seen.title_ids if title_id in cards],
    )


def collection_draft(kept: collections.Kept) -> collection_pb2.CollectionDraft:
    """Answers a collection as editors wrote it."""
    draft = kept.draft
    message = collection_pb2.CollectionDraft(
        collection_id=draft.collection_id,
        title_ids=draft.title_ids,
        featured=draft.featured,
        position=draft.position,
        etag=kept.etag,
        update_time=_timestamp(kept.update_time),
    )
    for language, told in draft.texts.items():
        message.texts[language].display_name = told.display_name
        message.texts[language].tagline = told.tagline
    if draft.start_time or draft.end_time:
        window = catalog_pb2.AvailabilityWindow(
            start_time=_timestamp(draft.start_time), end_time=_timestamp(draft.end_time)
        )
        message.window.CopyFrom(window)
    return message


def drafted(message: collection_pb2.CollectionDraft) -> collections.Draft:
    """Answers what an editor wrote. Raises RequestInvalid for what cannot be kept."""
    texts = {
        language: collections.tidy(collections.Text(told.display_name, told.tagline))
        for language, told in message.texts.items()
    }
    nameless = sorted(language for language, told in texts.items() if not told.display_name)
    if nameless:
        raise status.violations(
            [(f"collection.texts[{language!r}].display_name", "a name needs letters") for language in nameless]
        )
    return collections.Draft(
        collection_id=message.collection_id.lower(),
        texts=texts,
        title_ids=tuple(dict.fromkeys(map(str.lower, message.title_ids))),
        start_time=_time(message.window, "start_time"),
        end_time=_time(message.window, "end_time"),
        featured=message.featured,
        position=message.position,
    )


def _time(window: catalog_pb2.AvailabilityWindow, name: str) -> datetime | None:
    if not window.HasField(name):  # type: ignore[arg-type]  # One of the two fields that a window has.
        return None
    told: Timestamp = getattr(window, name)
    try:
        return told.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise status.violations([(f"collection.window.{name}", "no calendar has such a time")]) from None


def _timestamp(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    message = Timestamp()
    message.FromDatetime(at)
    return message
