"""Deletes log-ins that have expired."""

from services.identity import storage
from services.kit import clock, db, periodic_task

_PERIOD_SECONDS = 600.0


async def run(database: db.Database, time: clock.Clock) -> None:
    """Runs until it is cancelled, whatever fails."""

    async def delete() -> None:
        async with database.transaction() as tx:
            await storage.delete_expired(tx, time.now())

    await periodic_task.run("log-in cleanup", delete, period=_PERIOD_SECONDS)
