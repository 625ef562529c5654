"""The personal order of channels: how well each one fits what a profile watches, and why."""

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from services.epg.domain import channels

#: How long it is kept what a profile watched.
RETENTION = timedelta(days=60)
#: What was watched so long ago counts half as much.
_HALF_LIFE = timedelta(days=14)
#: A channel that was watched so long ago is half as recent as one that is being watched.
_RECENCY_HALF_LIFE = timedelta(days=3)
#: What was watched at a time of day that is so far away does not count for the present one.
_REACH_HOURS = 3.0
#: A channel that was watched for less was only passed.
_SHORTEST = timedelta(seconds=60)


class Factor(enum.IntEnum):
    """What makes a channel come early, by the numbers of `RankFactor`."""

    GENRE = 1
    TIME_OF_DAY = 2
    RECENCY = 3
    HIGH_DEFINITION = 4


WEIGHTS: Mapping[Factor, float] = {
    Factor.GENRE: 0.4,
    Factor.TIME_OF_DAY: 0.3,
    Factor.RECENCY: 0.2,
    Factor.HIGH_DEFINITION: 0.1,
}


class Watched(NamedTuple):
    """How long a profile watched a channel in one hour of the clock."""

    channel_id: str
    #: The beginning of the hour.
    hour: datetime
    duration: timedelta
    last_time: datetime


class Part(NamedTuple):
    """What one factor contributes to a score."""

    factor: Factor
    #: From 0 to 1.
    value: float

    @property
    def contribution(self) -> float:
        """The value times the weight of the factor."""
        return self.value * WEIGHTS[self.factor]


@dataclass(frozen=True, slots=True)
class Rank:
    """Why a channel has its place."""

    is_favorite: bool
    #: The largest contribution first.
    parts: Sequence[Part]

    @property
    def score(self) -> float:
        """The sum of the contributions, from 0 to 1."""
        return sum(part.contribution for part in self.parts)


class Taste:
    """What a profile watches, as the factors need it.

    Args:
        watched: what it watched.
        genres: the genres of the channels, by channel; empty for a mixed channel.
        favorites: its favorite channels, in its order.
        at: the present.
    """

    def __init__(
        self, watched: Iterable[Watched], genres: Mapping[str, str], favorites: Sequence[str], at: datetime
    ) -> None:
        self.favorites = {channel_id: place for place, channel_id in enumerate(favorites)}
        by_genre: defaultdict[str, float] = defaultdict(float)
        by_channel: defaultdict[str, float] = defaultdict(float)
        last_times: dict[str, datetime] = {}
        for each in watched:
            if each.duration < _SHORTEST:
                continue
            seconds = each.duration.total_seconds() * 0.5 ** (max(at - each.hour, timedelta(0)) / _HALF_LIFE)
            if genre_id := genres.get(each.channel_id):
                by_genre[genre_id] += seconds
            by_channel[each.channel_id] += seconds * _closeness(each.hour, at)
            last_times[each.channel_id] = max(each.last_time, last_times.get(each.channel_id, each.last_time))
        self._by_genre, self._by_channel = _shares_of_largest(by_genre), _shares_of_largest(by_channel)
        self._recency = {
            channel_id: 0.5 ** (max(at - last, timedelta(0)) / _RECENCY_HALF_LIFE)
            for channel_id, last in last_times.items()
        }

    @property
    def is_known(self) -> bool:
        """Whether anything is known that orders channels."""
        return bool(self.favorites or self._recency)

    def rank(self, channel: channels.Channel) -> Rank:
        """Returns why a channel has its place."""
        parts = [
            Part(Factor.GENRE, self._by_genre.get(channel.genre_id, 0.0)),
            Part(Factor.TIME_OF_DAY, self._by_channel.get(channel.channel_id, 0.0)),
            Part(Factor.RECENCY, self._recency.get(channel.channel_id, 0.0)),
            Part(Factor.HIGH_DEFINITION, float(channel.high_definition)),
        ]
        parts.sort(key=lambda part: -part.contribution)
        return Rank(channel.channel_id in self.favorites, parts)

    def sort(self, listed: Sequence[channels.Channel]) -> list[channels.Channel]:
        """Returns channels in the personal order: the favorites in theirs, then by score, then by number."""

        def place(channel: channels.Channel) -> tuple[int, float, tuple[int, str, str]]:
            favorite = self.favorites.get(channel.channel_id)
            if favorite is not None:
                return favorite, 0.0, channel.order
            return len(self.favorites), -self.rank(channel).score, channel.order

        return sorted(listed, key=place)


def _closeness(hour: datetime, at: datetime) -> float:
    """Returns how close the times of day of two instants are: 1 within half an hour, 0 from `_REACH_HOURS` on."""
    middle = hour + timedelta(minutes=30)
    apart = abs((at - middle).total_seconds()) / 3600 % 24
    apart = max(min(apart, 24 - apart) - 0.5, 0.0)
    return max(0.0, 1 - apart / (_REACH_HOURS - 0.5))


def _shares_of_largest(weights: Mapping[str, float]) -> dict[str, float]:
    largest = max(weights.values(), default=0.0)
    return {name: weight / largest for name, weight in weights.items()} if largest else {}
