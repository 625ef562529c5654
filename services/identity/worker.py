"""What identity does beside its calls: hears of tiers, and sweeps out log-ins whose time is over."""

import asyncio

from marquee.event.v1 import event_internal_pb2

from services.identity import storage
from services.kit import clock, db, errors, logs

_SWEEP_SECONDS = 600.0

_log = logs.logger()


async def on_event(tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Notes the tier that entitlement tells of."""
    if event.HasField("subscription_changed"):
        changed = event.subscription_changed
        subscription = changed.subscription
        await storage.set_tier(tx, subscription.account_id, subscription.tier, changed.revision)


async def sweep(database: db.Database, time: clock.Clock) -> None:
    """Sweeps for as long as the process lives. The database may go and come back."""
    while True:
        try:
            async with database.transaction() as tx:
                await storage.sweep(tx, time.now())
        except errors.Unavailable as away:
            _log.warning("sweep waits", cause=str(away))
        await asyncio.sleep(_SWEEP_SECONDS)
