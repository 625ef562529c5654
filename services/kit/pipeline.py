"""The steps before each handler: context, log line, metrics, authentication, authorization and validation.

Handlers are wrapped once, when the server is built. An interceptor of grpc.aio would look the handler up again with
each call.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, NoReturn

import grpc
from marquee.policy.v1 import policy_pb2

from services.kit import (
    access_tokens,
    admission,
    context,
    deadlines,
    errors,
    ids,
    logs,
    method_policy,
    metrics,
    open_streams,
    outages,
    service_identity,
    status,
    validation,
)

#: The audiences of viewers, who send small requests.
_VIEWERS = {policy_pb2.AUDIENCE_PUBLIC, policy_pb2.AUDIENCE_ACCOUNT, policy_pb2.AUDIENCE_PROFILE}
#: grpcio reports a missing deadline as a remaining time of centuries.
_NO_DEADLINE = 10 * 365 * 24 * 3600.0
_ROLES = {
    policy_pb2.AUDIENCE_EDITOR: frozenset({"editor", "admin"}),
    policy_pb2.AUDIENCE_ADMIN: frozenset({"admin"}),
}
_LONGEST_REQUEST_ID = 128
#: The header that Envoy's transcoder adds.
_TRANSCODED = "x-envoy-original-path"
#: Looking up an enumeration member takes as long as writing a log line, so it is done once.
_OK = grpc.StatusCode.OK

_log = logs.logger()


class TokenRequired(errors.Unauthenticated):
    """The method needs an access token."""

    reason, domain = "TOKEN_REQUIRED", errors.PLATFORM


class ProfileRequired(errors.PermissionDenied):
    """The method needs a token that is bound to a profile."""

    reason, domain = "PROFILE_REQUIRED", errors.PLATFORM


class RoleRequired(errors.PermissionDenied):
    """The method needs a role that the account does not have."""

    reason, domain = "ROLE_REQUIRED", errors.PLATFORM


class CallerNotAllowed(errors.PermissionDenied):
    """The service that calls is not one of those that may call the method."""

    reason, domain = "CALLER_NOT_ALLOWED", errors.PLATFORM

    def __init__(self, service: str) -> None:
        super().__init__(f"The service {service} may not call this.", metadata={"service": service})


class MethodUnknown(errors.Unimplemented):
    """There is no such method, or none that this caller may know of."""

    reason, domain = "METHOD_UNKNOWN", errors.PLATFORM


class ServiceStopping(errors.Unavailable):
    """The replica that serves a stream stops; another one continues it."""

    reason, domain = "SERVICE_UNAVAILABLE", errors.PLATFORM

    def __init__(self, service: str) -> None:
        super().__init__(f"This replica of {service} stops; call again.", metadata={"service": service})


def authorize(method: method_policy.Method, caller: context.Caller) -> None:
    """Checks that a caller belongs to the audience of a method. Raises Unauthenticated or PermissionDenied.

    Internal methods are open to the services that the contract names. Other methods are open to a service that calls
    for a user as they are to that user; a service that calls for itself may call those that are public. The operator
    may call every method that is not internal.
    """
    audience = method.audience
    if audience == policy_pb2.AUDIENCE_PUBLIC:
        return
    if audience == policy_pb2.AUDIENCE_INTERNAL:
        if not caller.service:
            raise MethodUnknown("There is no such method.")
        if caller.service not in method.callers:
            raise CallerNotAllowed(caller.service)
        return
    if caller.service and not caller.account_id:
        if caller.service != service_identity.OPERATOR:
            raise CallerNotAllowed(caller.service)
        return
    if not caller.account_id:
        raise TokenRequired("Sign in to call this.")
    if audience == policy_pb2.AUDIENCE_PROFILE and not caller.profile_id:
        raise ProfileRequired("Select a profile to call this.")
    wanted = _ROLES.get(audience)
    if wanted is not None and not wanted & caller.roles:
        role = "admin" if audience == policy_pb2.AUDIENCE_ADMIN else "editor"
        raise RoleRequired(f"This needs the role {role}.", metadata={"role": role})


class Pipeline:
    """Wraps handlers.

    Args:
        authenticator: identifies the caller.
        gate: bounds the calls in progress.
    """

    def __init__(self, authenticator: access_tokens.Authenticator, gate: admission.Admission) -> None:
        self._authenticator = authenticator
        self._gate = gate
        self._deadlines = deadlines.Deadlines()
        self.open_streams = open_streams.OpenStreams()

    def wrap(self, method: method_policy.Method, handler: Any) -> grpc.RpcMethodHandler[Any, Any]:
        """Returns a handler that runs every step of the pipeline before `handler`, a grpc.RpcMethodHandler."""
        invoker = MethodInvoker(self._authenticator, self._gate, self._deadlines, self.open_streams, method)
        limit = validation.MAX_VIEWER_BYTES if method.audience in _VIEWERS else validation.MAX_BYTES
        parser = validation.RequestParser(handler.request_deserializer, limit)
        serialize = handler.response_serializer

        def encoded(message: Any) -> bytes:
            return message if type(message) is bytes else serialize(message)

        # Without a deserializer gRPC passes the bytes of the request, which `validation` parses.
        if handler.request_streaming and handler.response_streaming:
            behaviour = invoker.streaming(handler.stream_stream, parser.parse_stream)
            return grpc.stream_stream_rpc_method_handler(behaviour, response_serializer=encoded)
        if handler.response_streaming:
            behaviour = invoker.streaming(handler.unary_stream, parser.parse)
            return grpc.unary_stream_rpc_method_handler(behaviour, response_serializer=encoded)
        if handler.request_streaming:
            behaviour = invoker.single(handler.stream_unary, parser.parse_stream)
            return grpc.stream_unary_rpc_method_handler(behaviour, response_serializer=encoded)
        behaviour = invoker.single(handler.unary_unary, parser.parse)
        return grpc.unary_unary_rpc_method_handler(behaviour, response_serializer=encoded)


class MethodInvoker:
    """Runs the calls of one method: every step before its handler, and the status after it."""

    def __init__(
        self,
        authenticator: access_tokens.Authenticator,
        gate: admission.Admission,
        watch: deadlines.Deadlines,
        streams: open_streams.OpenStreams,
        method: method_policy.Method,
    ) -> None:
        self._authenticator = authenticator
        self._gate = gate
        self._limit = gate.limit(method)
        self._deadlines = watch
        self._open_streams = streams
        self._method = method
        self._metrics = metrics.of(method.path)

    def single(self, behaviour: Callable[..., Any], read: Callable[[Any], Any]) -> Callable[..., Any]:
        """Wraps a handler with one response."""

        async def answer(request: Any, rpc: grpc.aio.ServicerContext[Any, Any]) -> Any:
            started = time.monotonic()
            call, authorization, service_token, waited = self._open(rpc, started)
            code = _OK
            failure: errors.Error | None = None
            # A service calls for a call that was admitted before; refusing it would waste the work on that one.
            limit = self._gate.capacity if service_token else self._limit
            if admission.has_waited_too_long(self._method, waited) or not self._gate.enter(limit):
                failure = self._gate.refuse(self._method)
                self._metrics.record(failure.code, time.monotonic() - started)
                await _refuse(rpc, failure)
            task: Any = self._deadlines.current_task()
            if call.deadline is not None:
                self._deadlines.watch(task, call.deadline)
            try:
                known = None if service_token else self._authenticator.known(authorization)
                call.caller = known or await self._authenticator.caller(authorization, service_token, self._method.area)
                authorize(self._method, call.caller)
                return await behaviour(read(request), rpc)
            except asyncio.CancelledError:
                if call.deadline is None or time.monotonic() < call.deadline:
                    code = grpc.StatusCode.CANCELLED
                    raise
                task.uncancel()
                failure = errors.DeadlineExceeded("The time for this call ran out.")
                code = failure.code
            except BaseException as raised:  # noqa: BLE001 - every failure becomes a status here.
                failure = _error_of(raised, call)
                code = failure.code
            finally:
                self._gate.leave()
                self._deadlines.forget(task)
                self._close(call, code, failure, started)
            return await _refuse(rpc, failure)

        return answer

    def streaming(self, behaviour: Callable[..., Any], read: Callable[[Any], Any]) -> Callable[..., Any]:
        """Wraps a handler with a stream of responses."""

        async def answer(request: Any, rpc: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
            started = time.monotonic()
            call, authorization, service_token, _ = self._open(rpc, started)
            code = _OK
            failure: errors.Error | None = None
            task: Any = asyncio.current_task()
            stays_open = self._method.timeout is None
            try:
                call.caller = await self._authenticator.caller(authorization, service_token, self._method.area)
                authorize(self._method, call.caller)
                with self._open_streams.hold(task) if stays_open else contextlib.nullcontext():
                    async for message in behaviour(read(request), rpc):
                        yield message
            except GeneratorExit:
                code = grpc.StatusCode.CANCELLED
                raise
            except asyncio.CancelledError:
                if not (stays_open and self._open_streams.is_ending):
                    code = grpc.StatusCode.CANCELLED
                    raise
                task.uncancel()
                failure = ServiceStopping(self._method.area)
                code = failure.code
            except BaseException as raised:  # noqa: BLE001 - every failure becomes a status here.
                failure = _error_of(raised, call)
                code = failure.code
            finally:
                self._close(call, code, failure, started)
            if failure is not None:
                await _refuse(rpc, failure)

        return answer

    def _open(self, rpc: grpc.aio.ServicerContext[Any, Any], now: float) -> tuple[context.Call, str, str, float]:
        """Returns the call, its credentials, and how many seconds it has waited for this process."""
        metadata: dict[str, Any] = dict(rpc.invocation_metadata() or ())
        remaining, sent = rpc.time_remaining(), metadata.get(method_policy.EDGE_DEADLINE)
        waited = 0.0 if sent is None or remaining is None else max(0.0, float(sent) - remaining)
        call = context.Call(
            self._method.path,
            metadata.get("x-request-id", "")[:_LONGEST_REQUEST_ID] or ids.new(),
            context.ANONYMOUS,
            _deadline(remaining, self._method.timeout, now - waited),
            from_json=_TRANSCODED in metadata,
        )
        context.CURRENT.set(call)
        return call, metadata.get("authorization", ""), metadata.get("x-marquee-service", ""), waited

    def _close(self, call: context.Call, code: grpc.StatusCode, failure: errors.Error | None, started: float) -> None:
        seconds = time.monotonic() - started
        self._metrics.record(code, seconds)
        record = {
            "time": time.time(),
            "level": "info",
            "event": "call",
            "service": logs.CallLog.service,
            "request_id": call.request_id,
            "method": call.method,
            "code": "OK" if code is _OK else code.name,
            "milliseconds": int(seconds * 1_000_000) / 1000,
        }
        if call.caller.account_id:
            record["account_id"] = call.caller.account_id
        if call.caller.service:
            record["peer"] = call.caller.service
        if failure is not None:
            record["reason"], record["message"] = failure.reason, failure.message
            if isinstance(failure, errors.Internal):
                _log.error("fault", exc_info=failure.__cause__)
        logs.CallLog.write(record)


def _deadline(remaining: float | None, timeout: float | None, started: float) -> float | None:
    if remaining is not None and remaining < _NO_DEADLINE and (timeout is None or remaining < timeout):
        timeout = remaining
    return None if timeout is None else started + timeout


def _error_of(raised: BaseException, call: context.Call) -> errors.Error:
    """Returns the error that the caller receives; for a fault of the service it states the request id alone."""
    if isinstance(raised, errors.Error):
        return raised
    if not isinstance(raised, Exception):
        raise raised
    outage = outages.error_of(raised)
    if outage is not None:
        _log.warning("outage", reason=outage.reason, exc_info=raised)
        return outage
    internal = errors.Internal(
        "Something is wrong on our side; the request id finds it.", metadata={"request_id": call.request_id}
    )
    internal.__cause__ = raised
    return internal


async def _refuse(rpc: grpc.aio.ServicerContext[Any, Any], failure: errors.Error) -> NoReturn:
    metadata: list[tuple[str, str | bytes]] = [(status.TRAILER, status.of(failure).SerializeToString())]
    if failure.reason == errors.Overloaded.reason:
        # A client of gRPC would repeat the call at once, which adds to the load.
        metadata.append(status.NO_RETRY)
    await rpc.abort(failure.code, failure.message, trailing_metadata=tuple(metadata))
