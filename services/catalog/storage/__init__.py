"""All SQL of the catalogue. No function commits."""

from services.catalog.storage import collections, completeness, documents, enrichment, rankings, staging, titles

__all__ = ["collections", "completeness", "documents", "enrichment", "rankings", "staging", "titles"]
