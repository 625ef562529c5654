"""Keeps the caches of this replica in step with catalog, the database and the events."""

from __future__ import annotations

from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2

from services.entitlement import decision_cache, grant_cache, storage
from services.kit import broadcast_subscriber, db, replica_sync
from services.kit import redis as kit_redis


class CacheSync:
    """Loads what the caches hold, and follows the events that change it.

    Args:
        catalog: the internal service of catalog.
        database: the database of entitlement.
        redis_events: where the event streams are; a client without a timeout.
        decisions: the cache of decisions.
        grants: the cache of grants.
    """

    def __init__(
        self,
        catalog: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub,
        database: db.Database,
        redis_events: kit_redis.Client,
        decisions: decision_cache.DecisionCache,
        grants: grant_cache.GrantCache,
    ) -> None:
        self._catalog = catalog
        self._database = database
        self._decisions = decisions
        self._grants = grants
        self._subscriber = broadcast_subscriber.BroadcastSubscriber(
            ["catalog", "entitlement"], redis_events, self._handle, self._handle_missed
        )
        self._facts = replica_sync.ReplicaSync("title facts", self._load_facts, poll=None)
        self.packages = replica_sync.ReplicaSync("packages", self._load_packages, poll=None)

    async def run(self) -> None:
        """Keeps the caches in step until it is cancelled."""
        await replica_sync.follow(self._subscriber, self._facts, self.packages)

    async def _load_facts(self) -> None:
        async for response in self._catalog.StreamTitleFacts(catalog_internal_pb2.StreamTitleFactsRequest()):
            self._decisions.update_titles(response.facts)
        self._decisions.mark_titles_loaded()

    async def _load_packages(self) -> None:
        async with self._database.reading() as session:
            packages = await storage.list_packages(session)
            assignments = await storage.list_assignments(session)
        self._decisions.replace_packages(packages, assignments)

    async def _handle(self, event: event_internal_pb2.Event) -> None:
        match event.WhichOneof("payload"):
            case "titles_changed":
                self._decisions.update_titles(event.titles_changed.titles)
            case "packages_changed":
                self.packages.mark_behind()
            case "subscription_changed":
                self._grants.drop(event.subscription_changed.subscription.account_id)

    async def _handle_missed(self) -> None:
        self._grants.clear()
        await self._facts.missed()
        await self.packages.missed()
