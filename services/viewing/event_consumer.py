"""What viewing hears of playback, of clients, of catalog and of identity, and what it sweeps out."""

import asyncio

from marquee.catalog.v1 import catalog_pb2
from marquee.event.v1 import event_internal_pb2

from services.kit import clock, db, errors, logs
from services.viewing import convert, storage
from services.viewing.domain import bookmarks, viewing_events, signals
from services.viewing.profile_writer import ProfileWriter

_SWEEP_SECONDS = 600.0

_log = logs.logger()


class Listener:
    """Writes what it hears.

    Args:
        writer: writes what profiles tell.
        time: tells the time.
    """

    def __init__(self, writer: ProfileWriter, time: clock.Clock) -> None:
        self._ledger = writer
        self._clock = time

    async def on_event(self, tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
        """Acts on one event."""
        if event.HasField("playback_progressed"):
            await self._progressed(tx, event)
        elif event.HasField("viewing_events_recorded"):
            await self._recorded(tx, event.viewing_events_recorded)
        elif event.HasField("titles_changed"):
            await _outdate(tx, event.titles_changed)
        elif event.HasField("profile_changed") and event.profile_changed.deleted:
            told = event.profile_changed
            await storage.profiles.remove(tx, signals.Owner(told.profile.profile_id.lower(), told.account_id.lower()))

    async def _progressed(self, tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
        """Writes the bookmark of a viewer who is somewhere in something, and tells of it where that is news."""
        told, bookmark = event.playback_progressed, convert.progress(event)
        if bookmark is None:
            return
        owner, title_id = signals.Owner(told.profile_id.lower(), told.account_id.lower()), bookmark.title_id
        page = await self._ledger.open(tx, owner, [title_id])
        before = page[title_id]
        after = page[title_id] = signals.played(before, bookmark)
        known = before.marks.get(bookmark.episode_id)
        holds = after.marks.get(bookmark.episode_id)
        if holds is None:  # It was deleted from the history since.
            return
        news = told.stopped or bookmarks.steps_on(holds, known) or after.dismiss_time != before.dismiss_time
        await self._ledger.close(tx, page, self._clock.now(), tell=[title_id] if news else [])

    async def _recorded(self, tx: db.WriteSession, told: event_internal_pb2.ViewingEventsRecorded) -> None:
        """Counts what was not counted before; what nobody counts here is on the bus for others."""
        owner, now = signals.Owner(told.profile_id.lower(), told.account_id.lower()), self._clock.now()
        seen = viewing_events.once_each(convert.happening(event) for event in told.events)
        counting = [event for event in seen if event.count is not None]
        if not counting:
            return
        page = await self._ledger.open(tx, owner, [event.title_id for event in counting])
        new = await storage.counted_events.note(tx, owner.profile_id, counting, now)
        room = signals.MOST_VIEWED - await storage.title_states.told_count(tx, owner.profile_id)
        for event in counting:
            first = not page[event.title_id].told
            if event.event_id not in new or (first and room <= 0):
                continue
            page[event.title_id] = viewing_events.counted(page[event.title_id], event)
            room -= first
        await self._ledger.close(tx, page, now)


async def sweep(database: db.Database, time: clock.Clock) -> None:
    """Sweeps out what need not be remembered, for as long as the process lives. The database may go and come back."""
    while True:
        until = time.now() - signals.REMEMBERED
        try:
            async with database.transaction() as tx:
                await storage.title_states.sweep(tx, until)
                await storage.counted_events.sweep(tx, until)
        except errors.Unavailable as away:
            _log.warning("sweep waits", cause=str(away))
        await asyncio.sleep(_SWEEP_SECONDS)


async def _outdate(tx: db.WriteSession, told: event_internal_pb2.TitlesChanged) -> None:
    """Has catalog be asked again for series that changed."""
    revisions = {
        facts.title_id: facts.revision
        for facts in told.titles
        if facts.type == catalog_pb2.TITLE_TYPE_SERIES and not facts.deleted
    }
    if revisions:
        await storage.series.outdate(tx, revisions)
