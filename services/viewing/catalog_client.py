"""Catalog as viewing sees it: titles that the caller may know of, and the episodes of series."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc

from services.kit import cache, client, clock, context
from services.kit import errors as kit_errors
from services.viewing import convert, errors
from services.viewing.domain import episodes

#: Episodes change seldom, and a new one may wait this long to be offered.
_KEPT = timedelta(seconds=30)
_MOST_BYTES = 8 * 1024 * 1024
_MOST_AT_ONCE = 8
_BATCH = 100


class CatalogClient:
    """Asks catalog as the caller, so that what is hidden from them stays hidden.

    Args:
        mesh: dials catalog.
        time: tells when what was answered is too old.
    """

    def __init__(self, mesh: client.Mesh, time: clock.Clock) -> None:
        self._catalog: catalog_pb2_grpc.CatalogServiceAsyncStub = catalog_pb2_grpc.CatalogServiceStub(
            mesh.channel("catalog")
        )
        self._clock = time
        self._cache = cache.Cache(time, most_bytes=_MOST_BYTES)

    async def get(self, title_id: str) -> episodes.Title:
        """Gets a title with its episodes. Raises TitleNotFound, or Unavailable when catalog does not answer."""
        caller = context.caller()
        key = (title_id, caller.maturity_ceiling, caller.country_code, caller.language_code)
        known = self._cache.get(key)
        if known is not None:
            return convert.title(catalog_pb2.Title.FromString(known))
        try:
            answer = await self._catalog.GetTitle(catalog_pb2.GetTitleRequest(title_id=title_id))
        except kit_errors.NotFound:
            raise errors.TitleNotFound(title_id) from None
        self._cache.put(key, answer.title.SerializeToString(), expire_time=self._clock.now() + _KEPT)
        return convert.title(answer.title)

    async def cards(self, title_ids: Sequence[str]) -> dict[str, episodes.Title]:
        """Gets those of some titles that the caller may know of now, by id, without episodes."""
        batches = (title_ids[start : start + _BATCH] for start in range(0, len(title_ids), _BATCH))
        requests = [catalog_pb2.BatchGetTitlesRequest(title_ids=batch) for batch in batches]
        answers = await asyncio.gather(*(self._catalog.BatchGetTitles(request) for request in requests))
        return {message.title_id: convert.title(message) for answer in answers for message in answer.titles}

    async def batch_get(self, title_ids: Sequence[str]) -> dict[str, episodes.Title]:
        """Gets those of some titles that the caller may know of now, by id, series with their episodes."""
        found = await self.cards(title_ids)
        turns = asyncio.Semaphore(_MOST_AT_ONCE)

        async def with_episodes(title: episodes.Title) -> None:
            async with turns:
                try:
                    found[title.title_id] = await self.get(title.title_id)
                except errors.TitleNotFound:  # Hidden between the two questions.
                    del found[title.title_id]

        await asyncio.gather(*(with_episodes(title) for title in tuple(found.values()) if title.is_series))
        return found
