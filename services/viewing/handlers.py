"""The servicer of viewing."""

from datetime import datetime
from typing import Any

from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import clock, context, db, ids, paging, pipeline
from services.viewing import convert, domain, errors, storage
from services.viewing.titles import Titles

_BOOKMARKS, _MOST_BOOKMARKS = 50, 200
_ITEMS, _MOST_ITEMS = 20, 50
#: Titles that are looked at together on the way to a page; some of them will not go on.
_BATCH = 50


class Viewing(viewing_pb2_grpc.ViewingServiceServicer):
    """Bookmarks, and what to go on with.

    Args:
        database: viewing's own.
        titles: what catalog says.
        time: tells the time.
    """

    def __init__(self, database: db.Database, titles: Titles, time: clock.Clock) -> None:
        self._database = database
        self._titles = titles
        self._clock = time

    async def SaveBookmark(
        self, request: viewing_pb2.SaveBookmarkRequest, rpc: Any
    ) -> viewing_pb2.SaveBookmarkResponse:
        """Saves how far the calling profile is."""
        bookmark = convert.saved(request, _profile_id(), self._clock.now())
        if bookmark.position > bookmark.duration:
            raise errors.PositionBeyondEnd(bookmark.position, bookmark.duration)
        title = await self._titles.get(bookmark.title_id)
        if not domain.holds_episode(title, bookmark.episode_id):
            raise errors.EpisodeNotFound(bookmark.title_id, bookmark.episode_id)
        async with self._database.transaction() as tx:
            bookmark = await storage.save(tx, bookmark)
        return viewing_pb2.SaveBookmarkResponse(bookmark=convert.bookmark_message(bookmark))

    async def ListBookmarks(
        self, request: viewing_pb2.ListBookmarksRequest, rpc: Any
    ) -> viewing_pb2.ListBookmarksResponse:
        """Lists the calling profile's bookmarks."""
        profile_id = _profile_id()
        size = paging.size(request.page_size, default=_BOOKMARKS, most=_MOST_BOOKMARKS)
        filters = ("bookmarks", profile_id, request.title_id)
        cursor = paging.cursor(request.page_token, of=filters, kinds=(datetime.fromisoformat, ids.parse, str))
        after = (cursor[0], cursor[1], cursor[2]) if cursor else None
        async with self._database.reading() as session:
            found = await storage.bookmarks(session, profile_id, request.title_id, after, size + 1)
        page, more = found[:size], len(found) > size
        return viewing_pb2.ListBookmarksResponse(
            bookmarks=[convert.bookmark_message(bookmark) for bookmark in page],
            next_page_token=paging.token([page[-1].update_time, page[-1].title_id, page[-1].episode_id], of=filters)
            if more
            else "",
        )

    async def ListContinueWatching(
        self, request: viewing_pb2.ListContinueWatchingRequest, rpc: Any
    ) -> viewing_pb2.ListContinueWatchingResponse:
        """Lists what the calling profile may go on with."""
        profile_id = _profile_id()
        size = paging.size(request.page_size, default=_ITEMS, most=_MOST_ITEMS)
        filters = ("continue-watching", profile_id)
        cursor = paging.cursor(request.page_token, of=filters, kinds=(datetime.fromisoformat, ids.parse))
        after = (cursor[0], cursor[1]) if cursor else None
        items: list[domain.Continuation] = []
        # One more than the page holds tells whether there is a next one. Titles that are hidden or do not go on are
        # only known after catalog was asked, so it takes as many batches as it takes.
        while len(items) <= size:
            batch = await self._batch(profile_id, after)
            items.extend(await self._continuations(profile_id, batch))
            if len(batch) < _BATCH:
                break
            after = (batch[-1].update_time, batch[-1].title_id)
        page, more = items[:size], len(items) > size
        return viewing_pb2.ListContinueWatchingResponse(
            items=[convert.item_message(item) for item in page],
            next_page_token=paging.token([page[-1].update_time, page[-1].title.title_id], of=filters) if more else "",
        )

    async def _batch(self, profile_id: str, after: tuple[datetime, str] | None) -> list[domain.Bookmark]:
        async with self._database.reading() as session:
            return await storage.latest_of_titles(session, profile_id, after, _BATCH)

    async def _continuations(self, profile_id: str, batch: list[domain.Bookmark]) -> list[domain.Continuation]:
        """Answers how titles go on, given the last bookmark in each of them."""
        titles = await self._titles.batch_get([bookmark.title_id for bookmark in batch])
        series = [title.title_id for title in titles.values() if title.is_series]
        begun: dict[str, dict[str, domain.Bookmark]] = {title_id: {} for title_id in titles}
        if series:
            async with self._database.reading() as session:
                for bookmark in await storage.of_titles(session, profile_id, series):
                    begun[bookmark.title_id][bookmark.episode_id] = bookmark
        found = (
            domain.continuation(titles[latest.title_id], latest, begun[latest.title_id])
            for latest in batch
            if latest.title_id in titles
        )
        return [item for item in found if item is not None]


def _profile_id() -> str:
    """Answers the calling profile. Raises ProfileRequired for a service that asks for itself."""
    profile_id = context.caller().profile_id
    if not profile_id:
        raise pipeline.ProfileRequired("Select a profile to call this.")
    return profile_id
