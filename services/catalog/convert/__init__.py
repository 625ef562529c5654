"""Rows and values to messages and back."""

from services.catalog.convert.collections import collection, collection_draft, drafted
from services.catalog.convert.completeness import completeness_report
from services.catalog.convert.enrichment import closed, enriched_values, enrichment_status, subject
from services.catalog.convert.facts import facts, facts_message, facts_told
from services.catalog.convert.found import entry, filter_values, filters, named, result, suggestion, wish
from services.catalog.convert.reports import import_report
from services.catalog.convert.titles import card, title_document, whole

__all__ = [
    "card",
    "closed",
    "collection",
    "collection_draft",
    "completeness_report",
    "drafted",
    "enriched_values",
    "enrichment_status",
    "entry",
    "facts",
    "facts_message",
    "facts_told",
    "filter_values",
    "filters",
    "import_report",
    "named",
    "result",
    "subject",
    "suggestion",
    "title_document",
    "whole",
    "wish",
]
