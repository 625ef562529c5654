"""Consumes the events of entitlement."""

from marquee.event.v1 import event_internal_pb2

from services.identity import storage
from services.kit import db


async def on_event(tx: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Stores the tier of a changed subscription."""
    if event.HasField("subscription_changed"):
        changed = event.subscription_changed
        subscription = changed.subscription
        await storage.set_tier(tx, subscription.account_id, subscription.tier, changed.revision)
