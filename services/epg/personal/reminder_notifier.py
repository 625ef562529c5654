"""Publishes the reminders whose time has come."""

from marquee.event.v1 import event_internal_pb2

from services.epg import storage
from services.epg.domain import reminders
from services.kit import db, events, periodic_task, timestamps

_PERIOD_SECONDS = 2.0
_BATCH = 200


class ReminderNotifier:
    """Looks for reminders whose time has come. Several replicas may do so: each reminder is locked by one of them.

    Args:
        database: the database of epg.
        outbox: publishes the reminders.
        shared_clock: the clock of all replicas.
    """

    def __init__(self, database: db.Database, outbox: events.Outbox, shared_clock: db.SharedClock) -> None:
        self._database = database
        self._outbox = outbox
        self._shared_clock = shared_clock

    async def run(self) -> None:
        """Publishes reminders until it is cancelled."""
        await periodic_task.run("reminders", self.publish_ready, period=_PERIOD_SECONDS)

    async def publish_ready(self) -> None:
        """Publishes every reminder whose time has come, once; one whose programme has ended is missed."""
        while await self._publish_batch() == _BATCH:
            pass

    async def _publish_batch(self) -> int:
        async with self._database.transaction() as tx:
            now = await self._shared_clock.now(tx)
            ready = await storage.reminders.lock_ready(tx, now, _BATCH)
            states = {each.reminder_id: reminders.settle(each.programme.scheduled.end_time, now) for each in ready}
            await storage.reminders.save_states(tx, states)
            for each in ready:
                if states[each.reminder_id] is reminders.State.DUE:
                    await self._outbox.add(tx, reminder_due=_due_event(each))
        return len(ready)


def _due_event(reminder: reminders.Reminder) -> event_internal_pb2.ReminderDue:
    return event_internal_pb2.ReminderDue(
        reminder_id=reminder.reminder_id,
        account_id=reminder.account_id,
        profile_id=reminder.profile_id,
        programme_id=reminder.programme.programme_id,
        channel_id=reminder.channel_id,
        start_time=timestamps.from_datetime(reminder.programme.scheduled.start_time),
    )
