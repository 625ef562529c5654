"""The server of a service: its handlers behind the pipeline, health, reflection and a graceful stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf import descriptor, descriptor_pool
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.kit import access_tokens, admission, logs, method_policy, pipeline

#: How long the mesh has to notice that a replica is leaving before the replica stops taking calls.
_LEAVE_SECONDS = 0.5
#: How long running calls may take to end.
_GRACE_SECONDS = 5.0

_OPTIONS = (
    # A port in use is an error; without this, several processes would share it.
    ("grpc.so_reuseport", 0),
    # Clients ping idle connections every 30 s; gRPC's own minimum of 5 minutes would answer with GOAWAY.
    ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
)

_log = logs.logger()


class Server:
    """Serves the servicers that are added to it.

    Args:
        listen: where to listen, as host:port; port 0 takes a free one.
        authenticator: identifies the caller.
        capacity: the most calls in progress.
    """

    def __init__(
        self, listen: str, authenticator: access_tokens.Authenticator, *, capacity: int = admission.CAPACITY
    ) -> None:
        self._listen = listen
        self._pipeline = pipeline.Pipeline(authenticator, admission.Admission(capacity))
        self._server = grpc.aio.server(options=_OPTIONS)
        self._handlers = _Handlers()
        self._server.add_generic_rpc_handlers((self._handlers,))
        self._health = _Health()
        self._services: list[str] = []
        self.port = 0

    def add(self, register: Callable[[Any, Any], None], servicer: object) -> Server:
        """Adds a servicer by its generated `add_…Servicer_to_server`; returns the server itself."""
        register(servicer, _Registrar(self._handlers, self._pipeline, self._services))
        return self

    async def start(self) -> None:
        """Starts to take calls. Health reports SERVING only after `ready`."""
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            [*self._services, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        self.port = self._server.add_insecure_port(self._listen)
        await self._server.start()

    async def ready(self) -> None:
        """Reports SERVING, so that the mesh sends calls."""
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)
        _log.info("serving", port=self.port, services=self._services)

    async def stop(self, grace: float = _GRACE_SECONDS) -> None:
        """Leaves the mesh, lets running calls end for `grace` seconds at most, and stops."""
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        await asyncio.sleep(_LEAVE_SECONDS)
        self._health.end_watches()
        self._pipeline.open_streams.end_all()
        await self._server.stop(grace)

    async def _set_health(self, state: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for service in ("", *self._services):
            await self._health.set(service, state)


class _Health(health.aio.HealthServicer):  # type: ignore[misc] # The library states no types.
    """Reports whether services serve. Streams of health never end by themselves, so a stop ends them."""

    def __init__(self) -> None:
        super().__init__()
        self._watches: set[asyncio.Task[Any]] = set()

    async def Watch(self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]) -> None:  # noqa: N802
        watch = asyncio.ensure_future(super().Watch(request, context))
        self._watches.add(watch)
        try:
            await asyncio.wait({watch})
        finally:
            self._watches.discard(watch)
            watch.cancel()
        if watch.done() and not watch.cancelled():
            watch.result()
        await context.abort(grpc.StatusCode.UNAVAILABLE, "The server stops.")

    def end_watches(self) -> None:
        """Cancels all streams of health."""
        for watch in self._watches:
            watch.cancel()


class _Handlers(grpc.GenericRpcHandler):
    """The handlers of all services by path. gRPC would search one generic handler for each service in turn."""

    def __init__(self) -> None:
        self.of: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Returns the handler of a method, None if there is no such method."""
        return self.of.get(handler_call_details.method)


class _Registrar:
    """Takes the place of the server in generated code and wraps each handler."""

    def __init__(self, handlers: _Handlers, through: pipeline.Pipeline, services: list[str]) -> None:
        self._handlers = handlers
        self._pipeline = through
        self._services = services

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        """Does nothing: generated code passes the same handlers to `add_registered_method_handlers`."""

    def add_registered_method_handlers(
        self, service: str, handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        """Wraps and adds the handlers of a service, by method name."""
        described: descriptor.ServiceDescriptor = descriptor_pool.Default().FindServiceByName(service)
        methods = method_policy.of(described)
        for name, handler in handlers.items():
            path = f"/{service}/{name}"
            self._handlers.of[path] = self._pipeline.wrap(methods[path], handler)
        self._services.append(service)
