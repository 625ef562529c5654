"""Writes schedules of channels, with their events."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from marquee.event.v1 import event_internal_pb2

from services.epg import errors, storage
from services.epg.domain import schedules
from services.kit import db, events, ids, timestamps


class ScheduleWriter:
    """Merges stated schedules into the stored ones.

    Args:
        outbox: publishes which schedules changed.
    """

    def __init__(self, outbox: events.Outbox) -> None:
        self._outbox = outbox

    async def replace(
        self,
        tx: db.WriteSession,
        channel_id: str,
        stated: Sequence[schedules.Scheduled],
        start: datetime,
        end: datetime,
    ) -> schedules.Changes:
        """Replaces the programmes of a channel that begin in a window; returns what was written.

        A programme that begins before the window ends where the first one of the window begins, and one that lasts
        longer than the window ends where the next programme begins. The caller has locked the channel.

        Raises ScheduleInvalid.
        """
        if invalid := schedules.find_invalid(stated, start, end):
            raise errors.ScheduleInvalid(invalid.index, invalid.message)
        existing = await storage.programmes.list_starting(tx, channel_id, start, end)
        following_start = await storage.programmes.get_following_start(tx, channel_id, end)
        changes = schedules.merge(existing, stated, ids.new, following_start)
        cut_start = None
        if stated:
            cut_start = await storage.programmes.cut_running(tx, channel_id, start, stated[0].start_time)
        await storage.programmes.write_changes(tx, {channel_id: changes})
        if cut_start or not changes.is_empty:
            await self._publish(tx, channel_id, cut_start or start, end)
        return changes

    async def write(self, tx: db.WriteSession, merged: Mapping[str, schedules.MergedSchedule]) -> None:
        """Writes the schedules that are changed, by channel. The caller has locked the channels."""
        changed = {channel_id: each for channel_id, each in merged.items() if not each.changes.is_empty}
        await storage.programmes.write_changes(tx, {channel_id: each.changes for channel_id, each in changed.items()})
        for channel_id, each in changed.items():
            # Programmes are also recognized a little outside their time, and cut where it begins.
            await self._publish(tx, channel_id, each.start_time - schedules.EDGE, each.end_time + schedules.EDGE)

    async def _publish(self, tx: db.WriteSession, channel_id: str, start: datetime, end: datetime) -> None:
        changed = event_internal_pb2.ScheduleChanged(channel_id=channel_id)
        timestamps.put_datetime(changed.start_time, start)
        timestamps.put_datetime(changed.end_time, end)
        await self._outbox.add(tx, schedule_changed=changed)
