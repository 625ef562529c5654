"""The watchlist."""

from collections.abc import Sequence
from typing import Any

from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2
from sqlalchemy import Row

from services.kit import paging
from services.viewing import convert, errors, storage
from services.viewing.domain import title_state
from services.viewing.handlers import base

_DEFAULT_SIZE, _MAX_SIZE = 50, 100


class Watchlist(base.Base):
    """What a profile wants to watch later."""

    async def AddToWatchlist(
        self, request: viewing_service_pb2.AddToWatchlistRequest, rpc: Any
    ) -> viewing_service_pb2.AddToWatchlistResponse:
        """Adds a title to the watchlist; a title that is on it keeps its place."""
        owner, now, title_id = base.owner(), self._clock.now(), convert.title_id(request.subject)
        await self._catalog.require_title(title_id)
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            write = await self._writer.begin(tx, owner, [title_id])
            state = write[title_id]
            if not state.listed:
                if await storage.title_states.count_listed(tx, owner.profile_id) >= title_state.MOST_LISTED:
                    raise errors.WatchlistFull(title_state.MOST_LISTED)
                at = title_state.next_time(state.list_time, now)
                write[title_id] = title_state.set_listed(state, at, on=True)
            revision = await self._writer.finish(tx, write, now)
        return viewing_service_pb2.AddToWatchlistResponse(
            entry=convert.entry_message(title_id, write[title_id].list_time),
            consistency_token=base.consistency_token(revision),
        )

    async def RemoveFromWatchlist(
        self, request: viewing_service_pb2.RemoveFromWatchlistRequest, rpc: Any
    ) -> viewing_service_pb2.RemoveFromWatchlistResponse:
        """Removes a title from the watchlist."""
        revision = await self._forget(request.subject, title_state.Kind.LISTED)
        return viewing_service_pb2.RemoveFromWatchlistResponse(consistency_token=base.consistency_token(revision))

    async def ListWatchlist(
        self, request: viewing_service_pb2.ListWatchlistRequest, rpc: Any
    ) -> viewing_service_pb2.ListWatchlistResponse:
        """Lists the titles on the watchlist that are visible to the calling profile."""
        profile_id = base.owner().profile_id
        title_id = convert.title_id(request.subject) if request.HasField("subject") else ""
        size = paging.size(request.page_size, default=_DEFAULT_SIZE, most=_MAX_SIZE)
        filters = ("watchlist", profile_id, title_id)

        async def read(after: storage.lists.Position | None, limit: int) -> Sequence[Row[Any]]:
            async with self._database.reading() as session:
                return await storage.lists.watchlist(session, profile_id, title_id, after, limit)

        async def choose(batch: Sequence[Row[Any]]) -> Sequence[tuple[Row[Any], viewing_pb2.WatchlistEntry]]:
            visible = await self._catalog.list_titles([row.title_id for row in batch])
            return [(row, convert.entry_message(row.title_id, row.time)) for row in batch if row.title_id in visible]

        entries, position = await base.fill_page(size, base.after(request.page_token, filters), read, choose)
        return viewing_service_pb2.ListWatchlistResponse(
            entries=entries, next_page_token=base.page_token(position, filters)
        )
