"""Reads the taxonomy: moods and themes that can be filled in, each with a phrase that tells a model what is meant."""

from pathlib import Path

import orjson

from services.catalog.domain import enriching

_FILE = Path(__file__).with_name("taxonomy.json")
_FIELDS = {"moods": enriching.MOODS, "themes": enriching.THEMES}


def read() -> enriching.Taxonomy:
    """Answers the taxonomy."""
    told = orjson.loads(_FILE.read_bytes())
    labels = {number: [enriching.Label(**label) for label in told[name]] for name, number in _FIELDS.items()}
    return enriching.Taxonomy(told["model_version"], labels)
