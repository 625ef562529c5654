"""Enrichment: the input of enrichers, and the values of titles with their sources."""

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from marquee.catalog.v1 import catalog_admin_service_pb2

from services.catalog import tables
from services.catalog.domain import enrichment, terms, titles
from services.kit import localization, timestamps

_KINDS = {enrichment.MOODS: terms.MOOD, enrichment.THEMES: terms.THEME}


def closed(row: tables.Row) -> frozenset[int]:
    """Returns the fields that an editor decided on, which are not generated."""
    tagline = any(text.get("tagline") for text in row.document["texts"].values())
    message = {
        enrichment.MOODS: row.moods or row.reviewed_moods is not None,
        enrichment.THEMES: row.themes or row.reviewed_themes is not None,
        enrichment.LINE: tagline or row.reviewed_line is not None,
    }
    return frozenset(field for field, closed in message.items() if closed)


def subject(row: tables.Row, names: terms.Names) -> enrichment.Subject:
    """Returns the input of an enricher for a queued title: its texts, and the fields to generate."""
    texts = row.document["texts"]
    filled = {
        enrichment.MOODS: row.inferred_moods,
        enrichment.THEMES: row.inferred_themes,
        enrichment.LINE: row.inferred_line,
    }
    open_fields = filled.keys() - closed(row)
    missing = frozenset(field for field in open_fields if row.again or not filled[field])
    return enrichment.Subject(
        title_id=row.title_id,
        type=row.type,
        name=titles.text_in(texts, localization.DEFAULT_LANGUAGE, "display_name"),
        synopsis=titles.text_in(texts, localization.DEFAULT_LANGUAGE, "synopsis"),
        genres=names.english(terms.GENRE, row.genres),
        moods=() if enrichment.MOODS in missing else names.english(terms.MOOD, row.shown_moods),
        themes=() if enrichment.THEMES in missing else names.english(terms.THEME, row.shown_themes),
        missing=missing,
    )


def values(
    row: tables.Row, stored: Sequence[tables.Row], names: terms.Names
) -> list[catalog_admin_service_pb2.EnrichedValue]:
    """Returns the values that are shown, with their sources, the surest first."""
    said = closed(row)
    imported = {
        enrichment.MOODS: (row.moods, row.reviewed_moods),
        enrichment.THEMES: (row.themes, row.reviewed_themes),
        enrichment.LINE: ((), row.reviewed_line),
    }
    values = []
    for field, (message, reviewed) in imported.items():
        if field in said and reviewed is None:
            values += [_enriched(names, field, value) for value in message]
            continue
        source = enrichment.EDITOR if reviewed is not None else 0
        rows = [one for one in stored if one.field == field and (one.source == enrichment.EDITOR) == bool(source)]
        values += [
            _enriched(names, field, one.value, one)
            for one in sorted(rows, key=lambda one: (-one.confidence, one.value))
        ]
    return values


def status(status: enrichment.Status, provider: str) -> catalog_admin_service_pb2.GetEnrichmentStatusResponse:
    """Returns the state of enrichment."""
    return catalog_admin_service_pb2.GetEnrichmentStatusResponse(
        title_count=status.titles,
        complete_count=status.complete,
        inferred_count=status.inferred,
        queued_count=status.waiting,
        provider=provider,
    )


def _enriched(
    names: terms.Names, field: int, value: str, stored: tables.Row | None = None
) -> catalog_admin_service_pb2.EnrichedValue:
    """Returns a value with its source; an imported value is one of an editor, of unknown time."""
    message = catalog_admin_service_pb2.EnrichedValue(
        field=cast("Any", field), value=value, source=catalog_admin_service_pb2.ENRICHMENT_SOURCE_EDITOR, confidence=1.0
    )
    if field in _KINDS:
        message.display_name = names.name(_KINDS[field], value)
    if stored is not None:
        message.source, message.confidence, message.model_version = (
            stored.source,
            stored.confidence,
            stored.model_version,
        )
        timestamps.put_datetime(message.write_time, stored.write_time)
    return message


def etag(values: Sequence[catalog_admin_service_pb2.EnrichedValue]) -> str:
    """Returns the version of the values of a title."""
    digest = hashlib.blake2b(digest_size=12)
    for value in values:
        digest.update(value.SerializeToString(deterministic=True))
    return digest.hexdigest()
