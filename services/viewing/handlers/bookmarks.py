"""Bookmarks."""

from datetime import datetime
from typing import Any

from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_service_pb2

from services.kit import ids, paging, watchable_subjects
from services.viewing import convert, errors, storage
from services.viewing.domain import title_state
from services.viewing.handlers import base

_DEFAULT_SIZE, _MAX_SIZE = 50, 200


class Bookmarks(base.Base):
    """How far a profile watched something."""

    async def SaveBookmark(
        self, request: viewing_service_pb2.SaveBookmarkRequest, rpc: Any
    ) -> viewing_service_pb2.SaveBookmarkResponse:
        """Saves the position of the calling profile."""
        owner, now = base.owner(), self._clock.now()
        title_id, episode_id = await self._resolve(request.subject)
        bookmark = convert.saved_bookmark(request, title_id, episode_id, now)
        if bookmark.position > bookmark.duration:
            raise errors.PositionBeyondEnd(bookmark.position, bookmark.duration)
        async with self._database.transaction(serialize_by=owner.profile_id) as tx:
            write = await self._writer.begin(tx, owner, [title_id])
            write[title_id] = title_state.apply_bookmark(write[title_id], bookmark)
            revision = await self._writer.finish(tx, write, now)
        # A bookmark that was deleted at this very moment is not there; then the one of the request is returned.
        saved = write[title_id].bookmarks.get(episode_id, bookmark)
        return viewing_service_pb2.SaveBookmarkResponse(
            bookmark=convert.bookmark_message(saved), consistency_token=base.consistency_token(revision)
        )

    async def ListBookmarks(
        self, request: viewing_service_pb2.ListBookmarksRequest, rpc: Any
    ) -> viewing_service_pb2.ListBookmarksResponse:
        """Lists the bookmarks of the calling profile."""
        profile_id = base.owner().profile_id
        if request.subject.programme_id:
            async with self._database.reading() as session:
                stored = await storage.programme_bookmarks.get(session, profile_id, request.subject.programme_id)
            listed = [convert.programme_bookmark_message(stored)] if stored else []
            return viewing_service_pb2.ListBookmarksResponse(bookmarks=listed)
        subject = ("", "")
        if request.HasField("subject"):
            subject_id = watchable_subjects.require(request.subject, "title_id", "episode_id")
            subject = (watchable_subjects.key(request.subject)[0], subject_id)
        size = paging.size(request.page_size, default=_DEFAULT_SIZE, most=_MAX_SIZE)
        filters = ("bookmarks", profile_id, *subject)
        cursor = paging.cursor(request.page_token, of=filters, kinds=(datetime.fromisoformat, ids.parse, str))
        after = (cursor[0], cursor[1], cursor[2]) if cursor else None
        async with self._database.reading() as session:
            rows = await storage.bookmarks.list_page(session, profile_id, subject, after, size + 1)
        page, more = rows[:size], len(rows) > size
        return viewing_service_pb2.ListBookmarksResponse(
            bookmarks=[convert.bookmark_message(bookmark) for bookmark in page],
            next_page_token=paging.token([page[-1].update_time, page[-1].title_id, page[-1].episode_id], of=filters)
            if more
            else "",
        )

    async def _resolve(self, subject: type_pb2.Subject) -> tuple[str, str]:
        """Returns the title and the episode of what is watched, both visible; no episode for other titles."""
        subject_id = watchable_subjects.require(subject, "title_id", "episode_id")
        if subject.HasField("episode_id"):
            return await self._catalog.get_series_of(subject_id), subject_id
        if await self._catalog.require_title(subject_id):
            raise errors.EpisodeRequired(subject_id)
        return subject_id, ""
