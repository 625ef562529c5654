"""Writes decisions down after they were answered: nobody waits for it, and nothing breaks where it cannot be done."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit import clock, db, errors, logs
from services.recommendation import storage
from services.recommendation.convert import input_codec
from services.recommendation.domain import homes, scoring
from services.recommendation.replay import ruleset_digest

_MOST_WAITING = 1000
_AT_ONCE = 50
_RETRY_SECONDS = 1.0
_PRUNE_SECONDS = 3600.0

_log = logs.logger()


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, as it is to be written down."""

    decision_id: str
    profile_id: str
    inputs: homes.Inputs
    model_id: str | None
    degradations: tuple[int, ...]
    digest: bytes


class DecisionRecorder:
    """Takes decisions and writes them down in batches.

    Args:
        database: recommendation's own.
        time: tells how long decisions are kept.
        retention: how long they are.
    """

    def __init__(self, database: db.Database, time: clock.Clock, retention: timedelta) -> None:
        self._database = database
        self._clock = time
        self._retention = retention
        self._waiting: asyncio.Queue[Decided] = asyncio.Queue(_MOST_WAITING)
        self._popularity = _KnownPopularity()
        #: Whether the last attempt to write failed.
        self.away = False

    @property
    def ready(self) -> bool:
        """Whether a decision can be written down, as far as is known."""
        return not self.away and not self._waiting.full()

    def take(self, decided: Decided) -> None:
        """Takes a decision; one too many is not written down."""
        if not self._waiting.full():
            self._waiting.put_nowait(decided)

    async def run(self) -> None:
        """Writes for as long as the process lives. The database may go and come back."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < _AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._insist(batch)
            for _ in batch:
                self._waiting.task_done()

    async def settle(self) -> None:
        """Waits until everything that was taken is written down."""
        await self._waiting.join()

    async def tend(self) -> None:
        """Prunes each hour for as long as the process lives. The database may go and come back."""
        while True:
            try:
                await self.prune()
            except errors.Unavailable as away:
                _log.warning("pruning waits", cause=str(away))
            await asyncio.sleep(_PRUNE_SECONDS)

    async def prune(self) -> int:
        """Deletes what is kept no longer; returns how many decisions that were."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            gone = await storage.decisions.prune(tx, now)
            # What is left of decisions may name a model that was trained long ago.
            await storage.models.prune(tx, now - self._retention)
            await storage.requests.prune(tx, now - self._retention)
        return gone

    async def _insist(self, batch: list[Decided]) -> None:
        while True:
            try:
                await self._write(batch)
            except errors.Unavailable as away:
                self.away = True
                _log.warning("decisions wait", cause=str(away), count=len(batch))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self.away = False
                return

    async def _write(self, batch: list[Decided]) -> None:
        # To compress a long history takes milliseconds, which homes should not wait for.
        made = await asyncio.to_thread(
            lambda: [row(each, each.inputs.at + self._retention, self._popularity) for each in batch]
        )
        contents = {digest: content for _, each in made for digest, content in each.items()}
        async with self._database.transaction() as tx:
            await storage.decisions.write(tx, [decision for decision, _ in made], contents)


class _KnownPopularity:
    """What is watched, as it is kept: thousands of titles, and the same for one decision after the other."""

    def __init__(self) -> None:
        self._known: tuple[scoring.Popularity, input_codec.Content] | None = None

    def content(self, popularity: scoring.Popularity) -> input_codec.Content:
        if self._known is None or self._known[0] is not popularity:
            self._known = (popularity, input_codec.content(input_codec.of_popularity(popularity)))
        return self._known[1]


def row(
    decided: Decided, expire_time: datetime, known: _KnownPopularity
) -> tuple[storage.decisions.Decision, Mapping[bytes, bytes]]:
    """Returns a decision as it is written down, and the contents that it names."""
    inputs = decided.inputs
    kept = {
        "signals": input_codec.content(input_codec.of_history(inputs.history, inputs.paused)),
        "preferences": input_codec.content(input_codec.of_preferences(inputs.preferences)),
        "popularity": known.content(inputs.popularity),
        "weights": input_codec.content(input_codec.of_weights(inputs.weights)),
    }
    digests = {name: content.digest for name, content in kept.items()}
    decision = storage.decisions.Decision(
        decision_id=decided.decision_id,
        profile_id=decided.profile_id or None,
        decide_time=inputs.at,
        expire_time=expire_time,
        language=inputs.language,
        maturity_ceiling=inputs.viewer.maturity_ceiling,
        country_code=inputs.viewer.country_code,
        epoch=inputs.shelf.epoch,
        vectors_version=inputs.meaning.version,
        embedder=inputs.meaning.model_version,
        model_id=decided.model_id,
        rules=ruleset_digest.DIGEST,
        degradations=decided.degradations,
        digest=decided.digest,
        **digests,
    )
    return decision, {content.digest: content.compressed for content in kept.values()}
