"""The control loop: a change of the replicas is published as a new snapshot."""

import asyncio
import contextlib
from typing import Protocol

from gateway import contract, endpoints, health, mesh, snapshot
from gateway.edge import bootstrap_clusters
from gateway.edge import snapshot as edge_snapshot

#: The longest wait of the first snapshot for replicas that do not respond, in seconds.
PATIENCE = 3.0
#: Changes closer together than this are published as one, in seconds.
GATHERING = 0.01


class Publisher(Protocol):
    """Publishes snapshots."""

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
        self._monitor = health.Monitor(source, self._notify)
        self._changed = asyncio.Event()
        self._next = asyncio.Event()

    @property
    def replica_sets(self) -> health.ReplicaSets:
        """Returns the replicas and their health."""
        return self._monitor.replica_sets

    @property
    def parts(self) -> tuple[str, ...]:
        """Returns the parts of the platform that have replicas of their own."""
        return tuple(area for area in self._contract.areas if area != bootstrap_clusters.GATEWAY)

    def area_of(self, service: str) -> str | None:
        """Returns the part that serves a public service; None if there is no such service."""
        return next((m.area for m in self._contract.visible_methods if m.service == service), None)

    async def change(self) -> None:
        """Returns when a replica has changed."""
        await self._next.wait()

    async def run(self) -> None:
        """Watches and publishes until cancelled."""
        watching = asyncio.create_task(self._monitor.run())
        try:
            # A first snapshot with fewer healthy replicas than the last process published would disturb every
            # client, so it waits until every replica has been checked.
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
        """Waits for the next change. Raises what ended the monitor."""
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

    def _notify(self) -> None:
        self._changed.set()
        # Current waiters wake for this change; later ones wait for the next.
        self._next.set()
        self._next = asyncio.Event()
