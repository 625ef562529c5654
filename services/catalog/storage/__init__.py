"""All SQL of the catalogue. No function commits."""

from services.catalog.storage import staging, titles

__all__ = ["staging", "titles"]
