"""Deletes sessions from the log that ended long ago."""

from datetime import timedelta

from services.kit import clock, db, periodic_task
from services.playback import storage

#: A client can start ten sessions a second, so the log may not grow for ever.
RETENTION = timedelta(days=30)
_PERIOD_SECONDS = 600.0
_BATCH = 5_000


async def run(database: db.Database, time: clock.Clock) -> None:
    """Runs until it is cancelled, whatever fails."""
    await periodic_task.run("session clean-up", lambda: clean_up(database, time), period=_PERIOD_SECONDS)


async def clean_up(database: db.Database, time: clock.Clock) -> None:
    """Deletes the sessions whose retention is over."""
    deleted = _BATCH
    while deleted == _BATCH:
        async with database.transaction() as tx:
            deleted = await storage.remove_ended(tx, time.now() - RETENTION, _BATCH)
