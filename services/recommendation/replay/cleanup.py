"""Deletes expired decisions, and the versions of inputs that no decision refers to any more."""

from datetime import timedelta

from services.kit import clock, db, periodic_task
from services.recommendation import storage

_PERIOD_SECONDS = 3600.0


async def run(database: db.Database, time: clock.Clock, retention: timedelta) -> None:
    """Runs until it is cancelled, whatever fails."""
    await periodic_task.run(
        "recommendation cleanup", lambda: clean_up(database, time, retention), period=_PERIOD_SECONDS
    )


async def clean_up(database: db.Database, time: clock.Clock, retention: timedelta) -> int:
    """Deletes expired decisions, and what is older than `retention`; returns the number of decisions deleted."""
    now = time.now()
    before = now - retention
    async with database.transaction() as tx:
        deleted = await storage.decisions.prune(tx, now)
        # The remaining decisions may name a model that was trained long ago.
        await storage.models.prune(tx, before)
        await storage.work_requests.prune(tx, before)
    async with database.transaction() as tx:
        await storage.titles.prune(tx, before)
        await storage.vectors.prune(tx, before)
    return deleted
