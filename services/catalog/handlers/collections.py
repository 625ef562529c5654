"""The servicers of collections."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import grpc
from marquee.catalog.v1 import (
    catalog_pb2,
    collection_admin_service_pb2,
    collection_admin_service_pb2_grpc,
    collection_service_pb2,
    collection_service_pb2_grpc,
)
from marquee.event.v1 import event_internal_pb2

from services.catalog import convert, errors, replica_sync, storage
from services.catalog.domain import collections, title_lists
from services.catalog.replica_sync import COLLECTIONS, LISTS
from services.catalog.titles import term_names, visibility_index
from services.kit import cache, clock, context, db, events, ids, paging, visibility
from services.kit import errors as kit_errors

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: Cached responses are returned encoded; the server sends bytes as they are.
Encoded: TypeAlias = Any

_COLLECTIONS, _MOST_COLLECTIONS = 10, 50
_DRAFTS, _MOST_DRAFTS = 50, 100
_TITLES, _MOST_TITLES = 12, 20


class Collections(collection_service_pb2_grpc.CollectionServiceServicer):
    """Shows collections to viewers.

    Args:
        database: the catalog's database.
        time: decides which windows are open.
        title_facts: says when the next window of a title opens or closes.
        responses: the encoded responses.
        names: the names of terms.
    """

    def __init__(
        self,
        database: db.Database,
        time: clock.Clock,
        title_facts: visibility_index.VisibilityIndex,
        responses: cache.Cache,
        names: term_names.TermNames,
    ) -> None:
        self._database = database
        self._time = time
        self._visibility = title_facts
        self._responses = responses
        self._names = names

    async def ListCollections(self, request: collection_service_pb2.ListCollectionsRequest, rpc: Rpc) -> Encoded:
        """Returns the open collections, each with its first titles."""
        caller = context.caller()
        viewer, language = visibility_index.viewer(caller), request.display_language_code or caller.language_code
        key = ("collections", viewer, language, request.SerializeToString())
        return self._responses.get(key) or await self._list(key, request, viewer, language)

    async def GetCollection(self, request: collection_service_pb2.GetCollectionRequest, rpc: Rpc) -> Encoded:
        """Returns a collection with a page of its titles."""
        caller = context.caller()
        viewer, language = visibility_index.viewer(caller), request.display_language_code or caller.language_code
        key = ("collection", viewer, language, request.SerializeToString())
        return self._responses.get(key) or await self._get(key, request, viewer, language)

    async def _list(
        self,
        key: tuple[Any, ...],
        request: collection_service_pb2.ListCollectionsRequest,
        viewer: visibility.Viewer,
        language: str,
    ) -> bytes:
        after = _place(request.page_token, "open")
        limit = paging.size(request.page_size, default=_COLLECTIONS, most=_MOST_COLLECTIONS)
        most_titles = paging.size(request.title_limit, default=_TITLES, most=_MOST_TITLES)
        at, generation = self._time.now(), self._responses.generation
        async with self._database.reading() as session:
            seen = await storage.collections.shown(
                session, viewer, at, after=after, limit=limit + 1, most_titles=most_titles
            )
            wanted = {title_id for one in seen[:limit] for title_id in one.title_ids}
            cards = await self._cards(session, list(wanted), language)
            edge = await storage.collections.next_edge(session, at)
        response = collection_service_pb2.ListCollectionsResponse(
            collections=[convert.collections.collection(one, language, cards) for one in seen[:limit]]
        )
        if len(seen) > limit:
            response.next_page_token = _token(seen[limit - 1].place, "open")
        return self._put(key, response.SerializeToString(), generation, at, edge)

    async def _get(
        self,
        key: tuple[Any, ...],
        request: collection_service_pb2.GetCollectionRequest,
        viewer: visibility.Viewer,
        language: str,
    ) -> bytes:
        collection_id = request.collection_id
        limit = paging.size(request.page_size, default=title_lists.DEFAULT_PAGE, most=title_lists.LARGEST_PAGE)
        at, generation = self._time.now(), self._responses.generation
        async with self._database.reading() as session:
            seen = await storage.collections.shown_one(session, collection_id, viewer, at)
            if seen is None:
                raise errors.CollectionNotFound(collection_id)
            # A change of the collection makes the tokens of its pages invalid.
            fingerprint = ["collection", collection_id, seen.revision]
            (after,) = paging.cursor(request.page_token, of=fingerprint, kinds=(collections.number,)) or (-1,)
            page = await storage.collections.shown_titles(
                session, collection_id, viewer, at, after=after, limit=limit + 1
            )
            cards = await self._cards(session, [row.title_id for row in page[:limit]], language)
            edge = await storage.collections.next_edge(session, at)
        response = collection_service_pb2.GetCollectionResponse(
            collection=convert.collections.collection(seen, language, {}),
            titles=[cards[row.title_id] for row in page[:limit] if row.title_id in cards],
        )
        if len(page) > limit:
            response.next_page_token = paging.token([page[limit - 1].place], of=fingerprint)
        return self._put(key, response.SerializeToString(), generation, at, edge)

    async def _cards(self, session: db.Session, title_ids: list[str], language: str) -> dict[str, catalog_pb2.Title]:
        rows = await storage.titles.some(session, title_ids) if title_ids else []
        await self._names.load(session, rows)
        return {row.title_id: convert.titles.card(row, language, self._names) for row in rows}

    def _put(
        self, key: tuple[Any, ...], response: bytes, generation: int, at: datetime, edge: datetime | None
    ) -> bytes:
        """Keeps a response until the window of a title or a collection opens or closes."""
        expire_time = min(filter(None, (edge, self._visibility.next_edge(at))), default=None)
        return self._responses.put(
            key, response, generation=generation, tags=[LISTS, COLLECTIONS], expire_time=expire_time
        )


class CollectionAdmin(collection_admin_service_pb2_grpc.CollectionAdminServiceServicer):
    """Manages collections, for editors.

    Args:
        database: the catalog's database.
        outbox: publishes changes to the other replicas.
        time: the time at which an editor writes.
        sync: updates this replica after a change.
    """

    def __init__(
        self, database: db.Database, outbox: events.Outbox, time: clock.Clock, sync: replica_sync.CatalogSync
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._time = time
        self._sync = sync

    async def SaveCollection(
        self, request: collection_admin_service_pb2.SaveCollectionRequest, rpc: Rpc
    ) -> collection_admin_service_pb2.SaveCollectionResponse:
        """Creates or replaces a collection, unless it is the same already."""
        draft, etag = convert.collections.draft(request.collection), request.collection.etag
        async with self._database.transaction(serialize_by="collections") as session:
            await storage.collections.lock(session)
            kept = await storage.collections.get(session, draft.collection_id)
            _check(draft.collection_id, kept, etag)
            if kept is not None and kept.draft == draft:
                return collection_admin_service_pb2.SaveCollectionResponse(
                    collection=convert.collections.edited_collection(kept)
                )
            known = await storage.titles.existing(session, draft.title_ids)
            unknown = [title_id for title_id in draft.title_ids if title_id not in known]
            if unknown:
                raise errors.CollectionTitlesUnknown(unknown)
            await storage.collections.save(session, draft, self._time.now())
            await self._publish(session, draft.collection_id)
            saved = await storage.collections.get(session, draft.collection_id)
        await self._sync.catch_up()
        response = collection_admin_service_pb2.SaveCollectionResponse(changed=True)
        if saved is not None:
            response.collection.CopyFrom(convert.collections.edited_collection(saved))
        return response

    async def DeleteCollection(
        self, request: collection_admin_service_pb2.DeleteCollectionRequest, rpc: Rpc
    ) -> collection_admin_service_pb2.DeleteCollectionResponse:
        """Deletes a collection."""
        collection_id = request.collection_id
        async with self._database.transaction(serialize_by="collections") as session:
            await storage.collections.lock(session)
            kept = await storage.collections.get(session, collection_id)
            if kept is None:
                raise errors.CollectionNotFound(collection_id)
            _check(collection_id, kept, request.etag)
            await storage.collections.remove(session, collection_id, self._time.now())
            await self._publish(session, collection_id)
        await self._sync.catch_up()
        return collection_admin_service_pb2.DeleteCollectionResponse()

    async def ListCollections(
        self, request: collection_admin_service_pb2.CollectionAdminServiceListCollectionsRequest, rpc: Rpc
    ) -> collection_admin_service_pb2.CollectionAdminServiceListCollectionsResponse:
        """Returns all collections."""
        after = _place(request.page_token, "all")
        limit = paging.size(request.page_size, default=_DRAFTS, most=_MOST_DRAFTS)
        async with self._database.reading() as session:
            kept = await storage.collections.every(session, after, limit + 1)
        response = collection_admin_service_pb2.CollectionAdminServiceListCollectionsResponse(
            collections=[convert.collections.edited_collection(one, request.view) for one in kept[:limit]]
        )
        if len(kept) > limit:
            response.next_page_token = _token(kept[limit - 1].draft.place, "all")
        return response

    async def _publish(self, session: db.WriteSession, collection_id: str) -> None:
        event = event_internal_pb2.CollectionsChanged(collection_ids=[collection_id])
        await self._outbox.add(session, collections_changed=event)


def _check(collection_id: str, kept: collections.Stored | None, etag: str) -> None:
    """Raises EtagMismatch for an etag that is not current."""
    if etag and (kept is None or kept.etag != etag):
        raise kit_errors.EtagMismatch(collection_id)


def _place(page_token: str, which: str) -> collections.Place | None:
    cursor = paging.cursor(
        page_token, of=["collections", which], kinds=(collections.number, collections.number, ids.parse)
    )
    return collections.Place(*cursor) if cursor else None


def _token(place: collections.Place, which: str) -> str:
    return paging.token([place.rank, place.position, place.collection_id], of=["collections", which])
