"""Who watches what: taken down from what viewing tells, and summed up in memory as what is popular."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, time

import numpy as np
from marquee.event.v1 import event_internal_pb2

from services.kit import db, errors, events, logs
from services.recommendation import storage
from services.recommendation.convert import input_codec
from services.recommendation.domain import popularity, scoring, signals
from services.recommendation.ranking import viewer_clients

_REFRESH_SECONDS = 60.0
_RETRY_SECONDS = 2.0
#: How many of the most watched titles other services are told of.
_MOST_TOLD = 200
#: Interest that is weaker than that is none: a page that was looked at says little.
_LEAST_WEIGHT = 0.25

_log = logs.logger()


class PopularityTracker:
    """What is popular, in memory.

    Args:
        database: recommendation's own.
        outbox: where other services are told what is watched most.
    """

    def __init__(self, database: db.Database, outbox: events.Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self._told: list[str] = []
        #: As it was summed up last; nothing before that.
        self.popularity = scoring.Popularity()
        self._now: Mapping[str, float] = {}

    def now(self) -> Mapping[str, float]:
        """Returns how much each title is watched of late."""
        return self._now

    async def run(self) -> None:
        """Sums up every minute for as long as the process lives. The database may go and come back."""
        while True:
            try:
                await self.refresh()
                await self.tell()
            except errors.Unavailable as away:
                _log.warning("popularity waits", cause=str(away))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await asyncio.sleep(_REFRESH_SECONDS)

    async def refresh(self) -> bool:
        """Sums up; returns whether anything has changed. Raises DatabaseUnavailable."""
        async with self._database.reading() as session:
            day = await storage.signals.latest_day(session)
            rows = [] if day is None else await storage.signals.interest(session, day)
        found = await asyncio.to_thread(_summed, day, rows)
        if found.version == self.popularity.version:
            return False
        self.popularity = found
        recent = found.interest.get(scoring.RECENT)
        self._now = {} if recent is None else dict(zip(found.title_ids, recent.tolist(), strict=True))
        return True

    async def tell(self) -> bool:
        """Tells what is watched most, if that is not what was told last; returns whether it did.

        Raises DatabaseUnavailable.
        """
        first = popularity.first(self._now, _MOST_TOLD)
        if first == self._told:
            return False
        async with self._database.transaction() as tx:
            await self._outbox.add(tx, popularity_ranked=event_internal_pb2.PopularityRanked(title_ids=first))
        self._told = first
        return True


async def on_event(session: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Takes down what an event tells of profiles."""
    if event.HasField("signals_changed"):
        await _note(session, event.signals_changed, event.occur_time.ToDatetime(UTC))
    elif event.HasField("profile_changed") and event.profile_changed.deleted:
        await storage.signals.forget_profile(session, event.profile_changed.profile.profile_id)
        await storage.decisions.forget_profile(session, event.profile_changed.profile.profile_id)


async def _note(session: db.WriteSession, told: event_internal_pb2.SignalsChanged, at: datetime) -> None:
    found, none = [], []
    for each in viewer_clients.read_signals(told.signals):
        weight, latest = interest(each)
        if weight < _LEAST_WEIGHT:
            none.append(each.title_id)
        else:
            found.append(storage.signals.Interaction(each.title_id, weight, latest or at))
    await storage.signals.write(session, told.profile_id, told.revision, found, none)


def interest(told: signals.TitleSignals) -> tuple[float, datetime | None]:
    """Returns how much interest a profile took in a title, however long ago, and when it did so last."""
    latest = max((time for time in (told.watch_time, told.rate_time) if time is not None), default=None)
    if latest is None:
        return 0.0, None
    of_title = signals.of_title(told, frozenset(), latest)
    counted = (each.weight for each in of_title if each.kind in {signals.WATCHED, signals.RATED})
    return max(sum(counted), 0.0), latest


def _summed(day: date | None, rows: list[tuple[str, int, tuple[float, ...]]]) -> scoring.Popularity:
    if day is None:
        return input_codec.popularity(input_codec.of_popularity(scoring.Popularity()))
    made = scoring.Popularity(
        at=datetime.combine(day, time(), UTC),
        title_ids=tuple(row[0] for row in rows),
        counts=np.array([row[1] for row in rows], dtype=np.float64),
        interest={name: np.array([row[2][place] for row in rows]) for place, name in enumerate(popularity.HALF_LIVES)},
    )
    # Through the bytes that are kept, so that what is decided from and what is replayed are the same numbers.
    return input_codec.popularity(input_codec.of_popularity(made))
