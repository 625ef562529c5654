"""All SQL of the catalogue. No function commits."""

from services.catalog.storage import documents, enrichment, staging, titles

__all__ = ["documents", "enrichment", "staging", "titles"]
