"""What a profile watched."""

from typing import Any

from marquee.viewing.v1 import viewing_pb2

from services.kit import paging
from services.viewing import convert, storage
from services.viewing.domain import signals
from services.viewing.handlers import base

_ENTRIES, _MOST_ENTRIES = 50, 100


class History(base.Base):
    """The history, which can be cleaned."""

    async def ListHistory(self, request: viewing_pb2.ListHistoryRequest, rpc: Any) -> viewing_pb2.ListHistoryResponse:
        """Lists what the calling profile watched; of what it may not know of any more, not even the name."""
        profile_id = base.owner().profile_id
        size = paging.size(request.page_size, default=_ENTRIES, most=_MOST_ENTRIES)
        filters = ("history", profile_id)
        after = base.after(request.page_token, filters)
        async with self._database.reading() as session:
            found = await storage.signals.history(session, profile_id, after, size + 1)
            page, more = found[:size], len(found) > size
            title_ids = [row.title_id for row in page]
            watched = await storage.bookmarks.of_titles(session, profile_id, title_ids)
        named = await self._titles.cards(title_ids)
        names = {title_id: title.title for title_id, title in named.items()}
        return viewing_pb2.ListHistoryResponse(
            entries=[
                convert.history_message(row, names.get(row.title_id, ""), list(watched[row.title_id].values()))
                for row in page
            ],
            next_page_token=base.page_token((page[-1].watch_time, page[-1].title_id) if more else None, filters),
        )

    async def DeleteHistory(
        self, request: viewing_pb2.DeleteHistoryRequest, rpc: Any
    ) -> viewing_pb2.DeleteHistoryResponse:
        """Deletes a title from the history."""
        owner, now, title_id = base.owner(), self._clock.now(), request.title_id.lower()
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [title_id])
            page[title_id] = signals.forgotten(page[title_id], signals.HISTORY, now)
            await storage.counted_events.forget(tx, owner.profile_id, [title_id])
            revision = await self._ledger.close(tx, page, now)
        return viewing_pb2.DeleteHistoryResponse(consistency_token=base.token(revision))

    async def ClearHistory(
        self, request: viewing_pb2.ClearHistoryRequest, rpc: Any
    ) -> viewing_pb2.ClearHistoryResponse:
        """Deletes the whole history."""
        owner, now = base.owner(), self._clock.now()
        async with self._database.transaction() as tx:
            await storage.profiles.lock(tx, owner)
            await storage.profiles.clear(tx, owner.profile_id, now)
            title_ids = await storage.title_states.in_history(tx, owner.profile_id)
            count = await storage.title_states.clear_history(tx, owner.profile_id, now)
            await storage.counted_events.forget(tx, owner.profile_id)
            revision = await self._ledger.tell(tx, owner, title_ids)
        return viewing_pb2.ClearHistoryResponse(deleted_count=count, consistency_token=base.token(revision))
