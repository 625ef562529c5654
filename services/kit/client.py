"""Calls to other services: over the mesh, on behalf of the caller, within its deadline."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import grpc

from services.kit import context, errors, method_policy, service_identity, status

#: Subtracted from the caller's remaining time, so that the service that is late reports the missed deadline.
_MARGIN_SECONDS = 0.02

_OPTIONS = (
    # Slower than the servers' minimum, or they answer with GOAWAY too_many_pings.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A replica that died is dialed again at once; gRPC's default is a minute.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


class Mesh:
    """Opens channels to other services by their area.

    Args:
        identity: signs the calls of this service.
        peers: fixed addresses by area; areas without one are resolved by the control plane, which
            `GRPC_XDS_BOOTSTRAP` names.
    """

    def __init__(self, identity: service_identity.ServiceIdentity, peers: Mapping[str, str] | None = None) -> None:
        self._identity = identity
        self._peers = dict(peers or {})
        self._channels: dict[str, grpc.aio.Channel] = {}

    def channel(self, area: str) -> grpc.aio.Channel:
        """Returns the channel to an area, balanced over its healthy replicas; the same one each time."""
        if area not in self._channels:
            interceptors: list[Any] = [
                _Unary(area, self._identity),
                _Streaming(area, self._identity),
                _Uploading(area, self._identity),
            ]
            target = self._peers.get(area) or f"xds:///{area}"
            self._channels[area] = grpc.aio.insecure_channel(target, options=_OPTIONS, interceptors=interceptors)
        return self._channels[area]

    async def close(self) -> None:
        """Ends all channels."""
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()


class _Outgoing:
    """Adds metadata and a deadline to each outgoing call, and translates its failure."""

    def __init__(self, area: str, identity: service_identity.ServiceIdentity) -> None:
        self._area = area
        self._identity = identity

    def _details(self, details: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
        call = context.current()
        metadata = [
            *(details.metadata or ()),
            ("x-request-id", call.request_id),
            ("x-marquee-service", self._identity.token_for(self._area)),
        ]
        if call.caller.token:
            metadata.append(("authorization", f"Bearer {call.caller.token}"))
        return grpc.aio.ClientCallDetails(
            method=details.method,
            timeout=_time_for(call.remaining(), details.timeout, _allowed(details.method)),
            metadata=grpc.aio.Metadata(*metadata),
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
        )

    @contextlib.contextmanager
    def _translated(self) -> Any:
        try:
            yield
        except grpc.aio.AioRpcError as failed:
            raise status.raised_by(failed, self._area) from None


class _Unary(_Outgoing, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        with self._translated():
            call = await continuation(self._details(client_call_details), request)
            return await call


class _Uploading(_Outgoing, grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request_iterator: Any
    ) -> Any:
        with self._translated():
            call = await continuation(self._details(client_call_details), request_iterator)
            # Awaited here only for its failure: for an upload, grpc.aio expects the call itself.
            await call
            return call


class _Streaming(_Outgoing, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> AsyncIterator[Any]:
        call = await continuation(self._details(client_call_details), request)

        async def messages() -> AsyncIterator[Any]:
            with self._translated():
                async for message in call:
                    yield message

        return messages()


def _allowed(path: str | bytes) -> float | None:
    """Returns the seconds that the method's policy allows."""
    method = method_policy.at(path.decode() if isinstance(path, bytes) else path)
    return None if method is None else method.timeout


def _time_for(remaining: float | None, requested: float | None, allowed: float | None) -> float | None:
    """Returns the least of the caller's remaining time, the timeout of this call and that of the method's policy."""
    left = None if remaining is None else remaining - _MARGIN_SECONDS
    limits = [seconds for seconds in (left, requested, allowed) if seconds is not None]
    if not limits:
        return None
    if min(limits) <= 0:
        raise errors.DeadlineExceeded("No time is left to ask another service.")
    return min(limits)
