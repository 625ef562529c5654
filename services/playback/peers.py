"""The other services, as playback sees them: what it asks, and what their silence means."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from marquee.entitlement.v1 import entitlement_pb2, entitlement_pb2_grpc
from marquee.packager.v1 import packager_pb2, packager_pb2_grpc
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import client, errors, logs
from services.kit.clock import Clock
from services.playback import convert, domain

#: To resume at the right place is not worth waiting for much longer than for everything else.
_VIEWING_SECONDS = 1.5
_BOOKMARKS = 200
#: A player asks for several keys at once, and anew with each rendition.
_DECISION_KEPT = timedelta(seconds=3)
_KEYS_KEPT = timedelta(minutes=1)
#: A newer package plays a few seconds later; the older one stays playable.
_PACKAGE_KEPT = timedelta(seconds=10)
_MOST_KEPT = 5_000

_log = logs.logger()

_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Found:
    """What the other services say of a title; None where they know nothing of it."""

    decision: entitlement_pb2.AccessDecision
    title: domain.Title | None
    #: Of the episode that was asked for, or of the title itself.
    package: packager_pb2.MediaPackage | None
    bookmarks: Sequence[domain.Bookmark]


class Peers:
    """Asks the other services. What they refuse or leave unanswered comes as their error.

    Args:
        mesh: finds them.
        clock: tells how long an answer may be used again.
    """

    def __init__(self, mesh: client.Mesh, clock: Clock) -> None:
        self._entitlement = entitlement_pb2_grpc.EntitlementServiceStub(mesh.channel("entitlement"))
        self._internal = entitlement_pb2_grpc.EntitlementInternalServiceStub(mesh.channel("entitlement"))
        self._catalog = catalog_pb2_grpc.CatalogServiceStub(mesh.channel("catalog"))
        self._packager = packager_pb2_grpc.PackagerInternalServiceStub(mesh.channel("packager"))
        self._viewing = viewing_pb2_grpc.ViewingServiceStub(mesh.channel("viewing"))
        self._decisions: _Recent[entitlement_pb2.AccessDecision] = _Recent(clock, _DECISION_KEPT)
        self._packages: _Recent[packager_pb2.MediaPackage] = _Recent(clock, _PACKAGE_KEPT)
        self._keys: _Recent[dict[bytes, bytes]] = _Recent(clock, _KEYS_KEPT)

    async def find(self, title_id: str, episode_id: str) -> Found:
        """Asks everybody at once what the calling profile may watch, and how."""
        # Bookmarks first: they come from a database, the others mostly from memory.
        bookmarks, access, title, package = await asyncio.gather(
            self._bookmarks(title_id),
            self._entitlement.CheckAccess(entitlement_pb2.CheckAccessRequest(title_id=title_id)),
            self._title(title_id),
            self.package(title_id, episode_id),
        )
        return Found(access.decision, title, package, bookmarks)

    async def package(self, title_id: str, episode_id: str) -> packager_pb2.MediaPackage | None:
        """Answers what plays a title or an episode, None if nothing does yet."""
        known = self._packages.get((title_id, episode_id))
        if known is not None:
            return known
        request = packager_pb2.GetPlayablePackageRequest(title_id=title_id, episode_id=episode_id)
        try:
            answer = await self._packager.GetPlayablePackage(request)
            return self._packages.put((title_id, episode_id), answer.package)
        except errors.NotFound:
            return None

    async def decision(self, session: domain.Session) -> entitlement_pb2.AccessDecision:
        """Answers whether the viewer of a session may still watch, as of a few seconds ago at most."""
        key = (session.account_id, session.title_id, session.maturity_ceiling, session.country_code)
        known = self._decisions.get(key)
        if known is not None:
            return known
        request = entitlement_pb2.CheckAccessForRequest(
            title_id=session.title_id,
            account_id=session.account_id,
            maturity_ceiling=type_pb2.MaturityRating.ValueType(session.maturity_ceiling),
            country_code=session.country_code,
        )
        return self._decisions.put(key, (await self._internal.CheckAccessFor(request)).decision)

    async def content_keys(self, package_id: str) -> dict[bytes, bytes]:
        """Answers the keys of a package by their ids."""
        known = self._keys.get(package_id)
        if known is not None:
            return known
        found: dict[bytes, bytes] = {}
        page_token = ""
        while True:
            request = packager_pb2.ListContentKeysRequest(package_id=package_id, page_token=page_token)
            page = await self._packager.ListContentKeys(request)
            found |= {each.key_id: each.key for each in page.keys}
            page_token = page.next_page_token
            if not page_token:
                return self._keys.put(package_id, found)

    async def _title(self, title_id: str) -> domain.Title | None:
        try:
            return convert.title((await self._catalog.GetTitle(catalog_pb2.GetTitleRequest(title_id=title_id))).title)
        except errors.NotFound:
            return None

    async def _bookmarks(self, title_id: str) -> Sequence[domain.Bookmark]:
        """Without viewing one watches from the start, which is better than not at all."""
        request = viewing_pb2.ListBookmarksRequest(title_id=title_id, page_size=_BOOKMARKS)
        try:
            answer = await self._viewing.ListBookmarks(request, timeout=_VIEWING_SECONDS)
        except errors.Error as silent:
            _log.warning("bookmarks unknown", title_id=title_id, cause=str(silent))
            return ()
        return [convert.bookmark(message) for message in answer.bookmarks]


class _Recent(Generic[_V]):
    """Remembers answers for a while, the latest ones."""

    def __init__(self, clock: Clock, kept: timedelta) -> None:
        self._clock = clock
        self._kept = kept
        self._known: OrderedDict[Hashable, tuple[_V, datetime]] = OrderedDict()

    def get(self, key: Hashable) -> _V | None:
        value, expire_time = self._known.get(key, (None, None))
        return value if expire_time is not None and self._clock.now() < expire_time else None

    def put(self, key: Hashable, value: _V) -> _V:
        self._known[key] = (value, self._clock.now() + self._kept)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return value
