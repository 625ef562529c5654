"""Titles and the episodes of series, as far as viewing needs them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Title:
    """A title that is visible to the caller."""

    title_id: str
    display_name: str
    is_series: bool
    #: The ids of its genres and their names.
    genres: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of a series."""

    episode_id: str
    #: The number and the name, such as `S2 E3 · The Long Tide`; empty if they are not known.
    label: str
    #: None if it is not known.
    duration: timedelta | None


@dataclass(frozen=True, slots=True)
class Series:
    """The number of episodes of a series, and the last one."""

    title_id: str
    episode_count: int
    #: Empty for a series without episodes.
    last_episode_id: str
