"""What a profile goes on with."""

from collections.abc import Sequence
from typing import Any

from marquee.viewing.v1 import viewing_pb2
from sqlalchemy import Row

from services.kit import paging
from services.viewing import convert, errors, storage
from services.viewing.domain import bookmarks, signals
from services.viewing.handlers import base

_ITEMS, _MOST_ITEMS = 20, 50


class GoingOn(base.Base):
    """Continue watching."""

    async def ListContinueWatching(
        self, request: viewing_pb2.ListContinueWatchingRequest, rpc: Any
    ) -> viewing_pb2.ListContinueWatchingResponse:
        """Lists what the calling profile may go on with."""
        profile_id, now = base.owner().profile_id, self._clock.now()
        size = paging.size(request.page_size, default=_ITEMS, most=_MOST_ITEMS)
        filters = ("continue-watching", profile_id)

        async def read(after: base.Place | None, limit: int) -> Sequence[Row[Any]]:
            async with self._database.reading() as session:
                return await storage.lists.going_on(session, profile_id, now, after, limit)

        async def choose(batch: Sequence[Row[Any]]) -> Sequence[tuple[Row[Any], bookmarks.Continuation]]:
            return await self._continuations(profile_id, batch)

        items, place = await base.filled(size, base.after(request.page_token, filters), read, choose)
        return viewing_pb2.ListContinueWatchingResponse(
            items=[convert.item_message(item) for item in items], next_page_token=base.page_token(place, filters)
        )

    async def DismissContinueWatching(
        self, request: viewing_pb2.DismissContinueWatchingRequest, rpc: Any
    ) -> viewing_pb2.DismissContinueWatchingResponse:
        """Takes a title out of what to go on with."""
        owner, now, title_id = base.owner(), self._clock.now(), request.title_id.lower()
        until = convert.time(request.snooze_until_time) if request.HasField("snooze_until_time") else None
        if until is not None and until <= now:
            raise errors.SnoozeInThePast
        await self._titles.get(title_id)
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [title_id])
            page[title_id] = signals.dismissed(page[title_id], now, until)
            revision = await self._ledger.close(tx, page, now)
        return viewing_pb2.DismissContinueWatchingResponse(consistency_token=base.token(revision))

    async def RestoreContinueWatching(
        self, request: viewing_pb2.RestoreContinueWatchingRequest, rpc: Any
    ) -> viewing_pb2.RestoreContinueWatchingResponse:
        """Lets a title go on again; nobody is asked whether it is still there."""
        owner, now, title_id = base.owner(), self._clock.now(), request.title_id.lower()
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [title_id])
            page[title_id] = signals.restored(page[title_id])
            revision = await self._ledger.close(tx, page, now)
        return viewing_pb2.RestoreContinueWatchingResponse(consistency_token=base.token(revision))

    async def _continuations(
        self, profile_id: str, batch: Sequence[Row[Any]]
    ) -> list[tuple[Row[Any], bookmarks.Continuation]]:
        """Answers how titles go on behind the episodes that were watched last in them."""
        titles = await self._titles.batch_get([row.title_id for row in batch])
        if not titles:
            return []
        async with self._database.reading() as session:
            marks = await storage.bookmarks.of_titles(session, profile_id, list(titles))
        return bookmarks.going(batch, titles, marks)
