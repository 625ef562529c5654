"""Titles whose pages a profile opened."""

from collections.abc import Sequence
from typing import Any

from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2
from sqlalchemy import Row

from services.kit import paging
from services.viewing import convert, storage
from services.viewing.handlers import base

_DEFAULT_SIZE, _MAX_SIZE = 20, 100


class RecentlyViewed(base.Base):
    """Viewed titles."""

    async def ListRecentlyViewed(
        self, request: viewing_service_pb2.ListRecentlyViewedRequest, rpc: Any
    ) -> viewing_service_pb2.ListRecentlyViewedResponse:
        """Lists the titles that the calling profile viewed, without those suppressed or not visible."""
        profile_id = base.owner().profile_id
        size = paging.size(request.page_size, default=_DEFAULT_SIZE, most=_MAX_SIZE)
        filters = ("viewed", profile_id)

        async def read(after: storage.lists.Position | None, limit: int) -> Sequence[Row[Any]]:
            async with self._database.reading() as session:
                return await storage.lists.recently_viewed(session, profile_id, after, limit)

        async def choose(batch: Sequence[Row[Any]]) -> Sequence[tuple[Row[Any], viewing_pb2.ViewedSubject]]:
            visible = await self._catalog.list_titles([row.title_id for row in batch])
            return [(row, convert.viewed_message(row)) for row in batch if row.title_id in visible]

        viewed, position = await base.fill_page(size, base.after(request.page_token, filters), read, choose)
        return viewing_service_pb2.ListRecentlyViewedResponse(
            subjects=viewed, next_page_token=base.page_token(position, filters)
        )

    async def ClearRecentlyViewed(
        self, request: viewing_service_pb2.ClearRecentlyViewedRequest, rpc: Any
    ) -> viewing_service_pb2.ClearRecentlyViewedResponse:
        """Deletes all views of the calling profile."""
        owner, now = base.owner(), self._clock.now()
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            await storage.profiles.lock(tx, owner)
            await storage.profiles.clear_views(tx, owner.profile_id, now)
            title_ids = await storage.title_states.list_viewed(tx, owner.profile_id)
            await storage.title_states.clear_views(tx, owner.profile_id, now)
            revision = await self._writer.publish(tx, owner, title_ids)
        return viewing_service_pb2.ClearRecentlyViewedResponse(
            deleted_count=len(title_ids), consistency_token=base.consistency_token(revision)
        )
