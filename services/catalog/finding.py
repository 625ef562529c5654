"""Finds titles for a viewer: the search index, in a thread, once it has been built."""

import asyncio
from collections.abc import Callable

from services.catalog import errors, following, search
from services.kit import errors as kit_errors
from services.kit import paging


class Finder:
    """Finds titles.

    Args:
        index: the search index.
        follower: builds it.
    """

    def __init__(self, index: search.Index, follower: following.Follower) -> None:
        self._index = index
        self._follower = follower

    async def find(
        self, query: str, shown: Callable[[str], bool], page_token: str, limit: int
    ) -> tuple[list[search.Match], str]:
        """Answers a page of matches and the token of the next. Raises SearchNotReady or PageTokenInvalid.

        Args:
            query: what was typed.
            shown: whether the viewer may know of a title.
            page_token: where to go on.
            limit: how many titles to answer at most.
        """
        if not self._follower.searchable:
            raise errors.SearchNotReady
        start = _start(paging.cursor(page_token, of=["search", query]))
        # A search takes some milliseconds, most of them outside Python: reads are answered beside it.
        matches, end = await asyncio.to_thread(self._index.find, query, shown, start=start, limit=limit)
        return matches, paging.token([end.loose, end.skip], of=["search", query]) if end else ""


def _start(cursor: list[object] | None) -> search.Place:
    match cursor:
        case None:
            return search.Place()
        case [bool(loose), int(skip)] if skip >= 0:
            return search.Place(loose, skip)
    raise kit_errors.PageTokenInvalid("The page token is broken.")
