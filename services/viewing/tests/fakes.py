"""A fake catalog."""

from __future__ import annotations

from dataclasses import dataclass

from marquee.catalog.v1 import (
    catalog_internal_pb2,
    catalog_internal_pb2_grpc,
    catalog_pb2,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
)

from services.kit import context, errors


@dataclass
class Series:
    """A series with its episodes, which are not fields of the title message."""

    title: catalog_pb2.Title
    episodes: list[catalog_internal_pb2.EpisodeRef]

    @property
    def title_id(self):
        return self.title.title_id

    @property
    def ids(self):
        """The ids of the episodes by season and number."""
        return {(each.season_number, each.episode_number): each.episode_id for each in self.episodes}


class Catalog(catalog_service_pb2_grpc.CatalogServiceServicer):
    """A fake catalog; like the real one it hides titles above the maturity ceiling of the caller."""

    def __init__(self):
        self.titles: dict[str, catalog_pb2.Title] = {}
        self.series: dict[str, Series] = {}
        self.calls: list[str] = []

    def add(self, title):
        if isinstance(title, Series):
            self.series[title.title_id] = title
            title = title.title
        self.titles[title.title_id] = title
        return title.title_id

    def _visible(self, title_id):
        title = self.titles.get(title_id)
        return title if title and title.maturity_rating.age <= context.caller().maturity_ceiling else None

    async def GetTitle(self, request, rpc):
        self.calls.append("GetTitle")
        title = self._visible(request.title_id)
        if title is None:
            raise errors.TitleNotFound(request.title_id)
        return catalog_service_pb2.GetTitleResponse(title=title)

    async def GetEpisode(self, request, rpc):
        self.calls.append("GetEpisode")
        for series in self.series.values():
            if request.episode_id in series.ids.values() and self._visible(series.title_id):
                episode = catalog_pb2.Episode(episode_id=request.episode_id, title_id=series.title_id)
                return catalog_service_pb2.GetEpisodeResponse(episode=episode)
        raise errors.EpisodeNotFound(request.episode_id)

    async def BatchGetTitles(self, request, rpc):
        self.calls.append("BatchGetTitles")
        titles = filter(None, map(self._visible, request.title_ids))
        return catalog_service_pb2.BatchGetTitlesResponse(titles=titles)


class CatalogInternal(catalog_internal_pb2_grpc.CatalogInternalServiceServicer):
    """The internal API of the fake catalog, without a maturity ceiling."""

    def __init__(self, catalog):
        self.catalog = catalog

    async def StreamTitleFacts(self, request, rpc):
        self.catalog.calls.append("StreamTitleFacts")
        for revision, title in enumerate(self.catalog.titles.values(), 1):
            series = self.catalog.series.get(title.title_id)
            facts = catalog_internal_pb2.TitleFacts(
                title_id=title.title_id,
                revision=revision,
                state=catalog_pb2.TITLE_STATE_PUBLISHED,
                maturity_rating=title.maturity_rating,
                type=title.type,
                episode_ids=series.ids.values() if series else (),
            )
            yield catalog_internal_pb2.StreamTitleFactsResponse(facts=[facts])

    async def BatchGetEpisodeIndex(self, request, rpc):
        self.catalog.calls.append("BatchGetEpisodeIndex")
        selected = [self.catalog.series[title_id] for title_id in request.title_ids if title_id in self.catalog.series]
        indexes = [
            catalog_internal_pb2.EpisodeIndex(title_id=series.title_id, episodes=series.episodes) for series in selected
        ]
        return catalog_internal_pb2.BatchGetEpisodeIndexResponse(indexes=indexes)

    async def ResolveEpisodes(self, request, rpc):
        self.catalog.calls.append("ResolveEpisodes")
        episodes = [
            catalog_internal_pb2.ResolvedEpisode(episode_id=episode_id, title_id=series.title_id)
            for series in self.catalog.series.values()
            for episode_id in series.ids.values()
            if episode_id in request.episode_ids
        ]
        return catalog_internal_pb2.ResolveEpisodesResponse(episodes=episodes)
