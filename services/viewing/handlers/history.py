"""The history."""

from typing import Any

from marquee.viewing.v1 import viewing_service_pb2

from services.kit import paging
from services.viewing import convert, storage
from services.viewing.domain import title_state
from services.viewing.handlers import base

_DEFAULT_SIZE, _MAX_SIZE = 50, 100


class History(base.Base):
    """What a profile watched."""

    async def ListHistory(
        self, request: viewing_service_pb2.ListHistoryRequest, rpc: Any
    ) -> viewing_service_pb2.ListHistoryResponse:
        """Lists what the calling profile watched; a title that is not visible any more has no name."""
        profile_id = base.owner().profile_id
        size = paging.size(request.page_size, default=_DEFAULT_SIZE, most=_MAX_SIZE)
        filters = ("history", profile_id)
        after = base.after(request.page_token, filters)
        async with self._database.reading() as session:
            rows = await storage.signal_queries.list_history(session, profile_id, after, size + 1)
            page, more = rows[:size], len(rows) > size
            title_ids = [row.title_id for row in page]
            watched = await storage.bookmarks.of_titles(session, profile_id, title_ids)
        names = await self._display_names(title_ids)
        return viewing_service_pb2.ListHistoryResponse(
            entries=[
                convert.history_message(row, names.get(row.title_id, ""), list(watched[row.title_id].values()))
                for row in page
            ],
            next_page_token=base.page_token((page[-1].watch_time, page[-1].title_id) if more else None, filters),
        )

    async def DeleteHistory(
        self, request: viewing_service_pb2.DeleteHistoryRequest, rpc: Any
    ) -> viewing_service_pb2.DeleteHistoryResponse:
        """Deletes a title from the history."""
        owner, now, title_id = base.owner(), self._clock.now(), convert.title_id(request.subject)
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            write = await self._writer.begin(tx, owner, [title_id])
            write[title_id] = title_state.forget(write[title_id], title_state.HISTORY, now)
            await storage.counted_events.remove(tx, owner.profile_id, [title_id])
            revision = await self._writer.finish(tx, write, now)
        return viewing_service_pb2.DeleteHistoryResponse(consistency_token=base.consistency_token(revision))

    async def ClearHistory(
        self, request: viewing_service_pb2.ClearHistoryRequest, rpc: Any
    ) -> viewing_service_pb2.ClearHistoryResponse:
        """Deletes the whole history."""
        owner, now = base.owner(), self._clock.now()
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            await storage.profiles.lock(tx, owner)
            await storage.profiles.clear(tx, owner.profile_id, now)
            title_ids = await storage.title_states.list_history(tx, owner.profile_id)
            count = await storage.title_states.clear_history(tx, owner.profile_id, now)
            await storage.counted_events.remove(tx, owner.profile_id)
            await storage.programme_bookmarks.remove(tx, owner.profile_id)
            revision = await self._writer.publish(tx, owner, title_ids)
        return viewing_service_pb2.ClearHistoryResponse(
            deleted_count=count, consistency_token=base.consistency_token(revision)
        )
