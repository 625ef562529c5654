"""Trains the collaborative model as a job, and holds the newest model that is ready."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import numpy as np

from services.kit import clock, db, jobs, outages, periodic_task
from services.recommendation import storage
from services.recommendation.domain import collaborative, popularity
from services.recommendation.domain.feature_matrix import FeatureMatrix, Numbers

#: The kind of the job that trains.
JOB = "train"
#: What fewer profiles watched does not predict what others will watch.
MIN_PROFILES = 20

_MAX_AGE = timedelta(days=1)
_PERIOD_SECONDS = 60.0
_DAY_SECONDS = 86_400.0


class TrainedModel:
    """A trained model that computes signals for the ranking.

    Args:
        model_id: the id of the model.
        model: the trained neighbors.
    """

    def __init__(self, model_id: str, model: collaborative.Model) -> None:
        self.version = model_id
        self._model = model
        self._positions = {title_id: position for position, title_id in enumerate(model.title_ids)}

    def signals(self, matrix: FeatureMatrix, history: Sequence[tuple[str, float]]) -> dict[str, Numbers]:
        """Returns the collaborative signals of each title.

        Args:
            matrix: the titles.
            history: the titles that were watched, in the order of time, and how many days ago.
        """
        known = [(self._positions[title_id], age) for title_id, age in history if title_id in self._positions]
        positions = np.array([position for position, _ in known], dtype=np.int64)
        together = collaborative.together(self._model, positions, np.ones(len(positions)))
        after = collaborative.after(self._model, positions, np.array([age for _, age in known]))
        rows = np.fromiter(
            (matrix.rows.get(title_id, -1) for title_id in self._model.title_ids), np.int64, len(together)
        )
        present = rows >= 0
        signals = {}
        for name, values in collaborative.signals(together, after).items():
            signals[name] = np.zeros(len(matrix))
            signals[name][rows[present]] = values[present]
        return signals


class ModelTrainer:
    """Trains models and loads them.

    Args:
        database: the database of recommendation.
        time: gives the start and end times of trainings.
    """

    def __init__(self, database: db.Database, time: clock.Clock) -> None:
        self._database = database
        self._clock = time
        #: The newest model that is ready; None without one.
        self.model: TrainedModel | None = None

    async def start(self, request_id: str = "") -> storage.models.Model:
        """Returns the model that is being trained; starts to train one if there is none.

        Args:
            request_id: a request that started a training before gets the same model.
        """
        now = self._clock.now()
        async with self._database.transaction() as tx:
            model_id = await storage.work_requests.find(tx, request_id, JOB) if request_id else None
            if model_id is not None and (model := await storage.models.get(tx, model_id)) is not None:
                return model
            model, is_new = await storage.models.open_model(tx, now)
            if is_new:
                await jobs.enqueue(tx, JOB, UUID(model.model_id).bytes)
            if request_id:
                await storage.work_requests.add(tx, request_id, JOB, model.model_id, now)
        return model

    async def train(self, payload: bytes) -> None:
        """Trains the model whose id is the payload of the job. Safe to repeat; outages are waited for."""
        model_id = str(UUID(bytes=payload))
        await periodic_task.until_success("model training", lambda: self._train(model_id))

    async def run(self) -> None:
        """Loads what any replica trained, and starts a training each day, until it is cancelled, whatever fails."""
        await periodic_task.run("model trainer", self._update, period=_PERIOD_SECONDS)

    async def load(self) -> None:
        """Loads the newest model that is ready. Raises DatabaseUnavailable."""
        async with self._database.reading() as session:
            newest = await storage.models.newest_ready(session)
        if newest is not None and (self.model is None or self.model.version != newest):
            self.model = await self.load_model(newest) or self.model

    async def load_model(self, model_id: str) -> TrainedModel | None:
        """Returns a model; None if it is not kept."""
        if self.model is not None and self.model.version == model_id:
            return self.model
        async with self._database.reading() as session:
            content = await storage.models.content(session, model_id)
        if content is None:
            return None
        return TrainedModel(model_id, await asyncio.to_thread(collaborative.from_bytes, content))

    async def _update(self) -> None:
        await self.load()
        async with self._database.reading() as session:
            newest = await storage.models.newest(session)
            latest_day = await storage.signals.latest_day(session)
        is_due = newest is None or newest.start_time <= self._clock.now() - _MAX_AGE
        if is_due and latest_day is not None and (newest is None or latest_day >= newest.start_time.date()):
            await self.start()

    async def _train(self, model_id: str) -> None:
        async with self._database.transaction() as tx:
            if not await storage.models.run(tx, model_id):
                return
        try:
            values = await self._fit()
        except Exception as raised:
            if not outages.is_outage(raised):
                await self._finish(model_id, state="failed", failure_message=f"A fault: {type(raised).__name__}.")
            raise
        await self._finish(model_id, **values)

    async def _fit(self) -> dict[str, object]:
        async with self._database.reading() as session:
            rows = await storage.signals.list_interactions(session)
        profile_ids = sorted({profile_id for profile_id, _, _ in rows})
        title_ids = tuple(sorted({title_id for _, title_id, _ in rows}))
        counts: dict[str, object] = {"profile_count": len(profile_ids), "interaction_count": len(rows)}
        if len(profile_ids) < MIN_PROFILES:
            message = f"{len(profile_ids)} profiles watched or liked something; at least {MIN_PROFILES} are needed."
            return {**counts, "state": "failed", "failure_message": message}
        profile_numbers = {profile_id: number for number, profile_id in enumerate(profile_ids)}
        title_numbers = {title_id: number for number, title_id in enumerate(title_ids)}
        events = popularity.events(
            [profile_numbers[profile_id] for profile_id, _, _ in rows],
            [title_numbers[title_id] for _, title_id, _ in rows],
            [time.timestamp() / _DAY_SECONDS for _, _, time in rows],
            len(title_ids),
        )
        model = await asyncio.to_thread(collaborative.train, events, title_ids)
        content = collaborative.to_bytes(model)
        return {**counts, "state": "ready", "title_count": len(model.title_ids), "content": content}

    async def _finish(self, model_id: str, **values: object) -> None:
        async with self._database.transaction() as tx:
            await storage.models.finish(tx, model_id, self._clock.now(), **values)
