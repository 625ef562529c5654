"""The control loop: a change of the replicas is published as a new snapshot."""

import asyncio
import contextlib
from typing import Protocol

from gateway import contract, endpoints, health, mesh, snapshot
from gateway.edge import snapshot as edge_snapshot

#: How long the first snapshot waits for replicas that do not answer at all, in seconds.
PATIENCE = 3.0
#: Changes closer together than this are published as one, in seconds.
GATHERING = 0.01


class Publisher(Protocol):
    """Whoever hands snapshots on."""

    def publish(self, latest: snapshot.Snapshot) -> None:
        """Makes a snapshot the current one."""


class Reconciler:
    """Watches the replicas and keeps the published snapshot in step with them."""

    def __init__(
        self, whole: contract.Contract, source: endpoints.Source, settings: edge_snapshot.Settings, publisher: Publisher
    ) -> None:
        self._contract = whole
        self._edge = edge_snapshot.Builder(whole, settings)
        self._publisher = publisher
        self._monitor = health.Monitor(source, self._note)
        self._changed = asyncio.Event()
        self._next = asyncio.Event()

    @property
    def replica_sets(self) -> health.ReplicaSets:
        """What is known of the replicas now."""
        return self._monitor.replica_sets

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the platform that have replicas of their own."""
        return tuple(area for area in self._contract.areas if area != edge_snapshot.GATEWAY_CLUSTER)

    def area_of(self, service: str) -> str | None:
        """The part that answers for a service an outsider may see, None if there is no such service."""
        return next((m.area for m in self._contract.visible_methods if m.service == service), None)

    async def change(self) -> None:
        """Returns when a replica has changed."""
        await self._next.wait()

    async def run(self) -> None:
        """Watches and publishes until cancelled."""
        watching = asyncio.create_task(self._monitor.run())
        try:
            # A snapshot that knew less than the last process did would be new to everybody, so the first waits
            # until every replica has been heard.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    while not self._monitor.settled:
                        await self._next_change(watching)
            while True:
                self._changed.clear()
                self._publisher.publish(self._snapshot())
                await self._next_change(watching)
                await asyncio.sleep(GATHERING)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _next_change(self, watching: "asyncio.Task[None]") -> None:
        """Waits for the next change, or fails with the watcher."""
        waiting = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({waiting, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if watching.done():
            watching.result()
        self._changed.clear()

    def _snapshot(self) -> snapshot.Snapshot:
        replica_sets = self._monitor.replica_sets
        return snapshot.Snapshot(edge=self._edge.view(replica_sets), mesh=mesh.view(self._contract, replica_sets))

    def _note(self) -> None:
        self._changed.set()
        # Everyone who waits wakes for this change; who asks from now on waits for the one after.
        self._next.set()
        self._next = asyncio.Event()
