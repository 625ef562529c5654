"""Channels and programmes, in one matrix with the titles.

A programme that shows a title of the catalog has the row of that title. Others have a row for each text: airings whose
names, episodes, synopses and genres are equal share it. Each channel has a row too. All rows are ranked by one model.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from services.kit import visibility
from services.recommendation.domain import feature_matrix, titles
from services.recommendation.domain.feature_matrix import FeatureMatrix, Mask, Numbers, Rows

#: The facts of what is not in the catalog: its channel and its own age decide who may see an airing.
_OPEN = visibility.Facts(visibility.PUBLISHED, 0)
_NO_TIME = 0.0


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, and what decides who may see it."""

    channel_id: str
    facts: visibility.Facts
    start_over: bool
    catch_up_window: timedelta
    genre_id: str
    language_code: str
    #: The digest of its name and genre, which are embedded.
    text_hash: bytes


@dataclass(frozen=True, slots=True)
class Programme:
    """An airing on a channel."""

    programme_id: str
    start_time: datetime
    end_time: datetime
    #: None if it is suitable for everybody who may see the channel.
    maturity_age: int | None
    #: The title or the episode of the catalog that is shown; empty for others.
    title_id: str
    episode_id: str
    #: The digest of the text that is embedded for a programme that is not in the catalog.
    text_hash: bytes
    #: The digest of the name: equal for the airings of one programme, also for other episodes of it.
    name_key: bytes
    genre_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Airings:
    """All airings, an entry each. Times are seconds since 1970."""

    programme_ids: tuple[str, ...]
    #: The numbers of the channels.
    channels: Rows
    starts: Numbers
    ends: Numbers
    #: Until when they can be caught up; 0 if they cannot.
    catch_up_ends: Numbers
    #: Whether they can be played from the beginning while they are on.
    start_over: Mask
    #: The minimum age of viewers; 0 for all.
    ages: Rows
    #: The rows of the matrix.
    rows: Rows
    #: The numbers of the airings by their ids.
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class GuideMatrix:
    """The titles of a catalogue, the programmes and the channels of a guide, a row each. It does not change."""

    matrix: FeatureMatrix
    channels: tuple[Channel, ...]
    #: The rows of the channels.
    channel_rows: Rows
    airings: Airings
    #: Which rows are titles of the catalog.
    is_title: Mask
    #: The card of each row: programmes of one name share one.
    cards: Rows
    #: The digests of the texts of rows that are not titles.
    text_hashes: Mapping[int, bytes]

    def visible_channels(self, viewer: visibility.Viewer, at: datetime) -> Mask:
        """Returns which channels a viewer may see."""
        seen = (visibility.visible(channel.facts, viewer, at) for channel in self.channels)
        return np.fromiter(seen, np.bool_, len(self.channels))

    def visible_airings(self, viewer: visibility.Viewer, at: datetime) -> Mask:
        """Returns which airings a viewer may know of, as far as their channels and their ages decide it."""
        channels = self.visible_channels(viewer, at)
        return np.asarray(channels[self.airings.channels] & (self.airings.ages <= viewer.maturity_ceiling))


def build_guide(
    catalogue: titles.Catalogue,
    genres: Mapping[str, titles.Term],
    channels: Mapping[str, Channel],
    programmes: Mapping[str, Sequence[Programme]],
    find_title: Callable[[str, str], str],
) -> GuideMatrix:
    """Returns the matrix of a catalogue and a guide.

    Args:
        catalogue: the titles.
        genres: the genres by their ids.
        channels: the channels by their ids.
        programmes: the programmes by the ids of their channels, in the order of time.
        find_title: returns the title that a title or an episode belongs to; empty for an unknown one.
    """
    ordered = tuple(channels[channel_id] for channel_id in sorted(channels))
    airings = [
        (number, programme)
        for number, channel in enumerate(ordered)
        for programme in programmes.get(channel.channel_id, ())
    ]
    works = [find_title(each.title_id, each.episode_id) or row_id(each.text_hash) for _, each in airings]
    others: dict[str, titles.Title] = {}
    name_keys: dict[str, bytes] = {}
    text_hashes: dict[str, bytes] = {}
    for (number, programme), work in zip(airings, works, strict=True):
        if work not in catalogue.titles and work not in others:
            others[work] = _pseudo_title(work, programme.genre_ids, genres, ordered[number].language_code)
            name_keys[work], text_hashes[work] = programme.name_key, programme.text_hash
    for channel in ordered:
        genre_ids = (channel.genre_id,) if channel.genre_id else ()
        others[channel.channel_id] = _pseudo_title(channel.channel_id, genre_ids, genres, channel.language_code)
        text_hashes[channel.channel_id] = channel.text_hash
    matrix = feature_matrix.build_matrix(titles.Catalogue({**catalogue.titles, **others}, catalogue.epoch))
    return GuideMatrix(
        matrix=matrix,
        channels=ordered,
        channel_rows=np.array([matrix.rows[channel.channel_id] for channel in ordered], dtype=np.int64),
        airings=_build_airings(airings, ordered, [matrix.rows[work] for work in works]),
        is_title=~matrix.mask(others),
        cards=_build_cards(matrix, name_keys),
        text_hashes={matrix.rows[work]: text_hash for work, text_hash in text_hashes.items()},
    )


def row_id(text_hash: bytes) -> str:
    """Returns the id of the row of a text."""
    return str(uuid.UUID(bytes=text_hash))


def _pseudo_title(
    title_id: str, genre_ids: Sequence[str], genres: Mapping[str, titles.Term], language_code: str
) -> titles.Title:
    """Returns what ranks like a title without being one."""
    terms = (genres.get(each) or titles.Term(each, each.replace("-", " ").capitalize()) for each in genre_ids)
    return titles.Title(title_id, 0, _OPEN, 0, {}, genres=tuple(terms), language_code=titles.intern(language_code))


def _build_airings(
    airings: Sequence[tuple[int, Programme]], channels: Sequence[Channel], rows: Sequence[int]
) -> Airings:
    catch_up_ends = (
        (each.end_time + channels[number].catch_up_window).timestamp() if channels[number].catch_up_window else _NO_TIME
        for number, each in airings
    )
    count = len(airings)
    programme_ids = tuple(each.programme_id for _, each in airings)
    return Airings(
        programme_ids=programme_ids,
        channels=np.fromiter((number for number, _ in airings), np.int64, count),
        starts=np.fromiter((each.start_time.timestamp() for _, each in airings), np.float64, count),
        ends=np.fromiter((each.end_time.timestamp() for _, each in airings), np.float64, count),
        catch_up_ends=np.fromiter(catch_up_ends, np.float64, count),
        start_over=np.fromiter((channels[number].start_over for number, _ in airings), np.bool_, count),
        ages=np.fromiter((each.maturity_age or 0 for _, each in airings), np.int64, count),
        rows=np.array(rows, dtype=np.int64),
        numbers={programme_id: number for number, programme_id in enumerate(programme_ids)},
    )


def _build_cards(matrix: FeatureMatrix, name_keys: Mapping[str, bytes]) -> Rows:
    cards = np.arange(len(matrix), dtype=np.int64)
    first_rows: dict[bytes, int] = {}
    for work in sorted(name_keys):
        row = matrix.rows[work]
        cards[row] = first_rows.setdefault(name_keys[work], row)
    return cards
