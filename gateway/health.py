"""Health checks of replicas over the standard health service; a replica is unhealthy once its stream breaks."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from grpc_health.v1 import health_pb2
from prometheus_client import Gauge

from gateway import endpoints
from services.kit import logs

_log = logs.logger()

_REPLICAS = Gauge("marquee_replicas_serving", "Replicas that take calls.", ["area"])

_SERVING = health_pb2.HealthCheckResponse.SERVING
_METHOD = "/grpc.health.v1.Health/"

#: The time without messages after which a replica is probed, in seconds.
PROBE_AFTER = 5.0
#: The timeout of a probe, in seconds.
PROBE_TIMEOUT = 2.0
#: The pause before a broken stream is opened again, in seconds.
RECONNECT_DELAY = 0.25
#: The interval at which the list of replicas is read, in seconds.
REFRESH = 5.0

_CHANNEL_OPTIONS = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # Without its own pool a channel would share the connection, and the back-off, of another.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_http_proxy", 0),
)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Replica:
    """One replica and whether it takes calls; None until the first response."""

    endpoint: endpoints.Endpoint
    serving: bool | None = None


#: The replicas of every area, in order of address.
ReplicaSets = Mapping[str, tuple[Replica, ...]]


class Monitor:
    """Watches every replica of a source and reports when one has changed."""

    def __init__(self, source: endpoints.Source, on_change: Callable[[], None], refresh: float = REFRESH) -> None:
        self._source = source
        self._on_change = on_change
        self._refresh = refresh
        self._watchers: dict[tuple[str, endpoints.Endpoint], asyncio.Task[None]] = {}
        self._serving: dict[tuple[str, endpoints.Endpoint], bool | None] = {}
        self._areas: frozenset[str] = frozenset()
        self._listed = False

    @property
    def replica_sets(self) -> ReplicaSets:
        """Returns the replicas and their health."""
        found: dict[str, list[Replica]] = {area: [] for area in self._areas}
        for (area, endpoint), serving in self._serving.items():
            found[area].append(Replica(endpoint, serving))
        return {area: tuple(sorted(found[area], key=lambda r: r.endpoint)) for area in sorted(found)}

    @property
    def settled(self) -> bool:
        """Returns whether every replica has been checked at least once."""
        return self._listed and None not in self._serving.values()

    async def run(self) -> None:
        """Watches until cancelled; fails with the first watch that does."""
        try:
            while True:
                self._follow(await self._source.replicas())
                for watcher in self._watchers.values():
                    if watcher.done():
                        watcher.result()
                await asyncio.sleep(self._refresh)
        finally:
            for watcher in self._watchers.values():
                watcher.cancel()
            await asyncio.gather(*self._watchers.values(), return_exceptions=True)

    def _follow(self, listed: endpoints.Replicas) -> None:
        """Starts to watch new replicas and stops watching removed ones."""
        wanted = {(area, endpoint) for area, several in listed.items() for endpoint in several}
        changed = not self._listed or self._areas != listed.keys() or wanted != self._watchers.keys()
        self._areas, self._listed = frozenset(listed), True
        for key in self._watchers.keys() - wanted:
            self._watchers.pop(key).cancel()
            del self._serving[key]
        for key in sorted(wanted - self._watchers.keys()):
            self._serving[key] = None
            self._watchers[key] = asyncio.create_task(self._watch(key))
        if changed:
            self._report()

    async def _watch(self, key: tuple[str, endpoints.Endpoint]) -> None:
        async with grpc.aio.insecure_channel(f"{key[1]}", options=_CHANNEL_OPTIONS) as channel:
            while True:
                with contextlib.suppress(grpc.aio.AioRpcError, TimeoutError):
                    await self._listen(key, channel)
                self._set_serving(key, serving=False)
                await asyncio.sleep(RECONNECT_DELAY)

    async def _listen(self, key: tuple[str, endpoints.Endpoint], channel: grpc.aio.Channel) -> None:
        """Reads one health stream until it breaks or a probe fails."""
        watch: Any = channel.unary_stream(
            f"{_METHOD}Watch",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        check: Any = channel.unary_unary(
            f"{_METHOD}Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        stream = watch(health_pb2.HealthCheckRequest())
        reading: asyncio.Task[Any] = asyncio.ensure_future(stream.read())
        try:
            while True:
                done, _ = await asyncio.wait({reading}, timeout=PROBE_AFTER)
                if not done:
                    # A frozen process keeps its sockets open, so only a response proves that it works.
                    await check(health_pb2.HealthCheckRequest(), timeout=PROBE_TIMEOUT)
                    continue
                answer = reading.result()
                if answer is grpc.aio.EOF:
                    return
                self._set_serving(key, serving=answer.status == _SERVING)
                reading = asyncio.ensure_future(stream.read())
        finally:
            stream.cancel()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _set_serving(self, key: tuple[str, endpoints.Endpoint], *, serving: bool) -> None:
        before = self._serving.get(key)
        if key not in self._serving or before is serving:
            return
        self._serving[key] = serving
        _log.info("replica.serving_changed", area=key[0], endpoint=str(key[1]), serving=serving)
        self._report()

    def _report(self) -> None:
        replica_sets = self.replica_sets
        for area in replica_sets:
            _REPLICAS.labels(area).set(healthy(replica_sets, area))
        self._on_change()


def healthy(replica_sets: ReplicaSets, area: str) -> int:
    """Returns the number of healthy replicas of an area."""
    return sum(1 for replica in replica_sets.get(area, ()) if replica.serving)
