"""Background work of identity: follows subscriptions and deletes expired log-ins."""

import asyncio

from marquee.event.v1 import event_internal_pb2

from services.identity import storage
from services.kit import clock, db, errors, logs

_CLEANUP_SECONDS = 600.0

_log = logs.logger()


async def on_event(tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Stores the tier of a changed subscription."""
    if event.HasField("subscription_changed"):
        changed = event.subscription_changed
        subscription = changed.subscription
        await storage.set_tier(tx, subscription.account_id, subscription.tier, changed.revision)


async def delete_expired(database: db.Database, time: clock.Clock) -> None:
    """Deletes expired log-ins periodically, for as long as the process runs."""
    while True:
        try:
            async with database.transaction() as tx:
                await storage.delete_expired(tx, time.now())
        except errors.Unavailable as away:
            _log.warning("delete_expired waits", cause=str(away))
        await asyncio.sleep(_CLEANUP_SECONDS)
