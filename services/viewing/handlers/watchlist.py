"""What a profile wants to watch some time."""

from collections.abc import Sequence
from typing import Any

from marquee.viewing.v1 import viewing_pb2
from sqlalchemy import Row

from services.kit import paging
from services.viewing import convert, errors, storage
from services.viewing.domain import signals
from services.viewing.handlers import base

_ENTRIES, _MOST_ENTRIES = 50, 100


class Watchlist(base.Base):
    """The watchlist."""

    async def AddToWatchlist(
        self, request: viewing_pb2.AddToWatchlistRequest, rpc: Any
    ) -> viewing_pb2.AddToWatchlistResponse:
        """Puts a title on the calling profile's watchlist; one that is on it keeps its place."""
        owner, now, title_id = base.owner(), self._clock.now(), request.title_id.lower()
        await self._titles.get(title_id)
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [title_id])
            known = page[title_id]
            if not known.listed:
                if await storage.title_states.listed_count(tx, owner.profile_id) >= signals.MOST_LISTED:
                    raise errors.WatchlistFull(signals.MOST_LISTED)
                page[title_id] = signals.listed(known, signals.now_after(known.list_time, now), on=True)
            revision = await self._ledger.close(tx, page, now)
        entry = convert.entry_message(title_id, page[title_id].list_time)
        return viewing_pb2.AddToWatchlistResponse(entry=entry, consistency_token=base.token(revision))

    async def RemoveFromWatchlist(
        self, request: viewing_pb2.RemoveFromWatchlistRequest, rpc: Any
    ) -> viewing_pb2.RemoveFromWatchlistResponse:
        """Takes a title off the calling profile's watchlist."""
        owner, now, title_id = base.owner(), self._clock.now(), request.title_id.lower()
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [title_id])
            page[title_id] = signals.forgotten(page[title_id], [signals.Kind.LISTED], now)
            revision = await self._ledger.close(tx, page, now)
        return viewing_pb2.RemoveFromWatchlistResponse(consistency_token=base.token(revision))

    async def ListWatchlist(
        self, request: viewing_pb2.ListWatchlistRequest, rpc: Any
    ) -> viewing_pb2.ListWatchlistResponse:
        """Lists the calling profile's watchlist, as far as the profile may know of it."""
        profile_id, title_id = base.owner().profile_id, request.title_id.lower()
        size = paging.size(request.page_size, default=_ENTRIES, most=_MOST_ENTRIES)
        filters = ("watchlist", profile_id, title_id)

        async def read(after: base.Place | None, limit: int) -> Sequence[Row[Any]]:
            async with self._database.reading() as session:
                return await storage.lists.watchlist(session, profile_id, title_id, after, limit)

        async def choose(batch: Sequence[Row[Any]]) -> Sequence[tuple[Row[Any], viewing_pb2.WatchlistEntry]]:
            shown = await self._titles.cards([row.title_id for row in batch])
            return [(row, convert.entry_message(row.title_id, row.time)) for row in batch if row.title_id in shown]

        entries, place = await base.filled(size, base.after(request.page_token, filters), read, choose)
        return viewing_pb2.ListWatchlistResponse(entries=entries, next_page_token=base.page_token(place, filters))
