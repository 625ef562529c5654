"""Keeps the titles of this replica in step with catalog."""

from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2

from services.kit import broadcast_subscriber, client, replica_sync, title_facts
from services.kit import redis as kit_redis


class TitleSync:
    """Loads all titles, and follows the events that change them.

    Args:
        mesh: opens the channel to catalog.
        redis_events: holds the event streams; a client without a timeout.
        titles: the titles in memory.
    """

    def __init__(self, mesh: client.Mesh, redis_events: kit_redis.Client, titles: title_facts.TitleIndex) -> None:
        self._catalog: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub = (
            catalog_internal_pb2_grpc.CatalogInternalServiceStub(mesh.channel("catalog"))
        )
        self.titles = titles
        self._sync = replica_sync.ReplicaSync("titles", self.load, poll=None)
        self._subscriber = broadcast_subscriber.BroadcastSubscriber(
            ["catalog"], redis_events, self._handle, self._sync.missed
        )

    async def run(self) -> None:
        """Keeps the titles in step until it is cancelled."""
        await replica_sync.follow(self._subscriber, self._sync)

    async def load(self) -> None:
        """Loads all titles."""
        async for response in self._catalog.StreamTitleFacts(catalog_internal_pb2.StreamTitleFactsRequest()):
            self.titles.update(response.facts)
        self.titles.is_loaded = True

    async def _handle(self, event: event_internal_pb2.Event) -> None:
        if event.HasField("titles_changed"):
            self.titles.update(event.titles_changed.titles)
