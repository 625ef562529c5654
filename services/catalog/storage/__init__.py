"""All SQL of the catalog. No function commits."""

from services.catalog.storage import (
    collections,
    completeness,
    documents,
    enrichment,
    episodes,
    rankings,
    staging,
    terms,
    titles,
)

__all__ = [
    "collections",
    "completeness",
    "documents",
    "enrichment",
    "episodes",
    "rankings",
    "staging",
    "terms",
    "titles",
]
