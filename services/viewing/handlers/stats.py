"""What a profile's watching amounts to."""

import collections
from datetime import timedelta
from typing import Any

from marquee.viewing.v1 import viewing_pb2

from services.viewing import convert, storage
from services.viewing.handlers import base

#: Catalog is asked about so many titles at most; those behind them were hardly watched.
_MOST_ASKED = 500
_MOST_TOLD = 10


class Figures(base.Base):
    """Statistics."""

    async def GetStats(self, request: viewing_pb2.GetStatsRequest, rpc: Any) -> viewing_pb2.GetStatsResponse:
        """Gets the calling profile's figures."""
        profile_id = base.owner().profile_id
        async with self._database.reading() as session:
            figures = await storage.signals.figures(session, profile_id)
            longest = await storage.signals.longest(session, profile_id, _MOST_ASKED)
        shown = await self._titles.cards([row.title_id for row in longest])
        known = [row for row in longest if row.title_id in shown]
        genres: collections.Counter[str] = collections.Counter()
        for row in known:
            for genre in shown[row.title_id].genres:
                genres[genre] += row.watch_duration // timedelta(seconds=1)
        ranked = sorted(genres.items(), key=lambda counted: (-counted[1], counted[0]))[:_MOST_TOLD]
        return viewing_pb2.GetStatsResponse(
            watch_duration=convert.duration(figures.watch_duration or timedelta(0)),
            title_count=figures.title_count,
            finished_count=figures.finished_count,
            genres=[
                viewing_pb2.GenreStat(genre=genre, watch_duration=convert.duration(timedelta(seconds=seconds)))
                for genre, seconds in ranked
            ],
            titles=[
                viewing_pb2.TitleStat(title_id=row.title_id, watch_duration=convert.duration(row.watch_duration))
                for row in known[:_MOST_TOLD]
            ],
        )
