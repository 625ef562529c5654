"""Ends sessions whose players fell silent, and tells so."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from services.kit import db, errors, events, logs
from services.kit.clock import Clock
from services.playback import convert, slots, storage

_SWEEP_SECONDS = 5.0
#: The heartbeat that extended a lease in Redis may still be on its way to the log.
_GRACE = timedelta(seconds=5)
_BATCH = 100

_log = logs.logger()


class Sweeper:
    """Looks for leases that ran out. Any number of replicas may: the log lets one of them end a session.

    Args:
        database: playback's own, with the log of sessions.
        outbox: where events are written.
        leases: the stream slots.
        clock: tells when it is.
    """

    def __init__(self, database: db.Database, outbox: events.Outbox, leases: slots.Slots, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._slots = leases
        self._clock = clock

    async def run(self) -> None:
        """Sweeps for as long as the process lives. Redis or the database may go and come back."""
        while True:
            try:
                await self.sweep()
            except errors.Unavailable as away:
                _log.warning("sweeper waits", cause=str(away))
            await asyncio.sleep(_SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Ends every session whose lease ran out."""
        while True:
            overdue = await self._overdue()
            ended = [await self._end(session) for session in overdue]
            if len(overdue) < _BATCH or not any(ended):
                return

    async def _overdue(self) -> Sequence[storage.Logged]:
        async with self._database.reading() as session:
            return await storage.overdue_sessions(session, self._clock.now() - _GRACE, _BATCH)

    async def _end(self, overdue: storage.Logged) -> bool:
        now = self._clock.now()
        if await self._slots.get(overdue.account_id, overdue.session_id, now) is not None:
            return False  # The log was away when the last heartbeat came: the next one will tell it.
        async with self._database.transaction() as tx:
            ended = await storage.end_session(
                tx, overdue.session_id, overdue.account_id, cause="lapsed", at=overdue.lease_expire_time
            )
            if ended:
                # Told as of when it was true, so that it does not undo what the viewer has done elsewhere since.
                progressed = convert.progressed(ended, stopped=True)
                await self._outbox.add(tx, occur_time=ended.seen_time, playback_progressed=progressed)
        return ended is not None
