"""Ends sessions whose players stopped sending heartbeats, and publishes their last position."""

from collections.abc import Sequence
from datetime import timedelta

from services.kit import db, events, periodic_task
from services.playback import convert, storage
from services.playback.sessions import stream_slots

_PERIOD_SECONDS = 5.0
#: The heartbeat that extended a lease in Redis may not have reached the log yet.
_GRACE = timedelta(seconds=5)
_BATCH = 100


class SessionExpiry:
    """Looks for leases that have ended. Several replicas may do so: the log lets only one of them end a session.

    Args:
        database: the database of playback, with the log of sessions.
        outbox: where events are written.
        slots: the stream slots.
        shared_clock: the clock by which replicas judge the log of sessions.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        slots: stream_slots.StreamSlots,
        shared_clock: db.SharedClock,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._slots = slots
        self._shared_clock = shared_clock

    async def run(self) -> None:
        """Ends sessions until it is cancelled."""
        await periodic_task.run("session expiry", self.end_overdue, period=_PERIOD_SECONDS)

    async def end_overdue(self) -> None:
        """Ends every session whose lease has ended."""
        while True:
            overdue = await self._list_overdue()
            ended = [await self._end(row) for row in overdue]
            if len(overdue) < _BATCH or not any(ended):
                return

    async def _list_overdue(self) -> Sequence[storage.SessionRow]:
        async with self._database.reading() as session:
            before = await self._shared_clock.now(session) - _GRACE
            return await storage.list_overdue_sessions(session, before, _BATCH)

    async def _end(self, overdue: storage.SessionRow) -> bool:
        if await self._slots.get(overdue.account_id, overdue.session_id) is not None:
            return False  # The database was down at the last heartbeat; the next one updates the log.
        async with self._database.transaction() as tx:
            ended = await storage.end_session(
                tx,
                overdue.session_id,
                overdue.account_id,
                cause=storage.EndCause.LAPSED,
                at=overdue.lease_expire_time,
            )
            if ended:
                # The event has the time of the last report, so that it does not undo later changes of the viewer.
                progressed = convert.progressed_event(ended, stopped=True)
                await self._outbox.add(tx, occur_time=ended.seen_time, playback_progressed=progressed)
        return ended is not None
