"""Statistics."""

import collections
from datetime import timedelta
from typing import Any

from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2

from services.kit import timestamps, watchable_subjects
from services.viewing import storage
from services.viewing.handlers import base

#: The titles that genres are counted of; those beyond were hardly watched.
_MAX_TITLES = 500
_MAX_RETURNED = 10


class Stats(base.Base):
    """How long a profile watched what."""

    async def GetStats(
        self, request: viewing_service_pb2.GetStatsRequest, rpc: Any
    ) -> viewing_service_pb2.GetStatsResponse:
        """Gets statistics of the calling profile."""
        profile_id = base.owner().profile_id
        async with self._database.reading() as session:
            stats = await storage.signal_queries.get_stats(session, profile_id)
            longest = await storage.signal_queries.list_longest(session, profile_id, _MAX_TITLES)
        titles = await self._catalog.list_titles([row.title_id for row in longest])
        visible = [row for row in longest if row.title_id in titles]
        seconds: collections.Counter[str] = collections.Counter()
        names: dict[str, str] = {}
        for row in visible:
            for genre_id, display_name in titles[row.title_id].genres:
                seconds[genre_id] += row.watch_duration // timedelta(seconds=1)
                names[genre_id] = display_name
        ranked = sorted(seconds.items(), key=lambda counted: (-counted[1], counted[0]))[:_MAX_RETURNED]
        return viewing_service_pb2.GetStatsResponse(
            watch_duration=timestamps.from_timedelta(stats.watch_duration or timedelta(0)),
            title_count=stats.title_count,
            finished_count=stats.finished_count,
            genres=[
                viewing_pb2.GenreStat(
                    genre_id=genre_id,
                    display_name=names[genre_id],
                    watch_duration=timestamps.from_timedelta(timedelta(seconds=total)),
                )
                for genre_id, total in ranked
            ],
            titles=[
                viewing_pb2.TitleStat(
                    subject=watchable_subjects.title(row.title_id),
                    watch_duration=timestamps.from_timedelta(row.watch_duration),
                )
                for row in visible[:_MAX_RETURNED]
            ],
        )
