"""Keeps the channels and the guide of this replica in step with the database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from marquee.event.v1 import event_internal_pb2

from services.epg import storage
from services.epg.guide import channel_index, guide_cache
from services.kit import broadcast_subscriber, db, replica_sync
from services.kit import redis as kit_redis


class GuideSync:
    """Loads all channels, and follows the events that change channels and schedules.

    Args:
        database: the database of epg.
        redis_events: where the event streams are; a client without a timeout.
        index: the channels in memory.
        guide: the encoded programmes.
    """

    def __init__(
        self,
        database: db.Database,
        redis_events: kit_redis.Client,
        index: channel_index.ChannelIndex,
        guide: guide_cache.GuideCache,
    ) -> None:
        self._database = database
        self._index = index
        self._guide = guide
        self._loading = asyncio.Lock()
        self._subscriber = broadcast_subscriber.BroadcastSubscriber(
            ["epg"], redis_events, self._handle, self._handle_missed
        )
        self.channels = replica_sync.ReplicaSync("channels", self.load_channels)

    async def run(self) -> None:
        """Keeps in step until it is cancelled."""
        await replica_sync.follow(self._subscriber, self.channels)

    async def load_channels(self) -> None:
        """Loads all channels, and drops the encoded programmes of those that changed.

        One load at a time: an earlier one that ends later would put older channels back.
        """
        async with self._loading:
            async with self._database.reading() as session:
                loaded = await storage.channels.list_channels(session)
            if changed := self._index.replace(loaded):
                self._guide.drop(*changed)

    async def note_changes(self, channel_ids: Sequence[str]) -> None:
        """Shows changes of channels and of their schedules that this replica has written."""
        self._guide.drop(*channel_ids)
        await self.load_channels()

    async def _handle(self, event: event_internal_pb2.Event) -> None:
        match event.WhichOneof("payload"):
            case "channels_changed":
                self.channels.mark_behind()
            case "schedule_changed":
                self._guide.drop(event.schedule_changed.channel_id)

    async def _handle_missed(self) -> None:
        self._guide.clear()
        await self.channels.missed()
