"""What a profile looked at."""

from collections.abc import Sequence
from typing import Any

from marquee.viewing.v1 import viewing_pb2
from sqlalchemy import Row

from services.kit import paging
from services.viewing import convert, storage
from services.viewing.handlers import base

_TITLES, _MOST_TITLES = 20, 100


class Views(base.Base):
    """CatalogClient whose pages were looked at."""

    async def ListRecentlyViewed(
        self, request: viewing_pb2.ListRecentlyViewedRequest, rpc: Any
    ) -> viewing_pb2.ListRecentlyViewedResponse:
        """Lists what the calling profile looked at, as far as the profile may know of it and did not hide it."""
        profile_id = base.owner().profile_id
        size = paging.size(request.page_size, default=_TITLES, most=_MOST_TITLES)
        filters = ("viewed", profile_id)

        async def read(after: base.Place | None, limit: int) -> Sequence[Row[Any]]:
            async with self._database.reading() as session:
                return await storage.lists.viewed(session, profile_id, after, limit)

        async def choose(batch: Sequence[Row[Any]]) -> Sequence[tuple[Row[Any], viewing_pb2.ViewedTitle]]:
            shown = await self._titles.cards([row.title_id for row in batch])
            return [(row, convert.viewed_message(row.title_id, row.time)) for row in batch if row.title_id in shown]

        titles, place = await base.filled(size, base.after(request.page_token, filters), read, choose)
        return viewing_pb2.ListRecentlyViewedResponse(titles=titles, next_page_token=base.page_token(place, filters))

    async def ClearRecentlyViewed(
        self, request: viewing_pb2.ClearRecentlyViewedRequest, rpc: Any
    ) -> viewing_pb2.ClearRecentlyViewedResponse:
        """Forgets all that the calling profile looked at."""
        owner, now = base.owner(), self._clock.now()
        async with self._database.transaction() as tx:
            await storage.profiles.lock(tx, owner)
            await storage.profiles.clear_views(tx, owner.profile_id, now)
            title_ids = await storage.title_states.viewed(tx, owner.profile_id)
            await storage.title_states.clear_views(tx, owner.profile_id, now)
            revision = await self._ledger.tell(tx, owner, title_ids)
        return viewing_pb2.ClearRecentlyViewedResponse(
            deleted_count=len(title_ids), consistency_token=base.token(revision)
        )
