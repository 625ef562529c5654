"""What a profile thinks of titles."""

from typing import Any

from marquee.viewing.v1 import viewing_pb2

from services.kit import paging
from services.viewing import convert, storage
from services.viewing.domain import signals
from services.viewing.handlers import base

_RATINGS, _MOST_RATINGS = 50, 200


class Ratings(base.Base):
    """Thumbs."""

    async def RateTitle(self, request: viewing_pb2.RateTitleRequest, rpc: Any) -> viewing_pb2.RateTitleResponse:
        """Rates a title; taking a thumb back asks nobody whether the title is still there."""
        owner, now, title_id = base.owner(), self._clock.now(), request.title_id.lower()
        if request.thumb:
            await self._titles.get(title_id)
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [title_id])
            known = page[title_id]
            if request.thumb != known.thumb:
                page[title_id] = signals.rated(known, request.thumb, signals.now_after(known.rate_time, now))
            revision = await self._ledger.close(tx, page, now)
        holds = page[title_id]
        return viewing_pb2.RateTitleResponse(
            rating=convert.rating_message(title_id, holds.thumb, holds.rate_time),
            consistency_token=base.token(revision),
        )

    async def ListRatings(self, request: viewing_pb2.ListRatingsRequest, rpc: Any) -> viewing_pb2.ListRatingsResponse:
        """Lists the calling profile's ratings."""
        profile_id, title_id = base.owner().profile_id, request.title_id.lower()
        size = paging.size(request.page_size, default=_RATINGS, most=_MOST_RATINGS)
        filters = ("ratings", profile_id, title_id)
        after = base.after(request.page_token, filters)
        async with self._database.reading() as session:
            found = await storage.lists.ratings(session, profile_id, title_id, after, size + 1)
        page, more = found[:size], len(found) > size
        return viewing_pb2.ListRatingsResponse(
            ratings=[convert.rating_message(row.title_id, row.thumb, row.time) for row in page],
            next_page_token=base.page_token((page[-1].time, page[-1].title_id) if more else None, filters),
        )
