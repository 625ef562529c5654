"""What is filled in for titles: what an enricher is told of them, and where their words come from."""

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from marquee.catalog.v1 import catalog_admin_service_pb2

from services.catalog import tables
from services.catalog.domain import enrichment, terms, titles
from services.kit import timestamps

_KINDS = {enrichment.MOODS: terms.MOOD, enrichment.THEMES: terms.THEME}


def closed(row: tables.Row) -> frozenset[int]:
    """Answers what an editor has said something about, which a machine has nothing to add to."""
    tagline = any(text.get("tagline") for text in row.document["texts"].values())
    told = {
        enrichment.MOODS: row.moods or row.reviewed_moods is not None,
        enrichment.THEMES: row.themes or row.reviewed_themes is not None,
        enrichment.LINE: tagline or row.reviewed_line is not None,
    }
    return frozenset(field for field, closed in told.items() if closed)


def subject(row: tables.Row, names: terms.Names) -> enrichment.Subject:
    """Answers what an enricher is told of a title that waits, and what it is to fill in."""
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
        name=titles.text_in(texts, titles.DEFAULT_LANGUAGE, "display_name"),
        synopsis=titles.text_in(texts, titles.DEFAULT_LANGUAGE, "synopsis"),
        genres=names.english(terms.GENRE, row.genres),
        moods=() if enrichment.MOODS in missing else names.english(terms.MOOD, row.shown_moods),
        themes=() if enrichment.THEMES in missing else names.english(terms.THEME, row.shown_themes),
        missing=missing,
    )


def enriched_values(
    row: tables.Row, kept: Sequence[tables.Row], names: terms.Names
) -> list[catalog_admin_service_pb2.EnrichedValue]:
    """Answers the words and the line that hold, with where they come from, the surest first."""
    said = closed(row)
    imported = {
        enrichment.MOODS: (row.moods, row.reviewed_moods),
        enrichment.THEMES: (row.themes, row.reviewed_themes),
        enrichment.LINE: ((), row.reviewed_line),
    }
    answer = []
    for field, (told, reviewed) in imported.items():
        if field in said and reviewed is None:
            answer += [_enriched(names, field, value) for value in told]
            continue
        source = enrichment.EDITOR if reviewed is not None else 0
        rows = [one for one in kept if one.field == field and (one.source == enrichment.EDITOR) == bool(source)]
        answer += [
            _enriched(names, field, one.value, one)
            for one in sorted(rows, key=lambda one: (-one.confidence, one.value))
        ]
    return answer


def enrichment_status(
    status: enrichment.Status, provider: str
) -> catalog_admin_service_pb2.GetEnrichmentStatusResponse:
    """Answers how far enrichment is."""
    return catalog_admin_service_pb2.GetEnrichmentStatusResponse(
        title_count=status.titles,
        complete_count=status.complete,
        inferred_count=status.inferred,
        queued_count=status.waiting,
        provider=provider,
    )


def _enriched(
    names: terms.Names, field: int, value: str, kept: tables.Row | None = None
) -> catalog_admin_service_pb2.EnrichedValue:
    """Answers a value with where it comes from; what was imported is an editor's word of no known time."""
    told = catalog_admin_service_pb2.EnrichedValue(
        field=cast("Any", field), value=value, source=catalog_admin_service_pb2.ENRICHMENT_SOURCE_EDITOR, confidence=1.0
    )
    if field in _KINDS:
        told.display_name = names.name(_KINDS[field], value)
    if kept is not None:
        told.source, told.confidence, told.model_version = kept.source, kept.confidence, kept.model_version
        timestamps.put_datetime(told.write_time, kept.write_time)
    return told


def enrichment_etag(values: Sequence[catalog_admin_service_pb2.EnrichedValue]) -> str:
    """Returns the version of the values of a title."""
    digest = hashlib.blake2b(digest_size=12)
    for value in values:
        digest.update(value.SerializeToString(deterministic=True))
    return digest.hexdigest()
