"""Continue watching."""

import asyncio
from collections.abc import Sequence
from typing import Any

from marquee.viewing.v1 import viewing_service_pb2

from services.kit import paging, timestamps
from services.viewing import convert, errors, storage
from services.viewing.domain import title_state
from services.viewing.domain.continue_watching import Candidate, Continuation, continuation
from services.viewing.handlers import base

_DEFAULT_SIZE, _MAX_SIZE = 20, 50


class ContinueWatching(base.Base):
    """What a profile can continue."""

    async def ListContinueWatching(
        self, request: viewing_service_pb2.ListContinueWatchingRequest, rpc: Any
    ) -> viewing_service_pb2.ListContinueWatchingResponse:
        """Lists what the calling profile can continue."""
        profile_id, now = base.owner().profile_id, self._clock.now()
        size = paging.size(request.page_size, default=_DEFAULT_SIZE, most=_MAX_SIZE)
        filters = ("continue-watching", profile_id)

        async def read(after: storage.lists.Position | None, limit: int) -> Sequence[Candidate]:
            async with self._database.reading() as session:
                return await storage.lists.continue_candidates(session, profile_id, now, after, limit)

        items, position = await base.fill_page(size, base.after(request.page_token, filters), read, self._continuations)
        return viewing_service_pb2.ListContinueWatchingResponse(
            items=[convert.item_message(item) for item in items], next_page_token=base.page_token(position, filters)
        )

    async def DismissContinueWatching(
        self, request: viewing_service_pb2.DismissContinueWatchingRequest, rpc: Any
    ) -> viewing_service_pb2.DismissContinueWatchingResponse:
        """Dismisses a title, for good or until a time."""
        owner, now, title_id = base.owner(), self._clock.now(), convert.title_id(request.subject)
        until = timestamps.optional_datetime(request, "snooze_until_time")
        if until is not None and until <= now:
            raise errors.SnoozeInThePast
        await self._catalog.require_title(title_id)
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            write = await self._writer.begin(tx, owner, [title_id])
            write[title_id] = title_state.dismiss(write[title_id], now, until)
            revision = await self._writer.finish(tx, write, now)
        return viewing_service_pb2.DismissContinueWatchingResponse(consistency_token=base.consistency_token(revision))

    async def RestoreContinueWatching(
        self, request: viewing_service_pb2.RestoreContinueWatchingRequest, rpc: Any
    ) -> viewing_service_pb2.RestoreContinueWatchingResponse:
        """Restores a dismissed title, whether or not it is still in the catalog."""
        owner, now, title_id = base.owner(), self._clock.now(), convert.title_id(request.subject)
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            write = await self._writer.begin(tx, owner, [title_id])
            write[title_id] = title_state.restore(write[title_id])
            revision = await self._writer.finish(tx, write, now)
        return viewing_service_pb2.RestoreContinueWatchingResponse(consistency_token=base.consistency_token(revision))

    async def _continuations(self, batch: Sequence[Candidate]) -> list[tuple[Candidate, Continuation]]:
        """Returns how candidates continue, with two calls to catalog at the same time."""
        series_ids = [candidate.title_id for candidate in batch if candidate.latest.episode_id]
        titles, episodes = await asyncio.gather(
            self._catalog.list_titles([candidate.title_id for candidate in batch]),
            self._catalog.list_episodes(series_ids),
        )
        items = (
            (each, continuation(titles[each.title_id], each, episodes.get(each.title_id, ())))
            for each in batch
            if each.title_id in titles
        )
        return [(candidate, item) for candidate, item in items if item is not None]
