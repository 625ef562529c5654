"""Keeps the caches of this replica in step with catalog, epg, the database and the events."""

from __future__ import annotations

from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc
from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2

from services.entitlement import convert, decision_cache, grant_cache, programme_cache, storage
from services.kit import broadcast_subscriber, db, replica_sync
from services.kit import redis as kit_redis


class CacheSync:
    """Loads what the caches hold, and follows the events that change it.

    Args:
        catalog: the internal service of catalog.
        epg: the internal service of epg.
        database: the database of entitlement.
        redis_events: where the event streams are; a client without a timeout.
        decisions: the cache of decisions.
        grants: the cache of grants.
        programmes: the cache of programmes.
    """

    def __init__(
        self,
        catalog: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub,
        epg: epg_internal_pb2_grpc.EpgInternalServiceAsyncStub,
        database: db.Database,
        redis_events: kit_redis.Client,
        decisions: decision_cache.DecisionCache,
        grants: grant_cache.GrantCache,
        programmes: programme_cache.ProgrammeCache,
    ) -> None:
        self._catalog = catalog
        self._epg = epg
        self._database = database
        self._decisions = decisions
        self._grants = grants
        self._programmes = programmes
        self._subscriber = broadcast_subscriber.BroadcastSubscriber(
            ["catalog", "entitlement", "epg"], redis_events, self._handle, self._handle_missed
        )
        self._facts = replica_sync.ReplicaSync("title facts", self._load_facts, poll=None)
        self._channels = replica_sync.ReplicaSync("channel facts", self._load_channels, poll=None)
        self.packages = replica_sync.ReplicaSync("packages", self._load_packages, poll=None)

    async def run(self) -> None:
        """Keeps the caches in step until it is cancelled."""
        await replica_sync.follow(self._subscriber, self._facts, self._channels, self.packages)

    async def _load_facts(self) -> None:
        async for response in self._catalog.StreamTitleFacts(catalog_internal_pb2.StreamTitleFactsRequest()):
            self._decisions.update_titles(response.facts)
        self._decisions.mark_titles_loaded()

    async def _load_channels(self) -> None:
        request = epg_internal_pb2.StreamChannelFactsRequest()
        self._decisions.replace_channels(
            {
                facts.channel_id: convert.channel_facts(facts)
                async for response in self._epg.StreamChannelFacts(request)
                for facts in response.facts
            }
        )

    async def _load_packages(self) -> None:
        async with self._database.reading() as session:
            packages = await storage.list_packages(session)
            assignments = await storage.list_assignments(session)
        self._decisions.replace_packages(packages, assignments)

    async def _handle(self, event: event_internal_pb2.Event) -> None:
        match event.WhichOneof("payload"):
            case "titles_changed":
                self._decisions.update_titles(event.titles_changed.titles)
            case "channels_changed":
                self._programmes.drop(*event.channels_changed.channel_ids)
                self._channels.mark_behind()
            case "schedule_changed":
                self._programmes.drop(event.schedule_changed.channel_id)
            case "packages_changed":
                self.packages.mark_behind()
            case "subscription_changed":
                self._grants.drop(event.subscription_changed.subscription.account_id)

    async def _handle_missed(self) -> None:
        self._grants.clear()
        self._programmes.clear()
        await self._facts.missed()
        await self._channels.missed()
        await self.packages.missed()
