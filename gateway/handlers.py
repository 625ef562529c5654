"""The servicers of platform health, for people and for load balancers."""

from collections.abc import AsyncIterator
from typing import Any, NoReturn

import grpc
from google.protobuf import timestamp_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from marquee.gateway.v1 import platform_service_pb2, platform_service_pb2_grpc

from gateway import health, reconciler
from services.kit import clock, errors, status

_Health = health_pb2.HealthCheckResponse


class PartDown(errors.Unavailable):
    """At least one part has no healthy replica."""

    reason = "PART_DOWN"
    domain = "gateway.marquee"

    def __init__(self, parts: list[str]) -> None:
        super().__init__(f"Not serving: {', '.join(parts)}.", metadata={"parts": ",".join(parts)})


class PlatformServicer(platform_service_pb2_grpc.PlatformServiceServicer):
    """Serves the health of the whole platform."""

    def __init__(self, control_loop: reconciler.Reconciler, time: clock.Clock) -> None:
        self._control_loop = control_loop
        self._clock = time

    async def GetHealth(
        self, _request: platform_service_pb2.GetHealthRequest, rpc: grpc.aio.ServicerContext[Any, Any]
    ) -> platform_service_pb2.GetHealthResponse:
        """Returns the replicas of every part. Fails with PART_DOWN."""
        replica_sets = self._control_loop.replica_sets
        if down := _down(self._control_loop):
            await _refuse(rpc, PartDown(down))
        checked = timestamp_pb2.Timestamp()
        checked.FromDatetime(self._clock.now())
        return platform_service_pb2.GetHealthResponse(
            parts=[
                platform_service_pb2.Part(
                    name=area,
                    healthy_replicas=health.healthy(replica_sets, area),
                    replicas=len(replica_sets.get(area, ())),
                )
                for area in self._control_loop.parts
            ],
            check_time=checked,
        )


class HealthServicer(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # The wheel is untyped.
    """The standard health service, for every public service; the empty name means all of them."""

    def __init__(self, control_loop: reconciler.Reconciler) -> None:
        self._control_loop = control_loop

    async def Check(self, request: Any, rpc: grpc.aio.ServicerContext[Any, Any]) -> Any:
        """Returns whether a service serves now."""
        current = self._status(request.service)
        if current == _Health.SERVICE_UNKNOWN:
            await rpc.abort(grpc.StatusCode.NOT_FOUND, "no such service")
        return _Health(status=current)

    async def Watch(self, request: Any, _rpc: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        """Yields whether a service serves, now and whenever that changes."""
        last_status = None
        while True:
            current = self._status(request.service)
            if current != last_status:
                last_status = current
                yield _Health(status=current)
            await self._control_loop.change()

    def _status(self, service: str) -> Any:
        if not service:
            return _Health.NOT_SERVING if _down(self._control_loop) else _Health.SERVING
        area = self._control_loop.area_of(service)
        if area is None:
            return _Health.SERVICE_UNKNOWN
        served = area not in self._control_loop.parts or health.healthy(self._control_loop.replica_sets, area)
        return _Health.SERVING if served else _Health.NOT_SERVING


def _down(control_loop: reconciler.Reconciler) -> list[str]:
    replica_sets = control_loop.replica_sets
    return [area for area in control_loop.parts if not health.healthy(replica_sets, area)]


async def _refuse(rpc: grpc.aio.ServicerContext[Any, Any], error: errors.Error) -> NoReturn:
    details = ((status.TRAILER, status.of(error).SerializeToString()),)
    await rpc.abort(error.code, error.message, details)
