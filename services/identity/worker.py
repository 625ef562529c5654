"""Background work of identity: follows subscriptions and deletes expired log-ins."""

from marquee.event.v1 import event_internal_pb2

from services.identity import storage
from services.kit import clock, db, periodic_task

_CLEANUP_SECONDS = 600.0


async def on_event(tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Stores the tier of a changed subscription."""
    if event.HasField("subscription_changed"):
        changed = event.subscription_changed
        subscription = changed.subscription
        await storage.set_tier(tx, subscription.account_id, subscription.tier, changed.revision)


async def delete_expired(database: db.Database, time: clock.Clock) -> None:
    """Deletes expired log-ins periodically, until it is cancelled."""

    async def delete() -> None:
        async with database.transaction() as tx:
            await storage.delete_expired(tx, time.now())

    await periodic_task.run("log-in cleanup", delete, period=_CLEANUP_SECONDS)
