"""Rows and values to messages and back."""

from services.catalog.convert import (
    collections,
    completeness,
    enrichment,
    import_report,
    search,
    titles,
    visibility_facts,
)

__all__ = ["collections", "completeness", "enrichment", "import_report", "search", "titles", "visibility_facts"]
