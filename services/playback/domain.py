"""What a session plays and where it starts: decided without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HEARTBEAT_INTERVAL = timedelta(seconds=10)
#: Three missed heartbeats free the stream slot.
LEASE = 3 * HEARTBEAT_INTERVAL
#: The lease while a session starts. If the process dies meanwhile, nobody holds the slot after it.
STARTING_LEASE = timedelta(seconds=5)
#: For how long after its lease has lapsed a heartbeat resumes a session, unless the account has started another one.
RESUMABLE = timedelta(minutes=10)
#: Media that was watched up to this share starts from the beginning again.
WATCHED = 0.95

#: The key system of HLS players that get each key from the address in the playlist.
IDENTITY = "identity"
#: The key system of players that get keys with a license (W3C Encrypted Media Extensions).
CLEAR_KEY = "org.w3.clearkey"

#: The kind of a subject and its id, as `subjects.key` returns them.
SubjectKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, as in marquee.type.v1.Image."""

    kind: int
    uri: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Episode:
    """What playback needs of an episode."""

    episode_id: str
    season_number: int
    episode_number: int
    display_name: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Title:
    """What playback needs of a title."""

    title_id: str
    is_series: bool = False
    #: In their order; empty if the title is not a series.
    episodes: tuple[Episode, ...] = ()


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where a profile stopped in a title or an episode."""

    subject: SubjectKey
    position: timedelta
    watched: bool
    update_time: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """The device that plays."""

    device_id: str = ""
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class ChannelPlace:
    """Where on a channel a session is."""

    channel_id: str
    #: The first cell of a window that is held; zero for the live window, which slides.
    from_cell: int
    #: From which cell on the session counts its runs.
    origin_cell: int
    #: The first cell that a held window does not list, however far the channel is.
    reach_cell: int
    #: When to start, in seconds since 1970; zero for the live edge.
    start_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Session:
    """A playback session, as it was when it started; one on a channel moves to another place of it."""

    session_id: str
    account_id: str
    profile_id: str
    subject: SubjectKey
    #: The series of an episode; empty otherwise.
    parent_title_id: str
    #: Empty on a channel, which plays several assets.
    asset_id: str
    device: Device
    #: Numbers of marquee.playback.v1.ManifestProtocol.
    protocols: tuple[int, ...]
    #: The codecs that the device states, by RFC 6381; empty if it states none.
    codecs: tuple[str, ...]
    duration: timedelta
    resume_position: timedelta
    start_time: datetime
    #: What the profile may see and where it is, for decisions that are made without its access token.
    maturity_ceiling: int
    country_code: str
    has_thumbnails: bool = False
    #: Whether the device gets keys with licenses alone, so that HLS playlists name no addresses of keys.
    uses_licenses: bool = False
    next_episode: Episode | None = None
    #: None on demand.
    place: ChannelPlace | None = None

    @property
    def shown_subject(self) -> SubjectKey:
        """What the session shows to others: a channel, or the title, which for an episode is its series."""
        if self.place:
            return "channel_id", self.place.channel_id
        return "title_id", self.parent_title_id or self.subject[1]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a viewer is."""

    position: timedelta
    #: On a channel: the programme, or the channel itself where no programme is known. None on demand.
    subject: SubjectKey | None = None
    #: The duration of the programme; None on demand.
    duration: timedelta | None = None


def latest_episode_id(bookmarks: Sequence[Bookmark]) -> str:
    """Returns the episode of the latest bookmark, an empty string if there is none."""
    in_episodes = [bookmark for bookmark in bookmarks if bookmark.subject[0] == "episode_id"]
    return max(in_episodes, key=lambda bookmark: bookmark.update_time).subject[1] if in_episodes else ""


def choose_episode(title: Title, episode_id: str, bookmarks: Sequence[Bookmark]) -> Episode | None:
    """Returns the episode to play: the requested one, or else the one where the profile stopped.

    A watched episode is followed by the next one, and the last one by the first. Without bookmarks the first episode is
    played.

    Args:
        title: the series.
        episode_id: the requested episode; empty if the series was requested.
        bookmarks: those of the profile in the series.

    Returns:
        None if the series has no such episode.
    """
    by_id = {episode.episode_id: episode for episode in title.episodes}
    if episode_id:
        return by_id.get(episode_id)
    in_series = [bookmark for bookmark in bookmarks if bookmark.subject[1] in by_id]
    first = title.episodes[0] if title.episodes else None
    if not in_series:
        return first
    latest = max(in_series, key=lambda bookmark: bookmark.update_time)
    if not latest.watched:
        return by_id[latest.subject[1]]
    return next_episode(title.episodes, latest.subject[1]) or first


def next_episode(episodes: Sequence[Episode], episode_id: str) -> Episode | None:
    """Returns the episode after this one, None if there is none."""
    order = [episode.episode_id for episode in episodes]
    after = order.index(episode_id) + 1 if episode_id in order else len(order)
    return episodes[after] if after < len(order) else None


def resume_position(bookmarks: Sequence[Bookmark], subject: SubjectKey, duration: timedelta) -> timedelta:
    """Returns where to start: where the profile stopped, or at the beginning of what it has watched."""
    for bookmark in bookmarks:
        if bookmark.subject == subject:
            is_watched = bookmark.watched or bookmark.position >= WATCHED * duration
            return timedelta() if is_watched else bookmark.position
    return timedelta()
