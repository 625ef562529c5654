"""Ratings."""

from typing import Any

from marquee.viewing.v1 import viewing_service_pb2

from services.kit import paging
from services.viewing import convert, storage
from services.viewing.domain import title_state
from services.viewing.handlers import base

_DEFAULT_SIZE, _MAX_SIZE = 50, 200


class Ratings(base.Base):
    """Thumbs."""

    async def RateSubject(
        self, request: viewing_service_pb2.RateSubjectRequest, rpc: Any
    ) -> viewing_service_pb2.RateSubjectResponse:
        """Rates a title."""
        owner, now, title_id = base.owner(), self._clock.now(), convert.title_id(request.subject)
        await self._catalog.require_title(title_id)
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            write = await self._writer.begin(tx, owner, [title_id])
            state = write[title_id]
            if request.thumb != state.thumb:
                at = title_state.next_time(state.rate_time, now)
                write[title_id] = title_state.rate(state, request.thumb, at)
            revision = await self._writer.finish(tx, write, now)
        return viewing_service_pb2.RateSubjectResponse(
            rating=convert.rating_message(title_id, write[title_id].thumb, write[title_id].rate_time),
            consistency_token=base.consistency_token(revision),
        )

    async def DeleteRating(
        self, request: viewing_service_pb2.DeleteRatingRequest, rpc: Any
    ) -> viewing_service_pb2.DeleteRatingResponse:
        """Deletes a rating, whether or not the title is still in the catalog."""
        revision = await self._forget(request.subject, title_state.Kind.RATED)
        return viewing_service_pb2.DeleteRatingResponse(consistency_token=base.consistency_token(revision))

    async def ListRatings(
        self, request: viewing_service_pb2.ListRatingsRequest, rpc: Any
    ) -> viewing_service_pb2.ListRatingsResponse:
        """Lists the ratings of the calling profile."""
        profile_id = base.owner().profile_id
        title_id = convert.title_id(request.subject) if request.HasField("subject") else ""
        size = paging.size(request.page_size, default=_DEFAULT_SIZE, most=_MAX_SIZE)
        filters = ("ratings", profile_id, title_id)
        after = base.after(request.page_token, filters)
        async with self._database.reading() as session:
            rows = await storage.lists.ratings(session, profile_id, title_id, after, size + 1)
        page, more = rows[:size], len(rows) > size
        return viewing_service_pb2.ListRatingsResponse(
            ratings=[convert.rating_message(row.title_id, row.thumb, row.time) for row in page],
            next_page_token=base.page_token((page[-1].time, page[-1].title_id) if more else None, filters),
        )
