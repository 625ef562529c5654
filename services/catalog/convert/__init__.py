"""Rows and values to messages and back."""

from services.catalog.convert import collections, completeness, enrichment, facts, import_report, search, titles

__all__ = ["collections", "completeness", "enrichment", "facts", "import_report", "search", "titles"]
