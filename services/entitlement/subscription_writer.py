"""Writes subscriptions and publishes each change, and ends canceled subscriptions at their `end_time`."""

from collections.abc import Sequence
from dataclasses import replace

from marquee.entitlement.v1 import entitlement_pb2
from marquee.event.v1 import event_internal_pb2

from services.entitlement import convert, domain, grant_cache, storage
from services.kit import db, events, periodic_task
from services.kit.clock import Clock

_PERIOD_SECONDS = 30.0
_BATCH = 100


class SubscriptionWriter:
    """Writes subscriptions. Several replicas may end the same ones: a row lock lets only one of them do it.

    Args:
        database: the database of entitlement.
        outbox: where events are written.
        grants: the cache of grants of this replica; the others follow the events.
        clock: the clock.
    """

    def __init__(
        self, database: db.Database, outbox: events.Outbox, grants: grant_cache.GrantCache, clock: Clock
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._grants = grants
        self._clock = clock

    async def save(
        self,
        tx: db.WriteSession,
        account_id: str,
        subscription: domain.Subscription,
        packages: Sequence[domain.Package],
    ) -> entitlement_pb2.Subscription:
        """Writes the subscription of an account, publishes it and returns its message."""
        revision = await storage.save_subscription(tx, account_id, subscription)
        saved = replace(subscription, revision=revision)
        message = convert.subscription_message(account_id, saved, packages, self._clock.now())
        event = event_internal_pb2.SubscriptionChanged(subscription=message, revision=revision)
        await self._outbox.add(tx, subscription_changed=event)
        db.after_commit(tx, lambda: self._grants.drop(account_id))
        return message

    async def run(self) -> None:
        """Ends subscriptions until it is cancelled."""
        await periodic_task.run("subscription expiry", self.end_canceled, period=_PERIOD_SECONDS)

    async def end_canceled(self) -> None:
        """Sets every canceled subscription whose `end_time` has come to EXPIRED."""
        while await self._end_batch() == _BATCH:
            pass

    async def _end_batch(self) -> int:
        """Ends some subscriptions; returns how many."""
        async with self._database.transaction() as tx:
            ended = await storage.lock_ended_subscriptions(tx, self._clock.now(), _BATCH)
            packages = await storage.list_packages(tx) if ended else ()
            for account_id, subscription in ended.items():
                await self.save(tx, account_id, replace(subscription, state=domain.State.EXPIRED), packages)
        return len(ended)
