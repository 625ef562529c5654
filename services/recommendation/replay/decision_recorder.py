"""Stores decisions in the background: no caller waits for it, and no home fails because of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import cachetools

from services.kit import clock, db, periodic_task, rate_budget
from services.recommendation import storage
from services.recommendation.convert import input_codec
from services.recommendation.domain import home_values, score_parts
from services.recommendation.replay import ruleset_digest

_MAX_QUEUED = 1000
_BATCH = 50
#: Decisions of one profile that are stored. A client can have homes computed as fast as its budget of calls allows, and
#: each new history of a profile takes tens of kilobytes for as long as decisions are kept.
RECORDED = rate_budget.Budget(60, 1800)
_MAX_PROFILES = 50_000


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that is to be stored."""

    decision_id: str
    profile_id: str
    inputs: home_values.Inputs
    model_id: str | None
    degradations: tuple[int, ...]
    digest: bytes


class DecisionRecorder:
    """Queues decisions and stores them in batches.

    Args:
        database: the database of recommendation.
        retention: how long decisions are kept.
        time: the clock.
    """

    def __init__(self, database: db.Database, retention: timedelta, time: clock.Clock) -> None:
        self._database = database
        self._retention = retention
        self._clock = time
        #: When the budget of a profile is whole again, in microseconds.
        self._whole_at: cachetools.LRUCache[str, int] = cachetools.LRUCache(_MAX_PROFILES)
        self._queue: asyncio.Queue[Decided] = asyncio.Queue(_MAX_QUEUED)
        self._popularity = _PopularityContent()
        #: Whether the last attempt to store failed.
        self.is_failing = False

    @property
    def is_available(self) -> bool:
        """Whether a decision is going to be stored, as far as is known."""
        return not self.is_failing and not self._queue.full()

    def spend(self, profile_id: str) -> bool:
        """Returns whether another decision of a profile may be stored, and counts it. Anonymous homes always may."""
        if not profile_id:
            return True
        now = int(self._clock.seconds() * 1_000_000)
        whole_at = max(self._whole_at.get(profile_id, now), now) + RECORDED.share
        if whole_at - now > RECORDED.window:
            return False
        self._whole_at[profile_id] = whole_at
        return True

    def add(self, decided: Decided) -> None:
        """Queues a decision. While the queue is full, decisions are dropped."""
        if not self._queue.full():
            self._queue.put_nowait(decided)

    async def run(self) -> None:
        """Stores decisions until it is cancelled, whatever fails."""
        await periodic_task.run("decision recorder", self._store_next, period=0)

    async def wait_until_stored(self) -> None:
        """Waits until everything that was queued is stored."""
        await self._queue.join()

    async def _store_next(self) -> None:
        batch = [await self._queue.get()]
        while len(batch) < _BATCH and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        try:
            # Outages are waited for. A fault ends the attempt, so that it does not block the decisions that follow.
            await periodic_task.until_success("decision recorder", lambda: self._store(batch))
        finally:
            for _ in batch:
                self._queue.task_done()

    async def _store(self, batch: list[Decided]) -> None:
        try:
            # To compress a long history takes milliseconds, which would delay calls.
            rows = await asyncio.to_thread(
                lambda: [decision_row(each, each.inputs.at + self._retention, self._popularity) for each in batch]
            )
            contents = {digest: content for _, row_contents in rows for digest, content in row_contents.items()}
            async with self._database.transaction() as tx:
                await storage.decisions.write(tx, [row for row, _ in rows], contents)
        except Exception:
            self.is_failing = True
            raise
        self.is_failing = False


class _PopularityContent:
    """The encoded popularity, which is large and the same for many decisions in a row."""

    def __init__(self) -> None:
        self._last: tuple[score_parts.Popularity, input_codec.Content] | None = None

    def encode(self, popularity: score_parts.Popularity) -> input_codec.Content:
        if self._last is None or self._last[0] is not popularity:
            self._last = (popularity, input_codec.content(input_codec.encode_popularity(popularity)))
        return self._last[1]


def decision_row(
    decided: Decided, expire_time: datetime, popularity_content: _PopularityContent
) -> tuple[storage.decisions.Decision, Mapping[bytes, bytes]]:
    """Returns the row of a decision, and the contents that it refers to by their digests."""
    inputs = decided.inputs
    contents = {
        "signals": input_codec.content(input_codec.encode_history(inputs.history, inputs.paused)),
        "preferences": input_codec.content(input_codec.encode_preferences(inputs.preferences)),
        "popularity": popularity_content.encode(inputs.popularity),
        "weights": input_codec.content(input_codec.encode_weights(inputs.weights)),
    }
    row = storage.decisions.Decision(
        decision_id=decided.decision_id,
        profile_id=decided.profile_id or None,
        decide_time=inputs.at,
        expire_time=expire_time,
        language=inputs.language,
        maturity_ceiling=inputs.viewer.maturity_ceiling,
        country_code=inputs.viewer.country_code,
        epoch=inputs.matrix.epoch,
        vectors_version=inputs.vectors.version,
        embedder=inputs.vectors.model_version,
        model_id=decided.model_id,
        rules=ruleset_digest.DIGEST,
        degradations=decided.degradations,
        digest=decided.digest,
        **{name: content.digest for name, content in contents.items()},
    )
    return row, {content.digest: content.compressed for content in contents.values()}
