"""Keeps the data that a replica holds in memory in step with its source."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from services.kit import broadcast_subscriber, periodic_task

#: How often to load changes without an event.
POLL_SECONDS = 10.0


class ReplicaSync:
    """Loads changes at the start, when an event announces one, when events may have been missed, and periodically.

    Used on its own if the source is the service's own database, and with `follow` if events announce the changes.

    Args:
        name: names the task in the log and in the metrics, such as `title facts`.
        load: loads everything that changed since its last call, or everything: a snapshot from a stream, rows after a
            revision. If it raises, it is called again after a pause; what it loaded before must stay consistent.
        poll: seconds after which it is called without an event; None for never.
    """

    def __init__(self, name: str, load: Callable[[], Awaitable[object]], *, poll: float | None = POLL_SECONDS) -> None:
        self._name = name
        self._load = load
        self._poll = poll
        self._behind = asyncio.Event()
        #: Set once everything was loaded for the first time: `process.serve(…, loaded=sync.loaded.wait)`.
        self.loaded = asyncio.Event()

    def mark_behind(self) -> None:
        """Requests one call of `load`, however often this is called before it starts."""
        self._behind.set()

    async def missed(self) -> None:
        """Requests a call of `load` because events may have been missed; fits `BroadcastSubscriber`."""
        self.mark_behind()

    async def run(self) -> None:
        """Keeps in step until it is cancelled; a failure does not end it."""
        await periodic_task.run(self._name, self._catch_up, period=self._poll, wake=self._behind)

    async def _catch_up(self) -> None:
        await self._load()
        self.loaded.set()


async def follow(subscriber: broadcast_subscriber.BroadcastSubscriber, *syncs: ReplicaSync) -> None:
    """Runs a subscriber and the syncs that it marks, until it is cancelled.

    The subscriber notes the end of its streams before anything is loaded, so that no change is missed: a change is in
    the loaded data, in a later event, or in both. Listeners compare revisions.
    """
    await subscriber.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(subscriber.run())
        for sync in syncs:
            group.create_task(sync.run())
