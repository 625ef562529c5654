"""All SQL of the catalogue. No function commits."""

from services.catalog.storage import completeness, documents, enrichment, shelves, staging, titles

__all__ = ["completeness", "documents", "enrichment", "shelves", "staging", "titles"]
