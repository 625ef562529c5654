"""The services that playback calls, and what playback does without them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from marquee.catalog.v1 import catalog_pb2, catalog_service_pb2, catalog_service_pb2_grpc
from marquee.entitlement.v1 import (
    entitlement_internal_pb2,
    entitlement_internal_pb2_grpc,
    entitlement_pb2,
    entitlement_service_pb2,
    entitlement_service_pb2_grpc,
)
from marquee.epg.v1 import epg_pb2, epg_service_pb2, epg_service_pb2_grpc
from marquee.packager.v1 import packager_internal_pb2, packager_internal_pb2_grpc, packager_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_service_pb2, viewing_service_pb2_grpc

from services.kit import cache, circuit_breaker, client, errors, logs, watchable_subjects
from services.kit.clock import Clock
from services.playback import convert, domain

#: Resuming at the right position is not worth waiting much longer than for the other services.
_VIEWING_SECONDS = 1.5
_PAGE_SIZE = 200
#: A player requests several keys at once, and again with each rendition.
_DECISION_KEPT = timedelta(seconds=3)
_KEYS_KEPT = timedelta(minutes=1)
#: A newer asset is played a few seconds later; the older one stays playable.
_ASSET_KEPT = timedelta(seconds=10)
#: A title stays a series, and an episode stays in it.
_SERIES_KEPT = timedelta(hours=1)
_MAX_KEPT = 5_000

_log = logs.logger()


@dataclass(frozen=True, slots=True)
class PlaybackContext:
    """What the other services know of a subject; None where there is nothing."""

    decision: entitlement_pb2.AccessDecision
    title: domain.Title | None
    #: The asset of the requested subject. A series has none.
    asset: packager_pb2.MediaAsset | None
    bookmarks: Sequence[domain.Bookmark]


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What the other services know of a channel or a programme."""

    decision: entitlement_pb2.AccessDecision
    #: None if a channel was requested, or if the caller may not know of the programme.
    programme: epg_pb2.Programme | None
    bookmarks: Sequence[domain.Bookmark]


class ServiceClients:
    """Calls the other services. Their errors are raised as they are.

    Args:
        mesh: finds the services.
        clock: the clock, by which cached responses expire.
    """

    def __init__(self, mesh: client.Mesh, clock: Clock) -> None:
        entitlement, catalog = mesh.channel("entitlement"), mesh.channel("catalog")
        self._entitlement = entitlement_service_pb2_grpc.EntitlementServiceStub(entitlement)
        self._entitlement_internal = entitlement_internal_pb2_grpc.EntitlementInternalServiceStub(entitlement)
        self._catalog = catalog_service_pb2_grpc.CatalogServiceStub(catalog)
        self._epg = epg_service_pb2_grpc.EpgServiceStub(mesh.channel("epg"))
        self._packager = packager_internal_pb2_grpc.PackagerInternalServiceStub(mesh.channel("packager"))
        self._viewing = viewing_service_pb2_grpc.ViewingServiceStub(mesh.channel("viewing"))
        self._viewing_breaker = circuit_breaker.CircuitBreaker("viewing", patience=_VIEWING_SECONDS)
        self._decisions: cache.ExpiringCache[Hashable, entitlement_pb2.AccessDecision] = cache.ExpiringCache(
            clock, most_values=_MAX_KEPT, lifetime=_DECISION_KEPT
        )
        self._assets: cache.ExpiringCache[Hashable, packager_pb2.MediaAsset] = cache.ExpiringCache(
            clock, most_values=_MAX_KEPT, lifetime=_ASSET_KEPT
        )
        self._keys: cache.ExpiringCache[str, dict[bytes, bytes]] = cache.ExpiringCache(
            clock, most_values=_MAX_KEPT, lifetime=_KEYS_KEPT
        )
        #: The series that each series and each episode belongs to.
        self._series: cache.ExpiringCache[str, str] = cache.ExpiringCache(
            clock, most_values=_MAX_KEPT, lifetime=_SERIES_KEPT
        )

    async def load_context(
        self, subject: type_pb2.Subject, schemes: Sequence[packager_pb2.EncryptionScheme.ValueType] = ()
    ) -> PlaybackContext:
        """Returns what the calling profile needs to play a subject, from all services at once.

        Args:
            subject: what is requested.
            schemes: the encryption schemes of the device; empty if it states none.
        """
        # Bookmarks first: they come from a database, the others mostly from memory.
        bookmarks, access, (title, page_token), asset = await asyncio.gather(
            self._list_bookmarks(subject),
            self._entitlement.CheckAccess(entitlement_service_pb2.CheckAccessRequest(subject=subject)),
            self._load_title(subject),
            self._load_first_asset(subject, schemes),
        )
        played_id = subject.episode_id or domain.latest_episode_id(bookmarks)
        while title and page_token and played_id and not domain.next_episode(title.episodes, played_id):
            page = await self._list_episodes(title.title_id, page_token)
            title = replace(title, episodes=(*title.episodes, *map(convert.episode, page.episodes)))
            page_token = page.next_page_token
        return PlaybackContext(access.decision, title, asset, bookmarks)

    async def load_channel_context(self, subject: type_pb2.Subject) -> ChannelContext:
        """Returns what the calling profile needs to play a channel or a programme, from all services at once."""
        check = self._entitlement.CheckAccess(entitlement_service_pb2.CheckAccessRequest(subject=subject))
        if not subject.programme_id:
            return ChannelContext((await check).decision, None, ())
        bookmarks, access, programme = await asyncio.gather(
            self._list_bookmarks(subject), check, self._load_programme(subject.programme_id)
        )
        return ChannelContext(access.decision, programme, bookmarks)

    async def load_asset(
        self, subject: type_pb2.Subject, schemes: Sequence[packager_pb2.EncryptionScheme.ValueType] = ()
    ) -> packager_pb2.MediaAsset | None:
        """Returns the asset that plays a subject, None if there is none yet.

        It is one that a device with some encryption schemes decrypts, if there is one.
        """
        key = (watchable_subjects.key(subject), frozenset(schemes))
        cached = self._assets.get(key)
        if cached is not None:
            return cached
        request = packager_internal_pb2.GetPlayableAssetRequest(subject=subject, encryption_schemes=schemes)
        try:
            return self._assets.put(key, (await self._packager.GetPlayableAsset(request)).asset)
        except errors.NotFound:
            return await self.load_asset(subject) if schemes else None

    async def list_display_names(self, subjects: Collection[domain.SubjectKey]) -> dict[domain.SubjectKey, str]:
        """Returns the names of those of some titles and channels that the calling profile may know of."""
        title_ids = [subject_id for kind, subject_id in subjects if kind == "title_id"]
        channel_ids = [subject_id for kind, subject_id in subjects if kind == "channel_id"]
        names: dict[domain.SubjectKey, str] = {}
        if title_ids:
            request = catalog_service_pb2.BatchGetTitlesRequest(title_ids=title_ids)
            titles = (await self._catalog.BatchGetTitles(request)).titles
            names |= {("title_id", title.title_id): title.display_name for title in titles}
        if channel_ids:
            channel_filter = epg_service_pb2.ChannelFilter(channel_ids=channel_ids)
            page = await self._epg.ListChannels(epg_service_pb2.ListChannelsRequest(filter=channel_filter))
            names |= {("channel_id", channel.channel_id): channel.display_name for channel in page.channels}
        return names

    async def check_access(self, session: domain.Session) -> entitlement_pb2.AccessDecision:
        """Returns whether the viewer of a session may still watch, as of some seconds ago at most."""
        # A session on a channel goes on behind the programme that it was started with.
        subject = session.shown_subject if session.place else session.subject
        key = (session.account_id, subject, session.maturity_ceiling, session.country_code)
        cached = self._decisions.get(key)
        if cached is not None:
            return cached
        request = entitlement_internal_pb2.CheckAccessForRequest(
            subject=watchable_subjects.from_key(*subject),
            account_id=session.account_id,
            maturity_ceiling=session.maturity_ceiling,
            country_code=session.country_code,
        )
        return self._decisions.put(key, (await self._entitlement_internal.CheckAccessFor(request)).decision)

    async def load_content_keys(self, asset_id: str, key_ids: Collection[bytes] = ()) -> dict[bytes, bytes]:
        """Returns the keys of an asset or an encoder run by their ids.

        A run gets further keys while its channel is on air: what is cached counts only if it holds the requested ones.
        """
        cached = self._keys.get(asset_id)
        if cached is not None and cached.keys() >= set(key_ids):
            return cached
        keys: dict[bytes, bytes] = {}
        page_token = ""
        while True:
            request = packager_internal_pb2.ListContentKeysRequest(asset_id=asset_id, page_token=page_token)
            page = await self._packager.ListContentKeys(request)
            keys |= {each.key_id: each.key for each in page.keys}
            page_token = page.next_page_token
            if not page_token:
                return self._keys.put(asset_id, keys)

    async def _load_programme(self, programme_id: str) -> epg_pb2.Programme | None:
        try:
            request = epg_service_pb2.GetProgrammeRequest(programme_id=programme_id)
            return (await self._epg.GetProgramme(request)).programme
        except errors.NotFound:
            return None

    async def _load_first_asset(
        self, subject: type_pb2.Subject, schemes: Sequence[packager_pb2.EncryptionScheme.ValueType]
    ) -> packager_pb2.MediaAsset | None:
        return None if self._series.get(subject.title_id) else await self.load_asset(subject, schemes)

    async def _load_title(self, subject: type_pb2.Subject) -> tuple[domain.Title | None, str]:
        """Returns the title of a subject with the first page of episodes, and the token of the next page.

        Whether a title is a series, and the series of an episode, are remembered, so that all is requested at once.
        """
        try:
            series_id = self._series.get(subject.title_id or subject.episode_id)
            if subject.episode_id and series_id is None:
                request = catalog_service_pb2.GetEpisodeRequest(episode_id=subject.episode_id)
                series_id = (await self._catalog.GetEpisode(request)).episode.title_id
                self._series.put(subject.episode_id, series_id)
            if series_id is not None:
                message, page = await asyncio.gather(self._get_title(series_id), self._list_episodes(series_id))
            else:
                message = await self._get_title(subject.title_id)
                if message.type != catalog_pb2.TITLE_TYPE_SERIES:
                    return convert.title(message, ()), ""
                page = await self._list_episodes(message.title_id)
                self._series.put(message.title_id, message.title_id)
        except errors.NotFound:
            return None, ""
        return convert.title(message, page.episodes), page.next_page_token

    async def _get_title(self, title_id: str) -> catalog_pb2.Title:
        request = catalog_service_pb2.GetTitleRequest(title_id=title_id)
        return (await self._catalog.GetTitle(request)).title

    async def _list_episodes(self, title_id: str, page_token: str = "") -> catalog_service_pb2.ListEpisodesResponse:
        request = catalog_service_pb2.ListEpisodesRequest(
            title_id=title_id, page_size=_PAGE_SIZE, page_token=page_token
        )
        return await self._catalog.ListEpisodes(request)

    async def _list_bookmarks(self, subject: type_pb2.Subject) -> Sequence[domain.Bookmark]:
        """Returns the bookmarks of a subject; none while viewing is down, so that playback starts at the beginning."""
        request = viewing_service_pb2.ListBookmarksRequest(subject=subject, page_size=_PAGE_SIZE)
        try:
            response = await self._viewing_breaker.call(lambda: self._viewing.ListBookmarks(request))
        except errors.Error as failure:
            _log.warning("bookmarks unknown", **watchable_subjects.metadata(subject), cause=str(failure))
            return ()
        return [convert.bookmark(message) for message in response.bookmarks]
