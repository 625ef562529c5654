"""The client of catalog: titles that are visible to the caller, and the episodes of series."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from marquee.catalog.v1 import (
    catalog_internal_pb2,
    catalog_internal_pb2_grpc,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
)

from services.kit import cache, client, clock, context
from services.viewing import convert
from services.viewing.domain.episodes import Episode, Title

#: A player saves a bookmark every few seconds; the title that it names rarely changes in between.
_LIFETIME = timedelta(seconds=30)
_MAX_CACHED = 20_000
_TITLES_PER_CALL = 100

#: An id, and what decides whether the caller sees it, and in which language.
_Key = tuple[str, int, str, str]


class CatalogClient:
    """Calls catalog as the caller, so that what is hidden from the caller stays hidden.

    Args:
        mesh: opens the channel to catalog.
        time: the clock by which cached titles expire.
    """

    def __init__(self, mesh: client.Mesh, time: clock.Clock) -> None:
        channel = mesh.channel("catalog")
        self._catalog: catalog_service_pb2_grpc.CatalogServiceAsyncStub = catalog_service_pb2_grpc.CatalogServiceStub(
            channel
        )
        self._internal: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub = (
            catalog_internal_pb2_grpc.CatalogInternalServiceStub(channel)
        )
        self._titles: cache.ExpiringCache[_Key, Title] = cache.ExpiringCache(
            time, most_values=_MAX_CACHED, lifetime=_LIFETIME
        )
        self._visible_episodes: cache.ExpiringCache[_Key, str] = cache.ExpiringCache(
            time, most_values=_MAX_CACHED, lifetime=_LIFETIME
        )
        # An episode never moves to another series.
        self._series: cache.ExpiringCache[str, str] = cache.ExpiringCache(time, most_values=_MAX_CACHED)

    async def get_title(self, title_id: str) -> Title:
        """Returns a title. Raises the errors of catalog: TITLE_NOT_FOUND if it is not visible to the caller."""
        key = _key(title_id)
        cached = self._titles.get(key)
        if cached is not None:
            return cached
        response = await self._catalog.GetTitle(catalog_service_pb2.GetTitleRequest(title_id=title_id))
        return self._titles.put(key, convert.title(response.title))

    async def get_series_of(self, episode_id: str) -> str:
        """Returns the series of an episode. Raises the errors of catalog, such as EPISODE_NOT_FOUND."""
        key = _key(episode_id)
        cached = self._visible_episodes.get(key)
        if cached is not None:
            return cached
        response = await self._catalog.GetEpisode(catalog_service_pb2.GetEpisodeRequest(episode_id=episode_id))
        return self._visible_episodes.put(key, response.episode.title_id)

    async def list_titles(self, title_ids: Sequence[str]) -> dict[str, Title]:
        """Returns those of some titles that are visible to the caller now, by id."""
        batches = (title_ids[start : start + _TITLES_PER_CALL] for start in range(0, len(title_ids), _TITLES_PER_CALL))
        requests = [catalog_service_pb2.BatchGetTitlesRequest(title_ids=batch) for batch in batches]
        responses = await asyncio.gather(*(self._catalog.BatchGetTitles(request) for request in requests))
        return {message.title_id: convert.title(message) for response in responses for message in response.titles}

    async def list_episodes(self, title_ids: Sequence[str]) -> dict[str, list[Episode]]:
        """Returns the episodes of up to 200 series in their order, by series; visible or not."""
        episodes: dict[str, list[Episode]] = {}
        while title_ids:
            request = catalog_internal_pb2.BatchGetEpisodeIndexRequest(title_ids=title_ids)
            response = await self._internal.BatchGetEpisodeIndex(request)
            for index in response.indexes:
                episodes[index.title_id] = [convert.episode(each) for each in index.episodes]
            title_ids = response.remaining_title_ids
        return episodes

    async def resolve_episodes(self, episode_ids: Sequence[str]) -> dict[str, str]:
        """Returns the series of up to 200 episodes by episode, without unknown ones; visible or not."""
        resolved = {id_: title_id for id_ in episode_ids if (title_id := self._series.get(id_))}
        missing = [episode_id for episode_id in dict.fromkeys(episode_ids) if episode_id not in resolved]
        if missing:
            request = catalog_internal_pb2.ResolveEpisodesRequest(episode_ids=missing)
            for episode in (await self._internal.ResolveEpisodes(request)).episodes:
                resolved[episode.episode_id] = self._series.put(episode.episode_id, episode.title_id)
        return resolved


def _key(subject_id: str) -> _Key:
    """Returns the key of a title or an episode as the caller sees it."""
    caller = context.caller()
    return subject_id, caller.maturity_ceiling, caller.country_code, caller.language_code
