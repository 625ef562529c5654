"""Trains the collaborative model as a job, and holds the newest one that is ready."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import numpy as np

from services.kit import clock, db, errors, jobs, logs
from services.recommendation import storage
from services.recommendation.domain import collaborative, popularity
from services.recommendation.domain.feature_matrix import FeatureMatrix, Numbers

#: The kind of the job that trains.
TRAIN = "train"
#: What a handful of viewers watched says nothing of what others will.
FEWEST_PROFILES = 20

_EVERY = timedelta(days=1)
_LOOK_SECONDS = 60.0
_DAY_SECONDS = 86_400.0

_log = logs.logger()


class Trained:
    """A trained model, as homes ask it.

    Args:
        model_id: names it.
        model: what was learnt.
    """

    def __init__(self, model_id: str, model: collaborative.Model) -> None:
        self.version = model_id
        self._model = model
        self._places = {title_id: place for place, title_id in enumerate(model.title_ids)}

    def signals(self, shelf: FeatureMatrix, history: Sequence[tuple[str, float]]) -> dict[str, Numbers]:
        """Returns the signals of the blend for each title, from what was watched and how many days ago."""
        known = [(self._places[title_id], age) for title_id, age in history if title_id in self._places]
        places = np.array([place for place, _ in known], dtype=np.int64)
        strong = collaborative.together(self._model, places, np.ones(len(places)))
        following = collaborative.after(self._model, places, np.array([age for _, age in known]))
        rows = np.fromiter((shelf.rows.get(each, -1) for each in self._model.title_ids), np.int64, len(strong))
        there = rows >= 0
        found = {}
        for name, values in collaborative.signals(strong, following).items():
            found[name] = np.zeros(len(shelf))
            found[name][rows[there]] = values[there]
        return found


class Training:
    """Trains models and loads them.

    Args:
        database: recommendation's own.
        time: tells when a model was trained.
    """

    def __init__(self, database: db.Database, time: clock.Clock) -> None:
        self._database = database
        self._clock = time
        #: The newest model that is ready; None before there is one.
        self.model: Trained | None = None

    async def start(self, request_id: str = "") -> storage.models.Model:
        """Starts to train a model unless one is being trained; returns it.

        Args:
            request_id: a request that had a model trained before gets that model.
        """
        now = self._clock.now()
        async with self._database.transaction() as tx:
            model_id = await storage.requests.find(tx, request_id, TRAIN) if request_id else None
            if model_id is not None and (known := await storage.models.get(tx, model_id)) is not None:
                return known
            model, is_new = await storage.models.open_model(tx, now)
            if is_new:
                await jobs.enqueue(tx, TRAIN, UUID(model.model_id).bytes)
            if request_id:
                await storage.requests.add(tx, request_id, TRAIN, model.model_id, now)
        return model

    async def train(self, payload: bytes) -> None:
        """Trains a model, as a job; doing it twice does no harm."""
        model_id = str(UUID(bytes=payload))
        async with self._database.transaction() as tx:
            if not await storage.models.run(tx, model_id):
                return
        try:
            values = await self._learn()
        except errors.DatabaseUnavailable:
            raise
        except Exception as fault:
            await self._finish(model_id, state="failed", failure_message=f"A fault: {type(fault).__name__}.")
            raise
        await self._finish(model_id, **values)

    async def run(self) -> None:
        """Loads what was trained, here or by another replica, and trains anew each day, while the process lives."""
        while True:
            try:
                await self.load()
                await self._tend()
            except errors.Unavailable as away:
                _log.warning("models wait", cause=str(away))
            await asyncio.sleep(_LOOK_SECONDS)

    async def load(self) -> None:
        """Loads the newest model that is ready. Raises DatabaseUnavailable."""
        async with self._database.reading() as session:
            newest = await storage.models.newest_ready(session)
        if newest is not None and (self.model is None or self.model.version != newest):
            self.model = await self.of(newest) or self.model

    async def of(self, model_id: str) -> Trained | None:
        """Returns a model; None if it is not kept."""
        if self.model is not None and self.model.version == model_id:
            return self.model
        async with self._database.reading() as session:
            content = await storage.models.content(session, model_id)
        if content is None:
            return None
        return Trained(model_id, await asyncio.to_thread(collaborative.from_bytes, content))

    async def _tend(self) -> None:
        async with self._database.reading() as session:
            newest = await storage.models.newest(session)
            watched = await storage.signals.latest_day(session)
        due = newest is None or newest.start_time <= self._clock.now() - _EVERY
        if due and watched is not None and (newest is None or watched >= newest.start_time.date()):
            await self.start()

    async def _learn(self) -> dict[str, object]:
        async with self._database.reading() as session:
            rows = await storage.signals.interactions(session)
        profiles = sorted({row[0] for row in rows})
        titles = tuple(sorted({row[1] for row in rows}))
        told: dict[str, object] = {"profile_count": len(profiles), "interaction_count": len(rows)}
        if len(profiles) < FEWEST_PROFILES:
            return {
                **told,
                "state": "failed",
                "failure_message": f"{len(profiles)} profiles watched or liked something; it takes {FEWEST_PROFILES}.",
            }
        viewer_of = {profile_id: place for place, profile_id in enumerate(profiles)}
        title_of = {title_id: place for place, title_id in enumerate(titles)}
        events = popularity.of(
            [viewer_of[row[0]] for row in rows],
            [title_of[row[1]] for row in rows],
            [row[2].timestamp() / _DAY_SECONDS for row in rows],
            len(titles),
        )
        model = await asyncio.to_thread(collaborative.train, events, titles)
        content = collaborative.to_bytes(model)
        return {**told, "state": "ready", "title_count": len(model.title_ids), "content": content}

    async def _finish(self, model_id: str, **values: object) -> None:
        async with self._database.transaction() as tx:
            await storage.models.finish(tx, model_id, self._clock.now(), **values)
