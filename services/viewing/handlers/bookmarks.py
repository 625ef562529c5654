"""How far a profile is."""

from datetime import datetime
from typing import Any

from marquee.viewing.v1 import viewing_pb2

from services.kit import ids, paging
from services.viewing import convert, errors, storage
from services.viewing.domain import signals, episodes
from services.viewing.handlers import base

_BOOKMARKS, _MOST_BOOKMARKS = 50, 200


class Bookmarks(base.Base):
    """Bookmarks."""

    async def SaveBookmark(
        self, request: viewing_pb2.SaveBookmarkRequest, rpc: Any
    ) -> viewing_pb2.SaveBookmarkResponse:
        """Saves how far the calling profile is."""
        owner, now = base.owner(), self._clock.now()
        bookmark = convert.saved(request, now)
        if bookmark.position > bookmark.duration:
            raise errors.PositionBeyondEnd(bookmark.position, bookmark.duration)
        title = await self._titles.get(bookmark.title_id)
        if not episodes.holds_episode(title, bookmark.episode_id):
            raise errors.EpisodeNotFound(bookmark.title_id, bookmark.episode_id)
        series = episodes.as_series(title)
        async with self._database.transaction() as tx:
            page = await self._ledger.open(tx, owner, [bookmark.title_id])
            page[bookmark.title_id] = signals.played(page[bookmark.title_id], bookmark)
            if series is not None:
                await storage.series.note(tx, series)
            revision = await self._ledger.close(tx, page, now)
        # Only what was forgotten at this very moment has none: then there is the one that was asked for.
        holds = page[bookmark.title_id].marks.get(bookmark.episode_id, bookmark)
        return viewing_pb2.SaveBookmarkResponse(
            bookmark=convert.bookmark_message(holds), consistency_token=base.token(revision)
        )

    async def ListBookmarks(
        self, request: viewing_pb2.ListBookmarksRequest, rpc: Any
    ) -> viewing_pb2.ListBookmarksResponse:
        """Lists the calling profile's bookmarks."""
        profile_id, title_id = base.owner().profile_id, request.title_id.lower()
        size = paging.size(request.page_size, default=_BOOKMARKS, most=_MOST_BOOKMARKS)
        filters = ("bookmarks", profile_id, title_id)
        cursor = paging.cursor(request.page_token, of=filters, kinds=(datetime.fromisoformat, ids.parse, str))
        after = (cursor[0], cursor[1], cursor[2]) if cursor else None
        async with self._database.reading() as session:
            found = await storage.bookmarks.page(session, profile_id, title_id, after, size + 1)
        page, more = found[:size], len(found) > size
        return viewing_pb2.ListBookmarksResponse(
            bookmarks=[convert.bookmark_message(bookmark) for bookmark in page],
            next_page_token=paging.token([page[-1].update_time, page[-1].title_id, page[-1].episode_id], of=filters)
            if more
            else "",
        )
