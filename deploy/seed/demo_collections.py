"""What the editors of the demonstration put side by side."""

import dataclasses
import json
import pathlib

from deploy.seed import seed_files

_FILE = pathlib.Path(__file__).parent / "collections.json"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a collection is called in a language."""

    display_name: str
    tagline: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Titles under a name of their own, in their order; `texts` is keyed by language."""

    collection_id: str
    texts: dict[str, Text]
    featured: bool
    position: int
    titles: tuple[seed_files.Title, ...]


def load(seed: seed_files.Seed) -> tuple[Collection, ...]:
    """Reads the collections in their order. A title is named by its name in the seed, also one that is withheld."""
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
