"""The client of catalog: titles that are visible to the caller, and the episodes of series."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from marquee.catalog.v1 import (
    catalog_internal_pb2,
    catalog_internal_pb2_grpc,
    catalog_pb2,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
)

from services.kit import cache, client, clock, context
from services.viewing import convert
from services.viewing.domain.episodes import Episode, Title

#: A player saves a bookmark every few seconds; the title that it names rarely changes in between.
_EXPIRY = timedelta(seconds=30)
_MAX_BYTES = 8 * 1024 * 1024
_TITLES_PER_CALL = 100


class CatalogClient:
    """Calls catalog as the caller, so that what is hidden from the caller stays hidden.

    Args:
        mesh: opens the channel to catalog.
        time: the clock by which cached responses expire.
    """

    def __init__(self, mesh: client.Mesh, time: clock.Clock) -> None:
        channel = mesh.channel("catalog")
        self._catalog: catalog_service_pb2_grpc.CatalogServiceAsyncStub = catalog_service_pb2_grpc.CatalogServiceStub(
            channel
        )
        self._internal: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub = (
            catalog_internal_pb2_grpc.CatalogInternalServiceStub(channel)
        )
        self._clock = time
        self._cache = cache.Cache(time, most_bytes=_MAX_BYTES)

    async def get_title(self, title_id: str) -> Title:
        """Returns a title. Raises the errors of catalog: TITLE_NOT_FOUND if it is not visible to the caller."""
        key = ("title", title_id, *_viewer())
        cached = self._cache.get(key)
        if cached is not None:
            return convert.title(catalog_pb2.Title.FromString(cached))
        response = await self._catalog.GetTitle(catalog_service_pb2.GetTitleRequest(title_id=title_id))
        self._cache.put(key, response.title.SerializeToString(), expire_time=self._clock.now() + _EXPIRY)
        return convert.title(response.title)

    async def get_series_of(self, episode_id: str) -> str:
        """Returns the series of an episode. Raises the errors of catalog, such as EPISODE_NOT_FOUND."""
        key = ("episode", episode_id, *_viewer())
        cached = self._cache.get(key)
        if cached is not None:
            return cached.decode()
        response = await self._catalog.GetEpisode(catalog_service_pb2.GetEpisodeRequest(episode_id=episode_id))
        title_id = response.episode.title_id
        self._cache.put(key, title_id.encode(), expire_time=self._clock.now() + _EXPIRY)
        return title_id

    async def list_titles(self, title_ids: Sequence[str]) -> dict[str, Title]:
        """Returns those of some titles that are visible to the caller now, by id."""
        batches = (title_ids[start : start + _TITLES_PER_CALL] for start in range(0, len(title_ids), _TITLES_PER_CALL))
        requests = [catalog_service_pb2.BatchGetTitlesRequest(title_ids=batch) for batch in batches]
        responses = await asyncio.gather(*(self._catalog.BatchGetTitles(request) for request in requests))
        return {message.title_id: convert.title(message) for response in responses for message in response.titles}

    async def list_episodes(self, title_ids: Sequence[str]) -> dict[str, list[Episode]]:
        """Returns the episodes of up to 200 series in their order, by series; visible or not."""
        if not title_ids:
            return {}
        request = catalog_internal_pb2.BatchGetEpisodeIndexRequest(title_ids=title_ids)
        response = await self._internal.BatchGetEpisodeIndex(request)
        return {index.title_id: [convert.episode(each) for each in index.episodes] for index in response.indexes}

    async def resolve_episodes(self, episode_ids: Sequence[str]) -> dict[str, str]:
        """Returns the series of up to 200 episodes by episode, without unknown ones; visible or not."""
        resolved = {id_: cached.decode() for id_ in episode_ids if (cached := self._cache.get(("series", id_)))}
        missing = [episode_id for episode_id in dict.fromkeys(episode_ids) if episode_id not in resolved]
        if missing:
            request = catalog_internal_pb2.ResolveEpisodesRequest(episode_ids=missing)
            for episode in (await self._internal.ResolveEpisodes(request)).episodes:
                # An episode never moves to another series.
                self._cache.put(("series", episode.episode_id), episode.title_id.encode())
                resolved[episode.episode_id] = episode.title_id
        return resolved


def _viewer() -> tuple[int, str, str]:
    """Returns what decides which titles the caller sees, and in which language."""
    caller = context.caller()
    return caller.maturity_ceiling, caller.country_code, caller.language_code
