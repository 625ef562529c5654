"""Deletes what need not be kept any longer."""

from services.kit import clock, db, periodic_task
from services.viewing import storage
from services.viewing.domain import bookmarks, title_state

_PERIOD_SECONDS = 600.0


async def run(database: db.Database, time: clock.Clock) -> None:
    """Runs until it is cancelled, whatever fails."""

    async def clean_up() -> None:
        now = time.now()
        until = now - title_state.RETENTION
        async with database.transaction() as tx:
            await storage.title_states.remove_empty(tx, until)
            await storage.counted_events.remove_old(tx, until)
            await storage.programme_bookmarks.remove_old(tx, now - bookmarks.PROGRAMME_RETENTION)

    await periodic_task.run("viewing cleanup", clean_up, period=_PERIOD_SECONDS)
