"""Streams of what changes in the guide."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from marquee.epg.v1 import epg_pb2, epg_service_pb2

from services.epg import errors, storage
from services.epg.domain import reminders
from services.epg.guide import change_log, channel_index, guide_cache
from services.epg.personal import reminder_list
from services.kit import context, db, timestamps, visibility
from services.kit import errors as kit_errors
from services.kit.clock import Clock

#: How many streams an account may have open in one replica, and how many all of them.
MOST_OF_ACCOUNT, _MOST_OF_REPLICA = 20, 5_000
#: More changed schedules than this are loaded again as the client shows them.
MOST_CHANNELS = 100
#: How many schedules one response has at most, so that it stays small.
_BATCH = 10
#: How long changes that come together are collected.
_GATHER_SECONDS = 0.2
#: How many streams read the database or encode programmes at once. All of them wake with the same change; the first
#: ones fill the cache for the others, which wait without a connection.
MOST_READERS = 4
#: A response shortly before the deadline of the call would not arrive.
_MARGIN_SECONDS = 0.5


class Times(NamedTuple):
    """How long streams live, and how long they may be silent, in seconds."""

    #: A client whose rights change gets no stream with its former ones for longer.
    lifetime: float = 600.0
    heartbeat: float = 30.0


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who watches, and what it shows."""

    account_id: str
    profile_id: str
    viewer: visibility.Viewer
    audience: guide_cache.Audience
    #: None if the client wants no programmes.
    window: tuple[datetime, datetime] | None


class GuideWatch:
    """Streams changes to any number of clients.

    Clients have no queues: each one reads the log of changes at its own pace, and what a slow one has not read is
    merged. One that falls behind the log has to reload.

    Args:
        database: the database of epg.
        index: the channels in memory.
        guide: the encoded programmes.
        changes: the latest changes.
        clock: the clock.
        times: how long streams live.
    """

    def __init__(
        self,
        database: db.Database,
        index: channel_index.ChannelIndex,
        guide: guide_cache.GuideCache,
        changes: change_log.ChangeLog,
        clock: Clock,
        times: Times = Times(),  # noqa: B008 - a tuple never changes
    ) -> None:
        self._database = database
        self._index = index
        self._guide = guide
        self._changes = changes
        self._clock = clock
        self._times = times
        self._open: Counter[str] = Counter()
        self._readers = asyncio.Semaphore(MOST_READERS)

    async def watch(self, watcher: Watcher, version_text: str) -> AsyncIterator[bytes]:
        """Yields encoded responses until the stream has lived long enough. Raises TooManyWatches or Overloaded."""
        version = change_log.parse_version(version_text)
        with self._count(watcher.account_id):
            ends_at, heartbeat_at = time.monotonic() + self._lifetime(), 0.0
            while True:
                changes = self._changes.since(version, watcher.profile_id)
                if changes is None or len(changes.windows) > MOST_CHANNELS:
                    version = self._changes.version
                    responses = [await self._reload(watcher, version)]
                else:
                    responses = await self._deltas(watcher, version or changes.version, changes)
                    version = changes.version
                    if not responses and time.monotonic() >= heartbeat_at:
                        responses = [_encode(version)]
                for response in responses:
                    yield response
                now = time.monotonic()
                if now >= ends_at:
                    return
                if responses:
                    heartbeat_at = now + self._times.heartbeat
                await self._changes.wait_beyond(version, max(min(heartbeat_at, ends_at) - now, 0))
                if self._changes.version != version:
                    await asyncio.sleep(_GATHER_SECONDS)

    async def _reload(self, watcher: Watcher, version: change_log.Version) -> bytes:
        """Returns the response that tells a client to load the guide again."""
        async with self._readers, self._database.reading() as session:
            stored = await storage.reminders.list_reminders(session, watcher.profile_id, self._clock.now())
        due = [reminder for reminder in stored if reminder.state is reminders.State.DUE]
        return _encode(version, reload=True, due_reminders=self._messages(due, watcher))

    async def _deltas(self, watcher: Watcher, version: change_log.Version, changes: change_log.Changes) -> list[bytes]:
        """Returns the responses that report changes; none if none of them matters to the client.

        Only the last one has the new version: a client that received some of them gets all again.
        """
        windows = dict(self._visible_windows(watcher, changes))
        due: list[epg_pb2.Reminder] = []
        if changes.reminder_ids:
            async with self._readers, self._database.reading() as session:
                stored = await storage.reminders.get_reminders(session, watcher.profile_id, changes.reminder_ids)
            due = self._messages(stored, watcher)
        if not (windows or due or changes.channels_changed):
            return []
        batches = [list(windows)[begin : begin + _BATCH] for begin in range(0, len(windows), _BATCH)]
        encoded = [await self._encode_schedules(batch, windows, watcher) for batch in batches] or [b""]
        last = _encode(changes.version, channels_changed=changes.channels_changed, due_reminders=due)
        return [*(_encode(version) + schedules for schedules in encoded[:-1]), last + encoded[-1]]

    def _visible_windows(
        self, watcher: Watcher, changes: change_log.Changes
    ) -> Iterator[tuple[str, tuple[datetime, datetime]]]:
        """Yields where schedules changed that the client may see, within its window."""
        now = self._clock.now()
        for channel_id, (start, end) in changes.windows.items():
            first, last = watcher.window or (start, end)
            within = max(start, first), min(end, last)
            if within[0] < within[1] and self._index.get_visible(channel_id, watcher.viewer, now):
                yield channel_id, within

    async def _encode_schedules(
        self, channel_ids: Sequence[str], windows: Mapping[str, tuple[datetime, datetime]], watcher: Watcher
    ) -> bytes:
        """Returns deltas as fields of a response; with programmes if the client wants them."""
        start = min(windows[channel_id][0] for channel_id in channel_ids)
        end = max(windows[channel_id][1] for channel_id in channel_ids)
        programmes: dict[str, bytes] = {}
        if watcher.window:
            page = [channel for channel_id in channel_ids if (channel := self._index.get(channel_id))]
            async with self._readers:
                found = await self._guide.get_programmes(page, start, end, watcher.audience)
            programmes = {channel.channel_id: each for channel, each in zip(page, found, strict=True)}
        parts = []
        for channel_id in channel_ids:
            # The programmes are those of one window for all of them, so the deltas state that window.
            first, last = (start, end) if watcher.window else windows[channel_id]
            delta = epg_service_pb2.ScheduleDelta(
                channel_id=channel_id,
                start_time=timestamps.from_datetime(first),
                end_time=timestamps.from_datetime(last),
            )
            value = delta.SerializeToString() + programmes.get(channel_id, b"")
            parts.append(guide_cache.encode_field(epg_service_pb2.WatchGuideResponse.SCHEDULES_FIELD_NUMBER, value))
        return b"".join(parts)

    def _messages(self, listed: Sequence[reminders.Reminder], watcher: Watcher) -> list[epg_pb2.Reminder]:
        return reminder_list.messages(listed, self._index, watcher.viewer, watcher.audience, self._clock.now())

    def _lifetime(self) -> float:
        """Returns how long a stream lives; clients that came together do not come back together."""
        lifetime = self._times.lifetime * random.uniform(0.8, 1.0)  # noqa: S311 - spreads load only
        remaining = context.current().remaining()
        return lifetime if remaining is None else min(lifetime, remaining - _MARGIN_SECONDS)

    @contextlib.contextmanager
    def _count(self, account_id: str) -> Iterator[None]:
        if self._open.total() >= _MOST_OF_REPLICA:
            raise kit_errors.Overloaded
        if self._open[account_id] >= MOST_OF_ACCOUNT:
            raise errors.TooManyWatches(MOST_OF_ACCOUNT)
        self._open[account_id] += 1
        try:
            yield
        finally:
            self._open[account_id] -= 1
            if not self._open[account_id]:
                del self._open[account_id]


def _encode(version: change_log.Version, **fields: Any) -> bytes:
    text = change_log.write_version(version)
    return epg_service_pb2.WatchGuideResponse(version=text, **fields).SerializeToString()
