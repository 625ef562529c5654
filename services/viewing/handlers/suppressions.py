"""Titles that are not recommended to a profile."""

from typing import Any

from marquee.viewing.v1 import viewing_service_pb2

from services.kit import paging
from services.viewing import convert, storage
from services.viewing.domain import title_state
from services.viewing.handlers import base

_DEFAULT_SIZE, _MAX_SIZE = 50, 100


class Suppressions(base.Base):
    """Suppressed titles."""

    async def SuppressSubject(
        self, request: viewing_service_pb2.SuppressSubjectRequest, rpc: Any
    ) -> viewing_service_pb2.SuppressSubjectResponse:
        """Excludes a title from recommendations."""
        owner, now, title_id = base.owner(), self._clock.now(), convert.title_id(request.subject)
        await self._catalog.require_title(title_id)
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            write = await self._writer.begin(tx, owner, [title_id])
            state = write[title_id]
            if not state.suppressed:
                at = title_state.next_time(state.suppress_time, now)
                write[title_id] = title_state.set_suppressed(state, at, on=True)
            revision = await self._writer.finish(tx, write, now)
        return viewing_service_pb2.SuppressSubjectResponse(consistency_token=base.consistency_token(revision))

    async def UnsuppressSubject(
        self, request: viewing_service_pb2.UnsuppressSubjectRequest, rpc: Any
    ) -> viewing_service_pb2.UnsuppressSubjectResponse:
        """Allows a title to be recommended again."""
        revision = await self._forget(request.subject, title_state.Kind.SUPPRESSED)
        return viewing_service_pb2.UnsuppressSubjectResponse(consistency_token=base.consistency_token(revision))

    async def ListSuppressions(
        self, request: viewing_service_pb2.ListSuppressionsRequest, rpc: Any
    ) -> viewing_service_pb2.ListSuppressionsResponse:
        """Lists what the calling profile suppressed; a title that is not visible any more has no name."""
        profile_id = base.owner().profile_id
        size = paging.size(request.page_size, default=_DEFAULT_SIZE, most=_MAX_SIZE)
        filters = ("suppressions", profile_id)
        after = base.after(request.page_token, filters)
        async with self._database.reading() as session:
            rows = await storage.lists.suppressions(session, profile_id, after, size + 1)
        page, more = rows[:size], len(rows) > size
        names = await self._display_names([row.title_id for row in page])
        return viewing_service_pb2.ListSuppressionsResponse(
            suppressions=[convert.suppression_message(row, names.get(row.title_id, "")) for row in page],
            next_page_token=base.page_token((page[-1].time, page[-1].title_id) if more else None, filters),
        )
