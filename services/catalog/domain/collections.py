"""Collections of titles, and the places where pages of them begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.kit import localization

#: The largest integer of a column.
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Text:
    """The texts of a collection in one language."""

    display_name: str
    tagline: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of collections: behind this one."""

    #: 0 for featured collections, which come first; 1 for others.
    rank: int
    position: int
    collection_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A collection as editors write it."""

    collection_id: str
    texts: Mapping[str, Text]
    title_ids: tuple[str, ...] = ()
    #: An open end is None.
    start_time: datetime | None = None
    end_time: datetime | None = None
    featured: bool = False
    position: int = 0

    @property
    def place(self) -> Place:
        """The place of the collection in the list."""
        return place(self.collection_id, self.position, featured=self.featured)


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored collection."""

    draft: Draft
    revision: int
    update_time: datetime

    @property
    def etag(self) -> str:
        """The version of the collection."""
        return str(self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A collection as a viewer sees it, with the ids of its first visible titles."""

    collection_id: str
    texts: Mapping[str, Text]
    featured: bool
    position: int
    end_time: datetime | None
    revision: int
    title_count: int
    title_ids: tuple[str, ...] = field(default=())

    @property
    def place(self) -> Place:
        """The place of the collection in the list."""
        return place(self.collection_id, self.position, featured=self.featured)


def place(collection_id: str, position: int, *, featured: bool) -> Place:
    """Returns the place of a collection in the list."""
    return Place(int(not featured), position, collection_id)


def number(value: object) -> int:
    """Returns the integer in a page token. Raises ValueError for anything that a column cannot hold."""
    parsed = int(str(value))
    if not 0 <= parsed <= _LARGEST:
        raise ValueError(value)
    return parsed


def text_in(texts: Mapping[str, Text], language_code: str) -> Text:
    """Returns the texts in the preferred language, or in one that replaces it.

    Name and tagline are of one language.
    """
    return next(texts[language] for language in localization.languages(language_code, texts))


def tidy(text: Text) -> Text:
    """Returns texts as they are stored: each in one line, without characters that the database cannot hold."""
    name, tagline = (" ".join(line.replace("\0", " ").split()) for line in (text.display_name, text.tagline))
    return Text(name, tagline)
