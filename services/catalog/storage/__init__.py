"""All SQL of the catalogue. No function commits."""

from services.catalog.storage import documents, staging, titles

__all__ = ["documents", "staging", "titles"]
