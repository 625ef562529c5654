"""The demo channels, and their schedules: the titles of the seed, one after the other."""

import dataclasses
import datetime as dt
import itertools
import json
import pathlib
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marquee.epg.v1 import epg_admin_service_pb2, epg_pb2
from marquee.type.v1 import type_pb2

from deploy.seed import seed_files
from services.kit import timestamps, watchable_subjects

#: How many days before and after today are scheduled.
PAST_DAYS, FUTURE_DAYS = 7, 7

_FILE = pathlib.Path(__file__).parent / "channels.json"
#: The namespace of channel ids, which are derived from their numbers.
_CHANNELS = uuid.UUID("019c5e20-8a00-7b3d-9f41-6d2c7e1a5b04")
_MINUTES = dt.timedelta(minutes=1)
_DAY = dt.timedelta(days=1)
_SLOT = dt.timedelta(minutes=5)
#: How many times a channel may show all its titles on one day, so that each time is the turn of another episode.
_ROUNDS = 3
#: The maturity ages of MPA's labels, as catalog reads them.
_MPA_AGES = {"G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which titles a channel shows; an empty field matches all."""

    genres: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    maturity: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    released_since: int = 0
    released_before: int = 9999

    def matches(self, title: seed_files.Title) -> bool:
        """Returns whether the channel shows a title."""
        return (
            (not self.genres or not set(self.genres).isdisjoint(title.genres))
            and (not self.types or title.type in self.types)
            and (not self.maturity or title.maturity in self.maturity)
            and (not self.languages or title.language in self.languages)
            and self.released_since <= title.release_date.year < self.released_before
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A demo channel."""

    number: int
    display_name: str
    #: The tier of the cheapest package that holds it.
    tier: seed_files.Tier
    genre_id: str
    language_codes: tuple[str, ...]
    time_zone: str
    high_definition: bool
    start_over: bool
    catch_up_days: int
    titles: Selection

    @property
    def channel_id(self) -> str:
        """The id of the channel."""
        return str(uuid.uuid5(_CHANNELS, str(self.number)))

    @property
    def subject(self) -> type_pb2.Subject:
        """The channel as packages hold it."""
        return type_pb2.Subject(channel_id=self.channel_id)

    @property
    def message(self) -> epg_pb2.Channel:
        """The channel as epg stores it."""
        return epg_pb2.Channel(
            channel_id=self.channel_id,
            number=self.number,
            display_name=self.display_name,
            genre_id=self.genre_id,
            language_codes=self.language_codes,
            time_zone=self.time_zone,
            high_definition=self.high_definition,
            time_shift=epg_pb2.TimeShiftRules(
                start_over=self.start_over,
                catch_up_window=timestamps.from_timedelta(dt.timedelta(days=self.catch_up_days)),
            ),
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A film, a match or an episode that a channel shows."""

    title: seed_files.Title
    episode: seed_files.Episode | None
    season_number: int
    slot: dt.timedelta


def load() -> tuple[Channel, ...]:
    """Returns the demo channels by number."""
    return tuple(map(_channel, json.loads(_FILE.read_text(encoding="utf-8"))))


def schedule_request(
    channel: Channel, titles: Sequence[seed_files.Title], today: dt.date
) -> epg_admin_service_pb2.ReplaceScheduleRequest:
    """Returns the request that writes the schedule of a channel around a day."""
    days = [today + offset * _DAY for offset in range(-PAST_DAYS, FUTURE_DAYS + 1)]
    return epg_admin_service_pb2.ReplaceScheduleRequest(
        channel_id=channel.channel_id,
        start_time=timestamps.from_datetime(_midnight(days[0])),
        end_time=timestamps.from_datetime(_midnight(days[-1] + _DAY)),
        programmes=[
            _programme(item, start, end) for day in days for item, start, end in schedule(channel, titles, day)
        ],
    )


def schedule(
    channel: Channel, titles: Sequence[seed_files.Title], day: dt.date
) -> Iterator[tuple[Item, dt.datetime, dt.datetime]]:
    """Returns what a channel shows on a day of UTC, with its start and end; the same for the same channel and day.

    Films and matches are shown in an order of the day, series one episode after the other, and the episodes of a
    series go on from day to day. The last programme is the first that lasts until the end of the day, and ends there.
    """
    chance = random.Random(f"{channel.channel_id}/{day}")  # noqa: S311 - a schedule is no secret.
    shown = [title for title in titles if channel.titles.matches(title)]
    order = chance.sample(shown, len(shown))
    position = _midnight(day)
    end_of_day = position + _DAY
    for turn in itertools.count():
        title = order[turn % len(order)]
        round_number = day.toordinal() * _ROUNDS + turn // len(order)
        item = _item(title, round_number)
        end = min(position + item.slot, end_of_day)
        yield item, position, end
        if end == end_of_day:
            return
        position = end


def _item(title: seed_files.Title, round_number: int) -> Item:
    """Returns what is shown of a title in a round: of a series, the episode whose turn it is."""
    episodes = [(season.number, episode) for season in title.seasons for episode in season.episodes]
    season_number, episode = episodes[round_number % len(episodes)] if episodes else (0, None)
    duration = episode.duration if episode else title.duration
    minutes = (duration or 60 * _MINUTES) // _MINUTES
    return Item(title, episode, season_number, -(-minutes * _MINUTES // _SLOT) * _SLOT)


def _programme(item: Item, start: dt.datetime, end: dt.datetime) -> epg_admin_service_pb2.ScheduledProgramme:
    title, episode = item.title, item.episode
    translated = {language: text.title for language, text in title.localized.items()}
    synopses = {language: text.synopsis for language, text in title.localized.items()}
    subject = watchable_subjects.episode(episode.episode_id) if episode else watchable_subjects.title(title.title_id)
    return epg_admin_service_pb2.ScheduledProgramme(
        start_time=timestamps.from_datetime(start),
        end_time=timestamps.from_datetime(end),
        display_names={**translated, "en": title.title},
        episode_display_names={"en": episode.title} if episode else {},
        synopses={"en": episode.synopsis} if episode else {**synopses, "en": title.synopsis},
        genre_ids=[genre.lower().replace(" ", "-") for genre in title.genres],
        season_number=item.season_number,
        episode_number=episode.number if episode else 0,
        maturity_rating=type_pb2.MaturityRating(age=_MPA_AGES[title.maturity], system="MPA", label=title.maturity),
        on_demand=subject,
        live=title.type is seed_files.TitleType.SPORTS,
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _channel(row: dict[str, Any]) -> Channel:
    values = _with_tuples(row)
    selection = Selection(**_with_tuples(values.pop("titles")))
    return Channel(titles=selection, tier=seed_files.Tier(values.pop("tier")), **values)


def _with_tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
