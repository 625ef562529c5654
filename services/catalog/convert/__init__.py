"""Rows and values to messages and back."""

from services.catalog.convert.collections import collection, collection_draft, edited_collection
from services.catalog.convert.completeness import completeness_report
from services.catalog.convert.enrichment import closed, enriched_values, enrichment_etag, enrichment_status, subject
from services.catalog.convert.facts import facts, facts_from_message, facts_message
from services.catalog.convert.import_report import import_report
from services.catalog.convert.search import (
    entry,
    filter_values,
    filters,
    named,
    result,
    search_query,
    suggestion,
    terms_of_filters,
)
from services.catalog.convert.titles import card, episode, episode_ref, title_document, whole

__all__ = [
    "card",
    "closed",
    "collection",
    "collection_draft",
    "completeness_report",
    "edited_collection",
    "enriched_values",
    "enrichment_etag",
    "enrichment_status",
    "entry",
    "episode",
    "episode_ref",
    "facts",
    "facts_from_message",
    "facts_message",
    "filter_values",
    "filters",
    "import_report",
    "named",
    "result",
    "search_query",
    "subject",
    "suggestion",
    "terms_of_filters",
    "title_document",
    "whole",
]
