"""What editors put side by side, and where pages of it begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.catalog.domain import titles

#: What columns can hold.
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Text:
    """What a collection is called in a language."""

    display_name: str
    tagline: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place among collections: behind the one with this id, which stands so."""

    #: 0 for those that editors put forward, which come first; 1 for others.
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
        """Where it stands among others."""
        return place(self.collection_id, self.position, featured=self.featured)


@dataclass(frozen=True, slots=True)
class Kept:
    """A collection as it is kept."""

    draft: Draft
    revision: int
    update_time: datetime

    @property
    def etag(self) -> str:
        """Changes with each change of the collection."""
        return str(self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A collection as a viewer sees it, with the ids of its first titles that the viewer may know of."""

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
        """Where it stands among others."""
        return place(self.collection_id, self.position, featured=self.featured)


def place(collection_id: str, position: int, *, featured: bool) -> Place:
    """Answers where a collection stands."""
    return Place(int(not featured), position, collection_id)


def number(value: object) -> int:
    """Makes a number of what a page token tells. Raises ValueError for what a column cannot hold."""
    told = int(str(value))
    if not 0 <= told <= _LARGEST:
        raise ValueError(value)
    return told


def text_in(texts: Mapping[str, Text], language_code: str) -> Text:
    """Answers the texts in the language that was asked for, or in one that may stand in.

    Name and tagline stay together: half of it in another language would read like a fault.
    """
    return next(texts[language] for language in titles.languages(language_code, texts))


def tidy(text: Text) -> Text:
    """Answers texts as they are kept: each in one line, without what a database cannot hold."""
    name, tagline = (" ".join(told.replace("\0", " ").split()) for told in (text.display_name, text.tagline))
    return Text(name, tagline)
