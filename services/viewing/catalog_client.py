"""The client of catalog: titles that are visible to the caller, and the episodes of series."""

import asyncio
from collections.abc import Mapping, Sequence

import cachetools
from marquee.catalog.v1 import (
    catalog_internal_pb2,
    catalog_internal_pb2_grpc,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
)

from services.kit import circuit_breaker, client, clock, context, errors, logs, title_facts, visibility
from services.viewing import convert
from services.viewing.domain.episodes import Episode, Title

_TITLES_PER_CALL = 100
#: How many seconds an answer may take. A method of viewing has two.
_PATIENCE_SECONDS = 1.0
#: Names that are kept for the time when catalog is away, and series with their episodes.
_MAX_TITLES, _MAX_SERIES = 20_000, 1_000

_log = logs.logger()


class CatalogClient:
    """Says what the caller may see, so that what is hidden from the caller stays hidden.

    Writes name titles, and are checked against the titles in memory; catalog is called only about those that are not
    visible there, since they may be new. Lists are checked by catalog itself. While it is away, the titles in memory
    replace it, with the names that were read before.

    Args:
        mesh: opens the channel to catalog.
        titles: all titles in memory.
        time: the clock.
    """

    def __init__(self, mesh: client.Mesh, titles: title_facts.TitleIndex, time: clock.Clock) -> None:
        channel = mesh.channel("catalog")
        self._catalog: catalog_service_pb2_grpc.CatalogServiceAsyncStub = catalog_service_pb2_grpc.CatalogServiceStub(
            channel
        )
        self._internal: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub = (
            catalog_internal_pb2_grpc.CatalogInternalServiceStub(channel)
        )
        self._breaker = circuit_breaker.CircuitBreaker("catalog", patience=_PATIENCE_SECONDS)
        self._titles = titles
        self._clock = time
        #: Titles by id and language, and the episodes of series.
        self._read_titles: cachetools.LRUCache[tuple[str, str], Title] = cachetools.LRUCache(_MAX_TITLES)
        self._read_episodes: cachetools.LRUCache[str, list[Episode]] = cachetools.LRUCache(_MAX_SERIES)

    async def require_title(self, title_id: str) -> bool:
        """Returns whether a title is a series. Raises TITLE_NOT_FOUND if it is not visible to the caller."""
        title = self._find_visible(title_id)
        if title is not None:
            return title.is_series
        request = catalog_service_pb2.GetTitleRequest(title_id=title_id)
        response = await self._breaker.call(lambda: self._catalog.GetTitle(request))
        return convert.title(response.title).is_series

    async def get_series_of(self, episode_id: str) -> str:
        """Returns the series of an episode. Raises EPISODE_NOT_FOUND if it is not visible to the caller."""
        series_id = self._titles.get_series_id(episode_id)
        if series_id is not None and self._find_visible(series_id) is not None:
            return series_id
        request = catalog_service_pb2.GetEpisodeRequest(episode_id=episode_id)
        return (await self._breaker.call(lambda: self._catalog.GetEpisode(request))).episode.title_id

    async def list_titles(self, title_ids: Sequence[str]) -> dict[str, Title]:
        """Returns those of some titles that are visible to the caller now, by id."""
        if not title_ids:
            return {}
        language_code = context.caller().language_code
        try:
            titles = await self._breaker.call(lambda: self._load_titles(title_ids))
        except errors.Error as failure:
            if not self._titles.is_loaded:
                raise
            _log.warning("titles from memory", cause=str(failure))
            visible = ((title_id, self._find_visible(title_id)) for title_id in title_ids)
            return {
                title_id: self._read_titles.get((title_id, language_code)) or Title(title_id, "", title.is_series)
                for title_id, title in visible
                if title is not None
            }
        self._read_titles.update({(title_id, language_code): title for title_id, title in titles.items()})
        return titles

    async def list_episodes(self, title_ids: Sequence[str]) -> Mapping[str, Sequence[Episode]]:
        """Returns the episodes of up to 200 series in their order, by series; visible or not."""
        if not title_ids:
            return {}
        try:
            episodes = await self._breaker.call(lambda: self._load_episodes(title_ids))
        except errors.Error as failure:
            if not self._titles.is_loaded:
                raise
            _log.warning("episodes from memory", cause=str(failure))
            return {title_id: self._read_episodes.get(title_id) or self._unnamed(title_id) for title_id in title_ids}
        self._read_episodes.update(episodes)
        return episodes

    async def resolve_episodes(self, episode_ids: Sequence[str]) -> dict[str, str]:
        """Returns the series of up to 200 episodes by episode, without unknown ones; visible or not."""
        found = {id_: series_id for id_ in episode_ids if (series_id := self._titles.get_series_id(id_))}
        missing = [episode_id for episode_id in dict.fromkeys(episode_ids) if episode_id not in found]
        if missing:
            request = catalog_internal_pb2.ResolveEpisodesRequest(episode_ids=missing)
            response = await self._breaker.call(lambda: self._internal.ResolveEpisodes(request))
            found.update({episode.episode_id: episode.title_id for episode in response.episodes})
        return found

    def _find_visible(self, title_id: str) -> title_facts.Title | None:
        """Returns a title in memory if it is visible to the caller."""
        caller, title = context.caller(), self._titles.get(title_id)
        viewer = visibility.Viewer(caller.maturity_ceiling, caller.country_code)
        return title if title and visibility.visible(title.facts, viewer, self._clock.now()) else None

    def _unnamed(self, title_id: str) -> list[Episode]:
        """Returns the episodes of a series in memory, without their names."""
        title = self._titles.get(title_id)
        return [Episode(episode_id, "", None) for episode_id in title.episode_ids] if title else []

    async def _load_titles(self, title_ids: Sequence[str]) -> dict[str, Title]:
        batches = (title_ids[start : start + _TITLES_PER_CALL] for start in range(0, len(title_ids), _TITLES_PER_CALL))
        requests = [catalog_service_pb2.BatchGetTitlesRequest(title_ids=batch) for batch in batches]
        responses = await asyncio.gather(*(self._catalog.BatchGetTitles(request) for request in requests))
        return {message.title_id: convert.title(message) for response in responses for message in response.titles}

    async def _load_episodes(self, title_ids: Sequence[str]) -> dict[str, list[Episode]]:
        episodes: dict[str, list[Episode]] = {}
        while title_ids:
            request = catalog_internal_pb2.BatchGetEpisodeIndexRequest(title_ids=title_ids)
            response = await self._internal.BatchGetEpisodeIndex(request)
            for index in response.indexes:
                episodes[index.title_id] = [convert.episode(each) for each in index.episodes]
            title_ids = response.remaining_title_ids
        return episodes
