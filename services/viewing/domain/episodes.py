"""CatalogClient, as far as watching needs them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode, as far as going on needs it."""

    episode_id: str
    season_number: int
    episode_number: int
    title: str

    @property
    def label(self) -> str:
        """The episode in words, such as `S2 E3 · The Long Tide`."""
        number = f"S{self.season_number} E{self.episode_number}"
        return f"{number} · {self.title}" if self.title else number


@dataclass(frozen=True, slots=True)
class Title:
    """A title that the viewer may know of; a series has episodes, in their order."""

    title_id: str
    title: str
    is_series: bool
    genres: tuple[str, ...] = ()
    episodes: tuple[Episode, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """How far it is to the end of a series."""

    title_id: str
    episode_count: int
    #: Empty for a series without episodes.
    last_episode_id: str
    #: The catalogue's revision of the title; zero where it was not told.
    revision: int = 0


def holds_episode(title: Title, episode_id: str) -> bool:
    """Whether a bookmark may name this episode of a title; what has no episodes may name none."""
    if not title.is_series:
        return not episode_id
    return any(episode.episode_id == episode_id for episode in title.episodes)


def in_order(episodes: Sequence[Episode]) -> tuple[Episode, ...]:
    """Answers episodes in the order in which they are watched."""
    return tuple(sorted(episodes, key=lambda episode: (episode.season_number, episode.episode_number)))


def as_series(title: Title) -> Series | None:
    """Answers how far it is to the end of a title, None for what has no episodes."""
    if not title.is_series:
        return None
    return Series(title.title_id, len(title.episodes), title.episodes[-1].episode_id if title.episodes else "")
