"""What a session plays and where it begins: decided without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HEARTBEAT_INTERVAL = timedelta(seconds=10)
#: Three missed heartbeats release the slot.
LEASE = 3 * HEARTBEAT_INTERVAL
#: Who is this far through has seen it, and begins anew.
WATCHED = 0.95


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode, as far as playing needs it."""

    episode_id: str
    season_number: int
    episode_number: int
    title: str


@dataclass(frozen=True, slots=True)
class Title:
    """A title, as far as playing needs it."""

    title_id: str
    title: str
    #: In the order of watching; empty for what is no series.
    episodes: tuple[Episode, ...] = ()
    is_series: bool = False


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the profile is in a film or an episode."""

    #: Empty where the title has no episodes.
    episode_id: str
    position: timedelta
    watched: bool
    update_time: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """What plays, as its owner would name it."""

    device_id: str = ""
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A viewing, as it was when it began."""

    session_id: str
    account_id: str
    profile_id: str
    title_id: str
    #: Empty where the title has no episodes.
    episode_id: str
    package_id: str
    #: The name of the title.
    title: str
    device: Device
    duration: timedelta
    resume_position: timedelta
    start_time: datetime
    #: What the profile may see and where it is, for decisions that are made without its access token.
    maturity_ceiling: int
    country_code: str
    has_thumbnails: bool = False
    next_episode: Episode | None = None


def choose_episode(title: Title, asked_id: str, bookmarks: Sequence[Bookmark]) -> Episode | None:
    """Answers the episode to play: the one that was asked for, or the one where the profile stopped.

    After an episode that was watched comes the next one. Who has seen the last one, or none, begins with the first.
    None where the title has no such episode.
    """
    if asked_id:
        return next((episode for episode in title.episodes if episode.episode_id == asked_id), None)
    by_id = {episode.episode_id: episode for episode in title.episodes}
    known = [bookmark for bookmark in bookmarks if bookmark.episode_id in by_id]
    first = title.episodes[0] if title.episodes else None
    if not known:
        return first
    latest = max(known, key=lambda bookmark: bookmark.update_time)
    if not latest.watched:
        return by_id[latest.episode_id]
    return next_episode(title, latest.episode_id) or first


def next_episode(title: Title, episode_id: str) -> Episode | None:
    """Answers the episode after this one, None after the last."""
    order = [episode.episode_id for episode in title.episodes]
    after = order.index(episode_id) + 1 if episode_id in order else len(order)
    return title.episodes[after] if after < len(order) else None


def resume_position(bookmarks: Sequence[Bookmark], episode_id: str, duration: timedelta) -> timedelta:
    """Answers where to begin: where the profile stopped, or at the start of what it has seen already."""
    for bookmark in bookmarks:
        if bookmark.episode_id == episode_id:
            seen = bookmark.watched or bookmark.position >= WATCHED * duration
            return timedelta() if seen else bookmark.position
    return timedelta()
