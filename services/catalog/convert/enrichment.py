"""What is filled in for titles: what an enricher is told of them, and where their words come from."""

from collections.abc import Sequence
from typing import Any, cast

from marquee.catalog.v1 import catalog_pb2

from services.catalog import tables
from services.catalog.domain import enriching, titles


def closed(row: tables.Row) -> frozenset[int]:
    """Answers what an editor has said something about, which a machine has nothing to add to."""
    tagline = any(text.get("tagline") for text in row.document["texts"].values())
    told = {
        enriching.MOODS: row.moods or row.reviewed_moods is not None,
        enriching.THEMES: row.themes or row.reviewed_themes is not None,
        enriching.LINE: tagline or row.reviewed_line is not None,
    }
    return frozenset(field for field, closed in told.items() if closed)


def subject(row: tables.Row) -> enriching.Subject:
    """Answers what an enricher is told of a title that waits, and what it is to fill in."""
    texts = row.document["texts"]
    filled = {
        enriching.MOODS: row.inferred_moods,
        enriching.THEMES: row.inferred_themes,
        enriching.LINE: row.inferred_line,
    }
    open_fields = filled.keys() - closed(row)
    missing = frozenset(field for field in open_fields if row.again or not filled[field])
    return enriching.Subject(
        title_id=row.title_id,
        type=row.type,
        name=titles.text_in(texts, titles.DEFAULT_LANGUAGE, "title"),
        synopsis=titles.text_in(texts, titles.DEFAULT_LANGUAGE, "synopsis"),
        genres=row.genres,
        moods=() if enriching.MOODS in missing else row.shown_moods,
        themes=() if enriching.THEMES in missing else row.shown_themes,
        missing=missing,
    )


def enriched_values(row: tables.Row, kept: Sequence[tables.Row]) -> list[catalog_pb2.EnrichedValue]:
    """Answers the words and the line that hold, with where they come from, the surest first."""
    said = closed(row)
    imported = {
        enriching.MOODS: (row.moods, row.reviewed_moods),
        enriching.THEMES: (row.themes, row.reviewed_themes),
        enriching.LINE: ((), row.reviewed_line),
    }
    answer = []
    for field, (told, reviewed) in imported.items():
        if field in said and reviewed is None:
            answer += [_enriched(field, value) for value in told]
            continue
        source = enriching.EDITOR if reviewed is not None else 0
        rows = [one for one in kept if one.field == field and (one.source == enriching.EDITOR) == bool(source)]
        answer += [
            _enriched(field, one.value, one) for one in sorted(rows, key=lambda one: (-one.confidence, one.value))
        ]
    return answer


def enrichment_status(status: enriching.Status, provider: str) -> catalog_pb2.GetEnrichmentStatusResponse:
    """Answers how far enrichment is."""
    return catalog_pb2.GetEnrichmentStatusResponse(
        title_count=status.titles,
        complete_count=status.complete,
        inferred_count=status.inferred,
        queued_count=status.waiting,
        provider=provider,
    )


def _enriched(field: int, value: str, kept: tables.Row | None = None) -> catalog_pb2.EnrichedValue:
    """Answers a value with where it comes from; what was imported is an editor's word of no known time."""
    told = catalog_pb2.EnrichedValue(
        field=cast("Any", field), value=value, source=catalog_pb2.ENRICHMENT_SOURCE_EDITOR, confidence=1.0
    )
    if kept is not None:
        told.source, told.confidence, told.model_version = kept.source, kept.confidence, kept.model_version
        told.write_time.FromDatetime(kept.write_time)
    return told
