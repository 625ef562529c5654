"""Asks catalog how far it is to the end of the series that somebody watches."""

import asyncio

from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc

from services.kit import client, db, logs
from services.kit import errors as kit_errors
from services.viewing import convert, storage
from services.viewing.domain import episodes

_PAUSE_SECONDS = 1.0
_AWAY_SECONDS = 5.0
_BATCH = 500

_log = logs.logger()


class SeriesSync:
    """Follows catalog.

    Args:
        database: viewing's own, which notes what is to be asked.
        mesh: dials catalog.
    """

    def __init__(self, database: db.Database, mesh: client.Mesh) -> None:
        self._database = database
        self._catalog: catalog_pb2_grpc.CatalogInternalServiceAsyncStub = catalog_pb2_grpc.CatalogInternalServiceStub(
            mesh.channel("catalog")
        )

    async def run(self) -> None:
        """Follows for as long as the process lives. Catalog and the database may go and come back."""
        while True:
            try:
                more = await self.ask()
            except kit_errors.Error as away:
                _log.warning("series wait", cause=str(away))
                await asyncio.sleep(_AWAY_SECONDS)
            else:
                await asyncio.sleep(0 if more else _PAUSE_SECONDS)

    async def ask(self) -> bool:
        """Asks for the series that are to be asked for, a batch of them; answers whether there may be more."""
        async with self._database.reading() as session:
            due = await storage.series.due(session, _BATCH)
        if not due:
            return False
        known: list[episodes.Series] = []
        async for answer in self._catalog.StreamTitleDocuments(catalog_pb2.StreamTitleDocumentsRequest(title_ids=due)):
            known.extend(convert.series(document) for document in answer.documents)
        async with self._database.transaction() as tx:
            await storage.series.learn(tx, known, due)
        return len(due) == _BATCH
