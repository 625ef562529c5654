"""Deletes what need not be kept any longer."""

from services.epg import storage
from services.epg.domain import channel_ranking, reminders
from services.kit import clock, db, periodic_task

_PERIOD_SECONDS = 600.0


async def run(database: db.Database, time: clock.Clock) -> None:
    """Runs until it is cancelled, whatever fails."""
    await periodic_task.run("guide clean-up", lambda: clean_up(database, time), period=_PERIOD_SECONDS)


async def clean_up(database: db.Database, time: clock.Clock) -> None:
    """Deletes old reminders, and what profiles watched long ago."""
    now = time.now()
    async with database.transaction() as tx:
        await storage.reminders.remove_ended(tx, now - reminders.RETENTION)
        await storage.watched_channels.remove_old(tx, now - channel_ranking.RETENTION)
