"""Consumes the events of playback, catalog, identity, and of viewing itself."""

from marquee.catalog.v1 import catalog_pb2
from marquee.event.v1 import event_internal_pb2

from services.kit import clock, db
from services.viewing import convert, storage
from services.viewing.domain import bookmarks, title_state, viewing_events
from services.viewing.profile_writer import ProfileWriter

#: The areas whose events are consumed.
AREAS = ("playback", "viewing", "catalog", "identity")


class EventConsumer:
    """Stores what events report.

    Args:
        writer: writes what profiles do.
        time: the clock.
    """

    def __init__(self, writer: ProfileWriter, time: clock.Clock) -> None:
        self._writer = writer
        self._clock = time

    async def consume(self, tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
        """Stores what one event reports."""
        if event.HasField("playback_progressed"):
            await self._save_progress(tx, event)
        elif event.HasField("viewing_events_recorded"):
            await self._count_events(tx, event.viewing_events_recorded)
        elif event.HasField("titles_changed"):
            await _save_series(tx, event.titles_changed)
        elif event.HasField("profile_changed") and event.profile_changed.deleted:
            changed = event.profile_changed
            owner = title_state.Owner(changed.profile.profile_id, changed.account_id)
            await storage.profiles.remove(tx, owner)

    async def _save_progress(self, tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
        """Saves the bookmark of a viewer; publishes it at the start, at each tenth and at the end."""
        progress, bookmark = event.playback_progressed, convert.progress_bookmark(event)
        if bookmark is None:
            await self._save_programme_progress(tx, event)
            return
        owner = title_state.Owner(progress.profile_id, progress.account_id)
        title_id = bookmark.title_id
        write = await self._writer.begin(tx, owner, [title_id])
        before = write[title_id]
        after = write[title_id] = title_state.apply_bookmark(before, bookmark)
        saved = after.bookmarks.get(bookmark.episode_id)
        if saved is None:  # It was deleted from the history since.
            return
        publishes = (
            progress.stopped
            or bookmarks.enters_step(saved, before.bookmarks.get(bookmark.episode_id))
            or after.dismiss_time != before.dismiss_time
        )
        await self._writer.finish(tx, write, self._clock.now(), publish=[title_id] if publishes else [])

    async def _save_programme_progress(self, tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
        """Saves the bookmark of a viewer of a channel, unless the profile has deleted its history since."""
        progress, bookmark = event.playback_progressed, convert.programme_bookmark(event)
        if bookmark is None:
            return
        owner = title_state.Owner(progress.profile_id, progress.account_id)
        profile = await storage.profiles.lock(tx, owner)
        if profile.clear_time is None or profile.clear_time < bookmark.update_time:
            await storage.programme_bookmarks.save(tx, owner.profile_id, bookmark)

    async def _count_events(self, tx: db.WriteSession, recorded: event_internal_pb2.ViewingEventsRecorded) -> None:
        """Counts the events that were not counted before."""
        owner, now = title_state.Owner(recorded.profile_id, recorded.account_id), self._clock.now()
        events = viewing_events.drop_repeated(convert.viewing_event(event) for event in recorded.events)
        counting = [event for event in events if event.count is not None]
        if not counting:
            return
        write = await self._writer.begin(tx, owner, [event.title_id for event in counting])
        countable = title_state.MOST_COUNTED - await storage.counted_events.count(tx, owner.profile_id)
        new = await storage.counted_events.add(tx, owner.profile_id, counting[: max(countable, 0)], now)
        room = title_state.MOST_VIEWED - await storage.title_states.count_titles(tx, owner.profile_id)
        for event in counting:
            first = not write[event.title_id].has_signals
            if event.event_id not in new or (first and room <= 0):
                continue
            write[event.title_id] = viewing_events.count_event(write[event.title_id], event)
            room -= first
        await self._writer.finish(tx, write, now)


async def _save_series(tx: db.WriteSession, changed: event_internal_pb2.TitlesChanged) -> None:
    """Stores the episodes of series that changed and that somebody watches."""
    series = {
        facts.title_id: (convert.series(facts.title_id, list(facts.episode_ids)), facts.revision)
        for facts in changed.titles
        if facts.type == catalog_pb2.TITLE_TYPE_SERIES and not facts.deleted
    }
    if series:
        await storage.series.save_changed(tx, series)
