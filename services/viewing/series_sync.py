"""Requests the episodes of the series that somebody watches; events report later changes."""

from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc

from services.kit import client, db, periodic_task
from services.viewing import convert, storage

_PERIOD_SECONDS = 1.0
_BATCH = 200


class SeriesSync:
    """Requests the episodes of series that are due.

    Args:
        database: the database of viewing.
        mesh: opens the channel to catalog.
    """

    def __init__(self, database: db.Database, mesh: client.Mesh) -> None:
        self._database = database
        self._catalog: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub = (
            catalog_internal_pb2_grpc.CatalogInternalServiceStub(mesh.channel("catalog"))
        )

    async def run(self) -> None:
        """Runs until it is cancelled, whatever fails."""
        await periodic_task.run("series sync", self.sync, period=_PERIOD_SECONDS)

    async def sync(self) -> None:
        """Requests and stores the episodes of all series that are due."""
        while True:
            async with self._database.reading() as session:
                due = await storage.series.list_due(session, _BATCH)
            if not due:
                return
            request = catalog_internal_pb2.BatchGetEpisodeIndexRequest(title_ids=due)
            response = await self._catalog.BatchGetEpisodeIndex(request)
            series = {
                index.title_id: convert.series(index.title_id, [episode.episode_id for episode in index.episodes])
                for index in response.indexes
            }
            remaining = frozenset(response.remaining_title_ids)
            answered = [title_id for title_id in due if title_id not in remaining]
            async with self._database.transaction() as tx:
                await storage.series.save_requested(tx, series, answered)
