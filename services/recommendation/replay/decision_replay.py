"""Decides again what was decided, from what was kept of it."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from datetime import UTC, datetime
from typing import Any

from marquee.recommendation.v1 import recommendation_pb2

from services.kit import clock, db, visibility
from services.recommendation import errors, replica_sync, storage
from services.recommendation.convert import home_messages, input_codec
from services.recommendation.domain import feature_matrix, home_builder, homes, scoring, signals
from services.recommendation.home import home_decider
from services.recommendation.ranking.feature_gatherer import FeatureGatherer, meaning_of
from services.recommendation.replay import ruleset_digest

_MOST_LINES = 50
#: Decisions are written down a moment after they were answered; who turns a page sooner is not sent away for that.
_PATIENCE_SECONDS, _LOOK_SECONDS = 1.0, 0.05
#: What lies with the decision itself, or as versions for as long as decisions are kept.
_ALWAYS = frozenset({"catalog", "vectors", "time", "language", "maturity_ceiling", "country_code"})
#: Signals are compared by what they are, not by what time has done to them.
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class Replayer:
    """Replays decisions.

    Args:
        room: what there is now.
        vectors: answers vectors as they were.
        database: recommendation's own.
        at: tells whether a decision is kept still.
        patience: for how many seconds one is waited for that may be about to be written down.
    """

    def __init__(
        self,
        room: FeatureGatherer,
        vectors: replica_sync.VectorFollower,
        database: db.Database,
        at: clock.Clock,
        *,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._room = room
        self._vectors = vectors
        self._database = database
        self._clock = at
        self._patience = patience

    async def get(self, decision_id: str) -> storage.decisions.Decision:
        """Returns a decision as it was written down. Raises DecisionNotFound."""
        async with self._database.reading() as session:
            found = await storage.decisions.get(session, decision_id, self._clock.now())
        if found is None:
            raise errors.DecisionNotFound(decision_id)
        return found

    async def awaited(self, decision_id: str) -> storage.decisions.Decision:
        """Returns a decision that another replica may be about to write down. Raises DecisionNotFound."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return await self.get(decision_id)
            except errors.DecisionNotFound:
                if time.monotonic() >= until:
                    raise
            await asyncio.sleep(_LOOK_SECONDS)

    async def replay(
        self, row: storage.decisions.Decision, weights: scoring.Weights | None = None
    ) -> recommendation_pb2.DecidedHome:
        """Returns what is chosen from the inputs of a decision, with its weights or with others. Raises InputGone."""
        inputs = await self.inputs(row)
        if weights is not None:
            inputs = dataclasses.replace(inputs, weights=weights)
        return await self._room.cores.run(lambda: home_messages.home(home_builder.decide(inputs), row.decision_id))

    async def again(self, row: storage.decisions.Decision) -> recommendation_pb2.DecidedHome:
        """Returns what was chosen, the same to the byte: what would come out otherwise is gone. Raises InputGone."""
        home = await self.replay(row)
        if home_decider.digest(home) != row.digest:
            raise errors.InputGone("rules", row.decision_id)
        return home

    async def rest(self, row: storage.decisions.Decision, rail_id: str) -> list[recommendation_pb2.Item]:
        """Returns the items that follow those of a rail of the decision. Raises InputGone."""
        inputs = await self.inputs(row)
        return await self._room.cores.run(
            lambda: [home_messages.item(each) for each in home_builder.rest(inputs, rail_id)]
        )

    def is_ruled(self, row: storage.decisions.Decision) -> bool:
        """Whether a decision was made by the rules of now: those of then are not kept."""
        return row.rules == ruleset_digest.DIGEST

    async def inputs(self, row: storage.decisions.Decision) -> homes.Inputs:
        """Returns what a decision was made from. Raises InputGone."""
        try:
            return await self._inputs(row)
        except errors.InputGone as gone:
            raise errors.InputGone(gone.name, row.decision_id) from None

    async def _inputs(self, row: storage.decisions.Decision) -> homes.Inputs:
        if not self.is_ruled(row):
            raise errors.InputGone("rules")
        kept = await self.contents(row)
        history, paused = kept["signals"]
        model = None if row.model_id is None else await self._room.training.of(row.model_id)
        if row.model_id is not None and model is None:
            raise errors.InputGone("model")
        shelf = await self._shelf(row.epoch)
        meaning = await self._meaning(row, shelf)
        return homes.Inputs(
            at=row.decide_time,
            viewer=visibility.Viewer(row.maturity_ceiling, row.country_code),
            language=row.language,
            shelf=shelf,
            meaning=meaning,
            history=history,
            preferences=kept["preferences"],
            paused=paused,
            popularity=kept["popularity"],
            model=model,
            weights=kept["weights"],
        )

    async def contents(self, row: storage.decisions.Decision) -> dict[str, Any]:
        """Returns those inputs that are kept as contents, by name. Raises InputGone."""
        async with self._database.reading() as session:
            found = await storage.decisions.contents(session, [digest for _, digest in row.contents])
        for name, digest in row.contents:
            if digest not in found:
                raise errors.InputGone(name, row.decision_id)
        return {name: input_codec.READ[name](input_codec.read(found[digest])) for name, digest in row.contents}

    async def kept(self, rows: list[storage.decisions.Decision]) -> list[frozenset[str]]:
        """Returns for each decision which of its inputs are kept still."""
        digests = {digest for row in rows for _, digest in row.contents}
        async with self._database.reading() as session:
            found = await storage.decisions.kept(session, digests)
            models = await storage.models.kept(session, [row.model_id for row in rows if row.model_id])
        return [
            _ALWAYS
            | ({"rules"} if self.is_ruled(row) else frozenset())
            | {name for name, digest in row.contents if digest in found}
            | ({"model"} if row.model_id in models else frozenset())
            for row in rows
        ]

    async def _shelf(self, epoch: int) -> feature_matrix.FeatureMatrix:
        shelf = await self._room.shelf()
        if shelf.epoch == epoch:
            return shelf
        return await asyncio.to_thread(feature_matrix.build_matrix, await self._room.library.as_of(epoch))

    async def _meaning(self, row: storage.decisions.Decision, shelf: feature_matrix.FeatureMatrix) -> scoring.Meaning:
        if not row.embedder:
            return scoring.nowhere(shelf)
        # Those of now are the same where nothing was written since; what was, this replica may not have taken in yet.
        space = await self._vectors.as_of(row.vectors_version)
        if space.model_version != row.embedder:
            raise errors.InputGone("vectors")
        return await asyncio.to_thread(meaning_of, space, shelf)


def changes(name: str, left: Any, right: Any) -> list[str]:
    """Returns in words what changed of an input that is kept as content."""
    if name == "signals":
        lines = _of_signals(left, right)
    elif name == "preferences":
        lines = _added(_wishes(left), _wishes(right))
    elif name == "weights":
        pairs = zip(dataclasses.asdict(left).items(), dataclasses.asdict(right).values(), strict=True)
        lines = [f"{part} is {now:g} instead of {was:g}" for (part, was), now in pairs if was != now]
    else:
        lines = _added(set(left.title_ids), set(right.title_ids), " of what is popular")
    return lines[:_MOST_LINES]


def _of_signals(
    left: tuple[signals.History, frozenset[str]], right: tuple[signals.History, frozenset[str]]
) -> list[str]:
    before, after = _signals(left[0]), _signals(right[0])
    lines = _added(set(before), set(after))
    lines += [f"{each} was changed" for each in sorted(set(before) & set(after)) if before[each] != after[each]]
    lines += [f"{each} was paused" for each in sorted(right[1] - left[1])]
    lines += [f"{each} was resumed" for each in sorted(left[1] - right[1])]
    if left[0].household != right[0].household:
        lines.append("the household watched something else")
    if left[0].bookmarks != right[0].bookmarks:
        lines.append("the bookmarks changed")
    return lines


def _signals(history: signals.History) -> dict[str, tuple[Any, ...]]:
    """Returns signals by their names, with what they consist of and without what only time does to them."""
    found = {}
    for told in history.titles:
        for each in signals.of_title(told, frozenset(), _ANY_TIME):
            found[each.signal_id] = (each.kind, each.time, told.completion, told.thumb, told.view_count)
    return found


def _wishes(preferences: signals.Preferences) -> set[str]:
    return {signals.signal_id(signals.GENRE, each) for each in preferences.genre_ids} | {
        signals.signal_id(signals.LANGUAGE, each) for each in preferences.language_codes
    }


def _added(before: set[str], after: set[str], what: str = "") -> list[str]:
    return [
        *(f"{each}{what} was added" for each in sorted(after - before)),
        *(f"{each}{what} was removed" for each in sorted(before - after)),
    ]
