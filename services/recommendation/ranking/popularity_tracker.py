"""Popularity of titles in memory, read from the database once a minute; other services receive the ranking."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, time

import numpy as np
from marquee.event.v1 import event_internal_pb2

from services.kit import db, events, periodic_task
from services.recommendation import storage
from services.recommendation.convert import input_codec
from services.recommendation.domain import popularity, score_parts

_PERIOD_SECONDS = 60.0
#: How many of the most popular titles other services receive.
_MAX_RANKED = 200


class PopularityTracker:
    """Holds the popularity of titles.

    Args:
        database: the database of recommendation.
        outbox: takes the event `PopularityRanked`.
    """

    def __init__(self, database: db.Database, outbox: events.Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self._published: list[str] = []
        #: The popularity at the last refresh; empty before the first one.
        self.popularity = score_parts.Popularity()
        self._recent_interest: Mapping[str, float] = {}

    def recent_interest(self) -> Mapping[str, float]:
        """Returns the recent interest in each title, by title id."""
        return self._recent_interest

    async def run(self) -> None:
        """Refreshes and publishes each minute until it is cancelled, whatever fails."""
        await periodic_task.run("popularity", self._update, period=_PERIOD_SECONDS)

    async def refresh(self) -> bool:
        """Reads the popularity; returns whether it has changed. Raises DatabaseUnavailable."""
        async with self._database.reading() as session:
            day = await storage.signals.latest_day(session)
            rows = [] if day is None else await storage.signals.interest(session, day)
        current = await asyncio.to_thread(_popularity_of, day, rows)
        if current.version == self.popularity.version:
            return False
        self.popularity = current
        recent = current.interest.get(score_parts.RECENT)
        self._recent_interest = {} if recent is None else dict(zip(current.title_ids, recent.tolist(), strict=True))
        return True

    async def publish(self) -> bool:
        """Publishes the most popular titles if their order has changed; returns whether it did.

        Raises DatabaseUnavailable.
        """
        title_ids = popularity.most_popular(self._recent_interest, _MAX_RANKED)
        if title_ids == self._published:
            return False
        async with self._database.transaction() as tx:
            await self._outbox.add(tx, popularity_ranked=event_internal_pb2.PopularityRanked(title_ids=title_ids))
        self._published = title_ids
        return True

    async def _update(self) -> None:
        await self.refresh()
        await self.publish()


def _popularity_of(day: date | None, rows: list[tuple[str, int, tuple[float, ...]]]) -> score_parts.Popularity:
    read = score_parts.Popularity()
    if day is not None:
        read = score_parts.Popularity(
            at=datetime.combine(day, time(), UTC),
            title_ids=tuple(title_id for title_id, _, _ in rows),
            counts=np.array([count for _, count, _ in rows], dtype=np.float64),
            interest={
                name: np.array([interest[column] for _, _, interest in rows])
                for column, name in enumerate(popularity.HALF_LIVES)
            },
        )
    # Encoded and decoded, so that a home and its replay are computed from the same rounded numbers.
    return input_codec.decode_popularity(input_codec.encode_popularity(read))
