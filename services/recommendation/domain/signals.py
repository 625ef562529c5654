"""Signals of the taste of a profile, and their weights."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: marquee.viewing.v1.Thumb
NO_THUMB, THUMB_UP, THUMB_DOWN = 0, 1, 2
#: marquee.recommendation.v1.TasteSignalKind
WATCHED, RATED, LISTED, VIEWED, SUPPRESSED, GENRE, LANGUAGE = range(1, 8)

_KIND_NAMES = {
    WATCHED: "watched",
    RATED: "rated",
    LISTED: "listed",
    VIEWED: "viewed",
    SUPPRESSED: "suppressed",
    GENRE: "genre",
    LANGUAGE: "language",
}
_KINDS = {name: kind for kind, name in _KIND_NAMES.items()}

# All weights are relative to that of a title that was watched to its end.
_WATCHED = 1.0
_LIKED = 2.0 * _WATCHED
_DISLIKED = -1.0
_LISTED = 0.5
_VIEWED = 0.1
_MAX_VIEWS = 3
_SUPPRESSED = -0.5
_ABANDONED = -0.2
_MAX_ABANDONS = 3
_ABANDONED_COMPLETION = 0.1
_PREFERRED = 1.0
#: After this time a signal counts half, and never less than a quarter: taste lasts longer than a year.
_HALF_LIFE = timedelta(days=180)
_MIN_RECENCY = 0.25
#: How far the clocks of two services may be apart.
_CLOCK_SKEW = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class TitleSignals:
    """All signals of a profile about one title."""

    title_id: str
    #: The largest part of it that was ever watched, from 0 to 1.
    completion: float = 0.0
    finished: bool = False
    watch_time: datetime | None = None
    thumb: int = NO_THUMB
    rate_time: datetime | None = None
    add_time: datetime | None = None
    suppress_time: datetime | None = None
    view_count: int = 0
    view_time: datetime | None = None
    abandon_count: int = 0
    dismiss_time: datetime | None = None
    snooze_until_time: datetime | None = None

    @property
    def started(self) -> bool:
        """Whether any of it was watched."""
        return self.watch_time is not None

    @property
    def refused(self) -> bool:
        """Whether the viewer hid or dislikes it."""
        return self.suppress_time is not None or self.thumb == THUMB_DOWN

    @property
    def unwanted(self) -> bool:
        """Whether it must not be recommended: it is refused or finished."""
        return self.refused or self.finished

    def return_time(self, at: datetime) -> datetime | None:
        """Returns when a snoozed title returns to Continue Watching; None if it is not snoozed."""
        if self.dismiss_time is None or self.snooze_until_time is None:
            return None
        # The clock of viewing may be late, so that the title has not returned yet at this moment.
        times = (self.snooze_until_time, self.snooze_until_time + _CLOCK_SKEW)
        return next((time for time in times if at < time), None)


@dataclass(frozen=True, slots=True)
class HouseholdTitle:
    """A title that other profiles of the account watched."""

    title_id: str
    profile_count: int
    completion: float
    watch_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The position of a profile in a film, an event or an episode."""

    title_id: str
    #: Empty for titles without episodes.
    episode_id: str
    position: timedelta
    duration: timedelta
    update_time: datetime
    #: Whether it counts as watched to its end.
    watched: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What a profile did. Empty for a new profile, and for callers who are not signed in."""

    titles: tuple[TitleSignals, ...] = ()
    household: tuple[HouseholdTitle, ...] = ()
    #: The bookmarks that say how titles continue, the latest first.
    bookmarks: tuple[Bookmark, ...] = ()
    revision: int = 0
    #: Older titles, not among the others, that must not be recommended.
    excluded: tuple[str, ...] = ()

    def next_return(self, at: datetime) -> datetime | None:
        """Returns when the next snoozed title returns; None without one."""
        return min((time for title in self.titles if (time := title.return_time(at))), default=None)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The genres and languages that a profile prefers."""

    genre_ids: tuple[str, ...] = ()
    language_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TasteSignal:
    """One signal of the taste of a profile, with its weight."""

    signal_id: str
    kind: int
    weight: float
    title_id: str = ""
    #: The genre or the language, of a preference.
    value: str = ""
    time: datetime | None = None
    paused: bool = False


def signal_id(kind: int, value: str) -> str:
    """Returns the id of the signal of a kind about a title, a genre or a language."""
    return f"{_KIND_NAMES[kind]}.{value}"


def parse(signal_id: str) -> tuple[int, str] | None:
    """Returns the kind of a signal and what it is about; None for an id of another form."""
    name, _, value = signal_id.partition(".")
    kind = _KINDS.get(name)
    return (kind, value) if value and kind is not None else None


def list_signals(
    titles: Sequence[TitleSignals], preferences: Preferences, paused: frozenset[str], at: datetime
) -> list[TasteSignal]:
    """Returns every signal with its weight, those with the largest weights first."""
    signals = [signal for title in titles for signal in signals_of_title(title, paused, at)]
    for kind, values in ((GENRE, preferences.genre_ids), (LANGUAGE, preferences.language_codes)):
        for value in values:
            name = signal_id(kind, value)
            is_paused = name in paused
            weight = 0.0 if is_paused else _PREFERRED
            signals.append(TasteSignal(name, kind, weight, value=value, paused=is_paused))
    return sorted(signals, key=lambda signal: (-abs(signal.weight), signal.signal_id))


def signals_of_title(title: TitleSignals, paused: frozenset[str], at: datetime) -> Iterator[TasteSignal]:
    """Returns the signals about one title.

    Where they contradict each other, the most explicit one counts: nothing about a title with a thumb down counts as
    liking, paused or not, and only a thumb up does about a hidden title.
    """
    for kind, weight, time in _weights(title, at):
        name = signal_id(kind, title.title_id)
        is_paused = name in paused
        is_contradicted = weight > 0 and (
            title.thumb == THUMB_DOWN
            or (title.suppress_time is not None and not (kind == RATED and title.thumb == THUMB_UP))
        )
        yield TasteSignal(
            name,
            kind,
            0.0 if is_paused or is_contradicted else weight,
            title_id=title.title_id,
            time=time,
            paused=is_paused,
        )


def interest(title: TitleSignals) -> tuple[float, datetime | None]:
    """Returns the interest of a profile in a title without its decay, and the time of the latest signal of it."""
    latest = max((time for time in (title.watch_time, title.rate_time) if time is not None), default=None)
    if latest is None:
        return 0.0, None
    weights = (
        signal.weight for signal in signals_of_title(title, frozenset(), latest) if signal.kind in {WATCHED, RATED}
    )
    return max(sum(weights), 0.0), latest


def _weights(title: TitleSignals, at: datetime) -> Iterator[tuple[int, float, datetime | None]]:
    if title.watch_time is not None or title.abandon_count:
        yield WATCHED, _watch_weight(title) * _recency(title.watch_time, at), title.watch_time
    if title.thumb:
        # Liking decays as watching does; dislike does not.
        weight = _LIKED * _recency(title.rate_time, at) if title.thumb == THUMB_UP else _DISLIKED
        yield RATED, weight, title.rate_time
    if title.add_time is not None:
        yield LISTED, _LISTED * _recency(title.add_time, at), title.add_time
    if title.view_count:
        weight = _VIEWED * min(title.view_count, _MAX_VIEWS) * _recency(title.view_time, at)
        yield VIEWED, weight, title.view_time
    if title.suppress_time is not None:
        yield SUPPRESSED, _SUPPRESSED, title.suppress_time


def _watch_weight(title: TitleSignals) -> float:
    if title.finished:
        return _WATCHED
    if title.abandon_count and title.completion < _ABANDONED_COMPLETION:
        return _ABANDONED * min(title.abandon_count, _MAX_ABANDONS)
    return _WATCHED * min(max(title.completion, 0.0), 1.0)


def _recency(time: datetime | None, at: datetime) -> float:
    if time is None:
        return _MIN_RECENCY
    age = max(at - time, timedelta()) / _HALF_LIFE
    return max(_MIN_RECENCY, math.exp2(-age))
