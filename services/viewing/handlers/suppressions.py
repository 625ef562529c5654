"""What a profile does not want to be shown."""

from typing import Any

from marquee.viewing.v1 import viewing_pb2

from services.kit import paging
from services.viewing import storage
from services.viewing.domain import signals
from services.viewing.handlers import base

_ENTRIES, _MOST_ENTRIES = 50, 100


class Suppressions(base.Base):
    """Hidden titles."""

    async def SuppressTitle(
        self, request: viewing_pb2.SuppressTitleRequest, rpc: Any
    ) -> viewing_pb2.SuppressTitleResponse:
        """Hides a title from recommendations."""
        owner, now, title_id = base.owner(), self._clock.now(), request.title_id.lower()
        await self._titles.get(title_id)
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [title_id])
            known = page[title_id]
            if not known.suppressed:
                page[title_id] = signals.suppressed(known, signals.now_after(known.suppress_time, now), on=True)
            revision = await self._ledger.close(tx, page, now)
        return viewing_pb2.SuppressTitleResponse(consistency_token=base.token(revision))

    async def RestoreTitle(
        self, request: viewing_pb2.RestoreTitleRequest, rpc: Any
    ) -> viewing_pb2.RestoreTitleResponse:
        """Lets a title be recommended again."""
        owner, now, title_id = base.owner(), self._clock.now(), request.title_id.lower()
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [title_id])
            page[title_id] = signals.forgotten(page[title_id], [signals.Kind.SUPPRESSED], now)
            revision = await self._ledger.close(tx, page, now)
        return viewing_pb2.RestoreTitleResponse(consistency_token=base.token(revision))

    async def ListSuppressions(
        self, request: viewing_pb2.ListSuppressionsRequest, rpc: Any
    ) -> viewing_pb2.ListSuppressionsResponse:
        """Lists what the calling profile hid; of what it may not know of any more, not the name."""
        profile_id = base.owner().profile_id
        size = paging.size(request.page_size, default=_ENTRIES, most=_MOST_ENTRIES)
        filters = ("suppressions", profile_id)
        after = base.after(request.page_token, filters)
        async with self._database.reading() as session:
            found = await storage.lists.suppressions(session, profile_id, after, size + 1)
        page, more = found[:size], len(found) > size
        named = await self._titles.cards([row.title_id for row in page])
        names = {title_id: title.title for title_id, title in named.items()}
        return viewing_pb2.ListSuppressionsResponse(
            suppressions=[
                viewing_pb2.Suppression(
                    title_id=row.title_id, title=names.get(row.title_id, ""), suppress_time=row.time
                )
                for row in page
            ],
            next_page_token=base.page_token((page[-1].time, page[-1].title_id) if more else None, filters),
        )
