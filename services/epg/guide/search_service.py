"""Searches channels and programmes, and corrects the words of a query that finds nothing."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from services.epg import storage
from services.epg.domain import channels, guide_search, schedules
from services.epg.storage.search import FIRST, Place, Search
from services.kit import clock, db

#: A word of a name that is new is not offered as a correction for this long.
_VOCABULARY_LIFETIME = timedelta(minutes=10)
_MAX_CHANNELS = 20
_FIRST_TIME, _LAST_TIME = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of results begins."""

    #: The time for which the results are ordered, the same on all pages.
    now: datetime
    #: Whether the words of the query are corrected.
    corrected: bool
    after: Place = FIRST


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results."""

    channel_ids: Sequence[str]
    #: The programmes with their channels.
    programmes: Sequence[tuple[str, schedules.Programme]]
    corrected: bool
    #: None on the last page.
    next_position: Position | None


class SearchService:
    """Searches channels and programmes.

    Args:
        database: the database of epg.
        time: the clock.
    """

    def __init__(self, database: db.Database, time: clock.Clock) -> None:
        self._database = database
        self._time = time
        self._vocabulary = guide_search.Vocabulary()
        self._loaded_at: datetime | None = None
        self._loading = asyncio.Lock()

    async def search(
        self,
        query: str,
        visible_ids: Collection[str],
        all_channels: Sequence[channels.Channel],
        maturity_ceiling: int,
        window: tuple[datetime | None, datetime | None],
        position: Position | None,
        page_size: int,
    ) -> Page:
        """Returns a page of the channels, and of their programmes, that a query finds.

        Args:
            query: what the viewer typed.
            visible_ids: the channels that the viewer may see.
            all_channels: all channels of this replica.
            maturity_ceiling: the highest age of programmes that the viewer may see.
            window: the time that programmes overlap; an open end is None.
            position: where the page begins; None for the first page.
            page_size: the number of programmes.
        """
        words = guide_search.split_query(query)
        begin = position or Position(self._time.now(), corrected=False)
        # The shorter list is sent to the database. What is found in channels that are not in memory yet is dropped.
        excluding = 2 * len(visible_ids) > len(all_channels)
        hidden_ids = [each.channel_id for each in all_channels if excluding and each.channel_id not in visible_ids]

        def search_for(alternatives: Sequence[Sequence[str]]) -> Search:
            return Search(
                anywhere=guide_search.encode_query(alternatives),
                in_names=guide_search.encode_query(alternatives, "A"),
                channel_ids=hidden_ids if excluding else visible_ids,
                excluding=excluding,
                maturity_ceiling=maturity_ceiling,
                now=begin.now,
                start=window[0] or _FIRST_TIME,
                end=window[1] or _LAST_TIME,
            )

        if not (words and visible_ids):
            return Page((), (), corrected=False, next_position=None)
        corrected = [await self._correct(word) for word in words] if begin.corrected else None
        page = await self._find(search_for(corrected or [[word] for word in words]), begin, page_size)
        if position is None and not (page.channel_ids or page.programmes):
            corrected = [await self._correct(word) for word in words]
            if corrected != [[word] for word in words]:
                page = await self._find(search_for(corrected), replace(begin, corrected=True), page_size)
        return page

    async def _find(self, search: Search, begin: Position, page_size: int) -> Page:
        async with self._database.reading() as session:
            found = await storage.search.find_programmes(session, search, begin.after, page_size + 1)
            is_first = begin.after == FIRST
            channel_ids = await storage.search.find_channels(session, search, _MAX_CHANNELS) if is_first else ()
        page = found[:page_size]
        following = replace(begin, after=page[-1][0]) if len(found) > page_size else None
        return Page(channel_ids, [each[1:] for each in page], begin.corrected, following)

    async def _correct(self, word: str) -> Sequence[str]:
        async with self._loading:
            now = self._time.now()
            if self._loaded_at is None or now - self._loaded_at > _VOCABULARY_LIFETIME:
                async with self._database.reading() as session:
                    words = await storage.search.list_words(session)
                self._vocabulary = await asyncio.to_thread(guide_search.Vocabulary, words)
                self._loaded_at = now
        return await asyncio.to_thread(self._vocabulary.correct, word)
