"""Reads the taxonomy: the genres, moods and themes that the service knows by itself, with their translations.

Moods and themes can be generated; each has a phrase that tells a model what is meant.
"""

from pathlib import Path
from typing import Any

import orjson

from services.catalog.domain import enrichment, terms
from services.kit import localization

_FILE = Path(__file__).with_name("taxonomy.json")
_FIELDS = {"moods": enrichment.MOODS, "themes": enrichment.THEMES}
_KINDS = {"genres": terms.GENRE, "moods": terms.MOOD, "themes": terms.THEME}


def read() -> enrichment.Taxonomy:
    """Returns the moods and themes that can be generated."""
    content = _content()
    labels = {number: [_label(entry) for entry in content[name]] for name, number in _FIELDS.items()}
    return enrichment.Taxonomy(content["model_version"], labels)


def translations() -> dict[terms.Term, dict[str, str]]:
    """Returns the names by language of all terms of the taxonomy."""
    content = _content()
    return {
        terms.Term(kind, terms.slug(entry["word"])): {
            localization.DEFAULT_LANGUAGE: entry["word"],
            **entry.get("translations", {}),
        }
        for name, kind in _KINDS.items()
        for entry in content[name]
    }


def _content() -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(_FILE.read_bytes())
    return content


def _label(entry: dict[str, Any]) -> enrichment.Label:
    return enrichment.Label(**{name: value for name, value in entry.items() if name != "translations"})
