"""Encoded programmes by channel and day, from which the responses of the guide are put together.

A value of the cache holds the programmes of one channel that overlap one day of UTC, as they are encoded in a
`ChannelSchedule`, behind a table of their times. The programmes of a window are one slice of it.
"""

import struct
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from marquee.epg.v1 import epg_pb2

from services.epg import convert, storage
from services.epg.domain import channels, schedules
from services.kit import cache, clock, db

_MAX_BYTES = 96 * 1024 * 1024
_MAX_RESPONSE_BYTES = 32 * 1024 * 1024
_MAX_VALUES = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
#: The bit of a byte of a varint that says that another byte follows.
_CONTINUED = 0x80
_DAY_MICROSECONDS = _DAY // _MICROSECOND


class Audience(NamedTuple):
    """What the encoded programmes depend on beside the schedule."""

    language_code: str
    #: In years.
    maturity_ceiling: int


class GuideCache:
    """Returns the encoded programmes of channels in a window; loads the days that it does not have with one query.

    Args:
        time: the clock.
        database: the database of epg.
    """

    def __init__(self, time: clock.Clock, database: db.Database) -> None:
        self._database = database
        #: Encoded responses with their channels as tags, for requests that many viewers send alike.
        self.responses = cache.Cache(time, most_bytes=_MAX_RESPONSE_BYTES)
        self._days = cache.Cache(time, most_bytes=_MAX_BYTES, most_values=_MAX_VALUES)

    async def get_programmes(
        self, page: Sequence[channels.Channel], start: datetime, end: datetime, audience: Audience
    ) -> list[bytes]:
        """Returns, for each channel, its programmes that overlap the window, encoded as fields of ChannelSchedule."""
        first, last = _microseconds(start), _microseconds(end)
        days = range(first // _DAY_MICROSECONDS, (last - 1) // _DAY_MICROSECONDS + 1)
        found: dict[tuple[str, int], bytes] = {}
        missing: dict[str, channels.Channel] = {}
        for channel in page:
            for day in days:
                value = self._days.get((channel.channel_id, day, audience))
                if value is None:
                    missing[channel.channel_id] = channel
                else:
                    found[channel.channel_id, day] = value
        if missing:
            found |= await self._load(missing, days, audience)
        return [
            b"".join(_slice(found[channel.channel_id, day], day, days.start, first, last) for day in days)
            for channel in page
        ]

    def drop(self, *channel_ids: str) -> None:
        """Drops what is cached of channels, because they or their schedules changed."""
        self._days.drop(*channel_ids)
        self.responses.drop(*channel_ids)

    def clear(self) -> None:
        """Drops everything, because changes may have been missed."""
        self._days.clear()
        self.responses.clear()

    async def _load(
        self, missing: Mapping[str, channels.Channel], days: range, audience: Audience
    ) -> dict[tuple[str, int], bytes]:
        generation = self._days.generation
        start, end = _EPOCH + days.start * _DAY, _EPOCH + days.stop * _DAY
        by_day: defaultdict[tuple[str, int], list[schedules.Programme]] = defaultdict(list)
        async with self._database.reading() as session:
            for channel_id, programme in await storage.programmes.list_programmes(session, missing, start, end):
                first = _microseconds(programme.scheduled.start_time) // _DAY_MICROSECONDS
                last = (_microseconds(programme.scheduled.end_time) - 1) // _DAY_MICROSECONDS
                for day in range(max(first, days.start), min(last, days.stop - 1) + 1):
                    by_day[channel_id, day].append(programme)
        loaded = {}
        for channel_id, channel in missing.items():
            for day in days:
                value = _encode(by_day[channel_id, day], channel, audience)
                key = (channel_id, day, audience)
                loaded[channel_id, day] = self._days.put(key, value, tags=[channel_id], generation=generation)
        return loaded


def _encode(programmes: Sequence[schedules.Programme], channel: channels.Channel, audience: Audience) -> bytes:
    """Returns the value of a day: the count, the starts, the ends, the offsets, and the encoded programmes."""
    parts, offsets = [], [0]
    for programme in programmes:
        message = convert.programme_message(programme, channel, *audience)
        schedule = epg_pb2.ChannelSchedule(programmes=[message])
        parts.append(schedule.SerializeToString())
        offsets.append(offsets[-1] + len(parts[-1]))
    starts = [_microseconds(each.scheduled.start_time) for each in programmes]
    ends = [_microseconds(each.scheduled.end_time) for each in programmes]
    table = struct.pack(f"={3 * len(parts) + 2}q", len(parts), *starts, *ends, *offsets)
    return b"".join([table, *parts])


def _slice(value: bytes, day: int, first_day: int, start: int, end: int) -> bytes:
    """Returns the programmes of a day that overlap a window, without those that an earlier day of it has already."""
    table = memoryview(value)
    count = int.from_bytes(value[:8], "little")
    numbers = table[: 8 * (3 * count + 2)].cast("q")
    starts, ends, offsets = numbers[1 : count + 1], numbers[count + 1 : 2 * count + 1], numbers[2 * count + 1 :]
    low = bisect_right(ends, start) if day == first_day else bisect_left(starts, day * _DAY_MICROSECONDS)
    high = bisect_left(starts, end)
    if low >= high:
        return b""
    body = len(numbers) * 8
    return value[body + offsets[low] : body + offsets[high]]


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def encode_field(number: int, value: bytes) -> bytes:
    """Returns a field of a message that holds a message, encoded: its tag, its length as a varint, and the value."""
    rest, encoded = len(value), bytearray([number << 3 | 2])
    while rest >= _CONTINUED:
        encoded.append(rest % _CONTINUED | _CONTINUED)
        rest //= _CONTINUED
    encoded.append(rest)
    return bytes(encoded) + value
