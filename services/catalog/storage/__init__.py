"""All SQL of the catalog. No function commits."""

from services.catalog.storage import (
    collections,
    completeness,
    enrichment,
    episodes,
    rankings,
    staging,
    terms,
    title_documents,
    titles,
)

__all__ = [
    "collections",
    "completeness",
    "enrichment",
    "episodes",
    "rankings",
    "staging",
    "terms",
    "title_documents",
    "titles",
]
