"""What a profile told of its taste, and how much each of it counts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: marquee.viewing.v1.Thumb
NO_THUMB, THUMB_UP, THUMB_DOWN = 0, 1, 2
#: marquee.recommendation.v1.TasteSignalKind
WATCHED, RATED, LISTED, VIEWED, SUPPRESSED, GENRE, LANGUAGE = range(1, 8)

_WORDS = {
    WATCHED: "watched",
    RATED: "rated",
    LISTED: "listed",
    VIEWED: "viewed",
    SUPPRESSED: "suppressed",
    GENRE: "genre",
    LANGUAGE: "language",
}

# A completed watch is the measure of everything else.
_WATCHED = 1.0
_LIKED = 2.0 * _WATCHED
_DISLIKED = -1.0
_LISTED = 0.5
_VIEWED = 0.1
_MOST_VIEWS = 3
_SUPPRESSED = -0.5
_ABANDONED = -0.2
_MOST_ABANDONS = 3
_ABANDONED_COMPLETION = 0.1
_PREFERRED = 1.0
#: What was done that long ago counts half, and never less than a quarter: taste outlives the year.
_HALF_LIFE = timedelta(days=180)
_LEAST_RECENCY = 0.25
#: How far the clocks of two services may be apart.
_CLOCKS_APART = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class TitleSignals:
    """Everything that a profile told of one title."""

    title_id: str
    #: How much of it was ever watched, from 0 to 1.
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
    def begun(self) -> bool:
        """Whether any of it was watched."""
        return self.watch_time is not None

    @property
    def refused(self) -> bool:
        """Whether the viewer does not want to see it again: it is hidden, or not liked."""
        return self.suppress_time is not None or self.thumb == THUMB_DOWN

    @property
    def banned(self) -> bool:
        """Whether it must not be recommended: it is refused, or seen to its end."""
        return self.refused or self.finished

    def return_time(self, at: datetime) -> datetime | None:
        """Returns when it will be gone on with again by itself, of what is put off; None for all else."""
        if self.dismiss_time is None or self.snooze_until_time is None:
            return None
        # Who asks the moment it is over may hear of clocks that say it is not yet.
        times = (self.snooze_until_time, self.snooze_until_time + _CLOCKS_APART)
        return next((time for time in times if at < time), None)


@dataclass(frozen=True, slots=True)
class HouseholdTitle:
    """A title that the rest of a household watched."""

    title_id: str
    profile_count: int
    completion: float
    watch_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a profile is with a film, an event or an episode."""

    title_id: str
    #: Empty for what has no episodes.
    episode_id: str
    position: timedelta
    duration: timedelta
    update_time: datetime
    #: Whether it counts as watched to its end.
    watched: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What a profile did. Empty for one that did nothing, and for callers who are not signed in."""

    titles: tuple[TitleSignals, ...] = ()
    household: tuple[HouseholdTitle, ...] = ()
    #: Those that say how titles continue, the latest first.
    bookmarks: tuple[Bookmark, ...] = ()
    revision: int = 0
    #: Titles of long ago, not among the others, that must not be recommended.
    excluded: tuple[str, ...] = ()

    def next_return(self, at: datetime) -> datetime | None:
        """Returns when the next of the titles that are put off comes back by itself."""
        return min((time for told in self.titles if (time := told.return_time(at))), default=None)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a profile asked to see."""

    genre_ids: tuple[str, ...] = ()
    language_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TasteSignal:
    """One thing that is taken for the taste of a profile."""

    signal_id: str
    kind: int
    weight: float
    title_id: str = ""
    #: The genre or the language, of a preference.
    word: str = ""
    time: datetime | None = None
    paused: bool = False


def signal_id(kind: int, about: str) -> str:
    """Returns the name of a signal."""
    return f"{_WORDS[kind]}.{about}"


def parse(told: str) -> tuple[int, str] | None:
    """Returns the kind of a signal and what it is about; None for what names none."""
    word, dot, about = told.partition(".")
    kind = next((kind for kind, known in _WORDS.items() if known == word), None)
    return (kind, about) if dot and about and kind is not None else None


def ledger(
    titles: Sequence[TitleSignals], preferences: Preferences, paused: frozenset[str], at: datetime
) -> list[TasteSignal]:
    """Returns every signal with its weight, the weightiest first."""
    found = [signal for told in titles for signal in of_title(told, paused, at)]
    for kind, words in ((GENRE, preferences.genre_ids), (LANGUAGE, preferences.language_codes)):
        for word in words:
            named = signal_id(kind, word)
            rests = named in paused
            found.append(TasteSignal(named, kind, 0.0 if rests else _PREFERRED, word=word, paused=rests))
    return sorted(found, key=lambda signal: (-abs(signal.weight), signal.signal_id))


def of_title(told: TitleSignals, paused: frozenset[str], at: datetime) -> Iterator[TasteSignal]:
    """Returns the signals of one title.

    Where they contradict each other, the plainest word wins: of a title with a thumb down nothing counts as liking,
    paused or not, and of a hidden one only a thumb up does.
    """
    for kind, weight, time in _weighed(told, at):
        named = signal_id(kind, told.title_id)
        rests = named in paused
        silent = weight > 0 and (
            told.thumb == THUMB_DOWN
            or (told.suppress_time is not None and not (kind == RATED and told.thumb == THUMB_UP))
        )
        yield TasteSignal(
            named, kind, 0.0 if rests or silent else weight, title_id=told.title_id, time=time, paused=rests
        )


def _weighed(told: TitleSignals, at: datetime) -> Iterator[tuple[int, float, datetime | None]]:
    if told.watch_time is not None or told.abandon_count:
        yield WATCHED, _of_watching(told) * _recency(told.watch_time, at), told.watch_time
    if told.thumb:
        # Liking fades as watching does; what was not liked is not forgotten.
        weight = _LIKED * _recency(told.rate_time, at) if told.thumb == THUMB_UP else _DISLIKED
        yield RATED, weight, told.rate_time
    if told.add_time is not None:
        yield LISTED, _LISTED * _recency(told.add_time, at), told.add_time
    if told.view_count:
        yield VIEWED, _VIEWED * min(told.view_count, _MOST_VIEWS) * _recency(told.view_time, at), told.view_time
    if told.suppress_time is not None:
        yield SUPPRESSED, _SUPPRESSED, told.suppress_time


def _of_watching(told: TitleSignals) -> float:
    if told.finished:
        return _WATCHED
    if told.abandon_count and told.completion < _ABANDONED_COMPLETION:
        return _ABANDONED * min(told.abandon_count, _MOST_ABANDONS)
    return _WATCHED * min(max(told.completion, 0.0), 1.0)


def _recency(time: datetime | None, at: datetime) -> float:
    if time is None:
        return _LEAST_RECENCY
    age = max(at - time, timedelta()) / _HALF_LIFE
    return max(_LEAST_RECENCY, math.exp2(-age))
