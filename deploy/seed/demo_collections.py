"""Reads the editorial collections of the demo data."""

import dataclasses
import json
import pathlib

from deploy.seed import seed_files

_FILE = pathlib.Path(__file__).parent / "collections.json"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The name and tagline of a collection in one language."""

    display_name: str
    tagline: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """An ordered list of titles with a name; `texts` is keyed by language."""

    collection_id: str
    texts: dict[str, Text]
    featured: bool
    position: int
    titles: tuple[seed_files.Title, ...]


def load(seed: seed_files.Seed) -> tuple[Collection, ...]:
    """Returns the collections in their order. The file refers to titles, also to edge cases, by name."""
    titles = {title.title: title for title in seed.titles + seed.edge_cases}
    return tuple(
        Collection(
            collection_id=row["collection_id"],
            texts={language: Text(**text) for language, text in row["texts"].items()},
            featured=row["featured"],
            position=position,
            titles=tuple(titles[name] for name in row["titles"]),
        )
        for position, row in enumerate(json.loads(_FILE.read_text(encoding="utf-8")), start=1)
    )
