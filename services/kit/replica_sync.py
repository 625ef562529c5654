"""Keeps what a replica holds in memory in step with where it comes from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from services.kit import broadcast_subscriber, periodic_task

#: How often to look for changes that no event told of.
LOOK_SECONDS = 10.0


class ReplicaSync:
    """Loads what changed at the start, when an event says so, when events may have been missed, and now and then.

    Used on its own where the source is the service's own database, which has the last word, and with `follow` where
    events carry the changes.

    Args:
        name: names the task in the log and in the metrics, such as `title facts`.
        load: takes in everything that changed since it was called last, or all of it: a snapshot from a stream, rows
            after a revision. It may raise whatever it wants, is then called again after a pause, and must leave what
            it took in until then in order.
        look: seconds after which it is called without a reason; None for never.
    """

    def __init__(self, name: str, load: Callable[[], Awaitable[object]], *, look: float | None = LOOK_SECONDS) -> None:
        self._name = name
        self._load = load
        self._look = look
        self._behind = asyncio.Event()
        #: Set once everything was loaded for the first time: `process.serve(…, loaded=sync.loaded.wait)`.
        self.loaded = asyncio.Event()

    def mark_behind(self) -> None:
        """Has `load` called, soon and once, however often this is called meanwhile."""
        self._behind.set()

    async def missed(self) -> None:
        """Has `load` called because events may have been missed; fits `events.BroadcastSubscriber`."""
        self.mark_behind()

    async def run(self) -> None:
        """Keeps in step for as long as the process lives, whatever fails."""
        await periodic_task.run(self._name, self._catch_up, period=self._look, wake=self._behind)

    async def _catch_up(self) -> None:
        await self._load()
        self.loaded.set()


async def follow(subscriber: broadcast_subscriber.BroadcastSubscriber, *syncs: ReplicaSync) -> None:
    """Runs a subscriber and the syncs that it marks, for as long as the process lives.

    The subscriber notes the end of its streams before anything is loaded, so that no change falls in between: a change
    is in what was loaded, in an event after it, or in both. Whoever takes in both compares revisions.
    """
    await subscriber.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(subscriber.run())
        for sync in syncs:
            group.create_task(sync.run())
