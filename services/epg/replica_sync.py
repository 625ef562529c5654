"""Keeps the channels and the guide of this replica in step with the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from marquee.event.v1 import event_internal_pb2

from services.epg import storage
from services.epg.guide import change_log, channel_index, guide_cache
from services.kit import broadcast_subscriber, db, event_streams, replica_sync, timestamps
from services.kit import redis as kit_redis


class GuideSync:
    """Loads channels, and follows the events that change channels and schedules.

    Args:
        database: the database of epg.
        redis_events: where the event streams are; a client without a timeout.
        index: the channels in memory.
        guide: the encoded programmes.
        changes: the latest changes, for clients that watch the guide.
    """

    def __init__(
        self,
        database: db.Database,
        redis_events: kit_redis.Client,
        index: channel_index.ChannelIndex,
        guide: guide_cache.GuideCache,
        changes: change_log.ChangeLog,
    ) -> None:
        self._database = database
        self._index = index
        self._guide = guide
        self._changes = changes
        #: Changes that are sent to clients once the channels are loaded that they then list.
        self._waiting: list[change_log.Change] = []
        self._has_missed = False
        self._loading = asyncio.Lock()
        #: The versions of the rows of the channels in memory.
        self._versions: Mapping[str, int] = {}
        # The latest changes are replayed, so that clients of a replica that was replaced miss nothing.
        self._subscriber = broadcast_subscriber.BroadcastSubscriber(
            ["epg"], redis_events, self._handle, self._handle_missed, replayed_count=change_log.MOST_CHANGES
        )
        self.channels = replica_sync.ReplicaSync("channels", self.load_channels)

    async def run(self) -> None:
        """Keeps in step until it is cancelled."""
        await replica_sync.follow(self._subscriber, self.channels)

    async def load_channels(self) -> None:
        """Loads the channels that changed, and drops their encoded programmes.

        One load at a time: an earlier one that ends later would put older channels back.
        """
        async with self._loading:
            waiting_count, has_missed = len(self._waiting), self._has_missed
            async with self._database.reading() as session:
                versions = await storage.channels.list_versions(session)
                changed_ids = [id_ for id_, version in versions.items() if self._versions.get(id_) != version]
                loaded = await storage.channels.list_channels(session, changed_ids) if changed_ids else []
            # A channel that was written between the two queries is loaded again the next time.
            self._versions = versions
            if changed := self._index.update(loaded, versions.keys()):
                self._guide.drop(*changed)
            self._changes.add(self._waiting[:waiting_count])
            del self._waiting[:waiting_count]
            if has_missed:
                self._has_missed = False
                self._changes.reset(event_streams.order(self._subscriber.position("epg")))

    async def note_changes(self, channel_ids: Sequence[str]) -> None:
        """Shows changes of channels and of their schedules that this replica has written."""
        self._guide.drop(*channel_ids)
        await self.load_channels()

    async def _handle(self, event: event_internal_pb2.Event) -> None:
        version = (*event_streams.order(self._subscriber.position("epg")), 0)
        match event.WhichOneof("payload"):
            case "channels_changed":
                self._waiting.append(change_log.Change(version, channels_changed=True))
                self.channels.mark_behind()
            case "schedule_changed":
                changed = event.schedule_changed
                self._guide.drop(changed.channel_id)
                window = timestamps.to_datetime(changed.start_time), timestamps.to_datetime(changed.end_time)
                self._note(change_log.Change(version, changed.channel_id, window))
            case "reminder_due":
                due = event.reminder_due
                self._note(change_log.Change(version, profile_id=due.profile_id, reminder_id=due.reminder_id))

    def _note(self, change: change_log.Change) -> None:
        """Adds a change to the log, behind those that wait."""
        if self._waiting:
            self._waiting.append(change)
            self.channels.mark_behind()
        else:
            self._changes.add([change])

    async def _handle_missed(self) -> None:
        self._guide.clear()
        self._has_missed = True
        await self.channels.missed()
