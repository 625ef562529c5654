"""For tests of services: sends requests with edge values in every field of every method; none may end as INTERNAL.

async with testing.channel_to(registration) as channel:
    await boundary_requests.check(channel, "marquee.viewing.v1.ViewingService", metadata=testing.bearing(token))
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import hypothesis
from google.protobuf import descriptor, descriptor_pool, message_factory
from google.protobuf.message import Message
from hypothesis import strategies as st

from services.kit import clock, method_policy, request_sanitizer, testing

#: The value of every id that is not replaced by an edge value.
ID = "0190aaaa-bbbb-7ccc-8ddd-0123456789ef"
_SECONDS = 20.0
_MAX_RESPONSES = 3
_FAULTS = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
#: Reasons by which a caller is refused before the handler runs, so that nothing would be tested.
_REFUSED = frozenset({"TOKEN_REQUIRED", "PROFILE_REQUIRED", "ROLE_REQUIRED", "CALLER_NOT_ALLOWED"})

_D = descriptor.FieldDescriptor
_STRINGS = ("\0", "a\0b", "", " ", "'%_\\", "\U0010ffff\u202e\ufffe", "x" * 4_000)
_IDS = (ID.upper(), f"{ID[:-1]}\0", "{" + ID + "}", ID.replace("-", ""))
_FLOATS = (0.0, -0.0, math.nan, math.inf, -math.inf, 1.7e308, -1.7e308, 5e-324)
_INSTANTS = (
    (-62_135_596_800, 0),  # The first instant of protobuf, and the one before.
    (-62_135_596_801, 999_999_999),
    (253_402_300_799, 999_999_999),  # The last one, and what 9999-12-31T23:59:59-12:00 means.
    (253_402_343_999, 0),
    (1_767_225_599, 999_999_999),
    (0, 1_000_000_000),
    (0, -1),
    (2**63 - 1, 2**31 - 1),
    (-(2**63), -(2**31)),
)
_DURATIONS = ((315_576_000_000, 999_999_999), (-315_576_000_000, 0), (2**63 - 1, 0), (1, -1), (-1, 0), (0, 999_999_999))
_NUMBERS: Mapping[int, Sequence[Any]] = {
    _D.TYPE_BOOL: (False, True),
    _D.TYPE_BYTES: (b"", b"\0", b"\xff" * 100),
    _D.TYPE_DOUBLE: _FLOATS,
    _D.TYPE_FLOAT: (0.0, math.nan, math.inf, -math.inf, 3.4e38),
    _D.TYPE_ENUM: (0, 1, 12_345, -1),
    **dict.fromkeys((_D.TYPE_INT32, _D.TYPE_SINT32, _D.TYPE_SFIXED32), (-(2**31), -1, 0, 1, 2**31 - 1)),
    **dict.fromkeys((_D.TYPE_INT64, _D.TYPE_SINT64, _D.TYPE_SFIXED64), (-(2**63), -1, 0, 1, 2**63 - 1)),
    **dict.fromkeys((_D.TYPE_UINT32, _D.TYPE_FIXED32), (0, 1, 2**32 - 1)),
    **dict.fromkeys((_D.TYPE_UINT64, _D.TYPE_FIXED64), (0, 1, 2**64 - 1)),
}


@dataclass(frozen=True)
class _Edge:
    """An edge value, and the field that it is for."""

    fields: tuple[descriptor.FieldDescriptor, ...]
    value: Any

    def __repr__(self) -> str:
        return f"{'.'.join(field.name for field in self.fields)}={self.value!r}"


async def check(
    channel: grpc.aio.Channel,
    *services: str,
    metadata: Sequence[tuple[str, str]] = (),
    bases: Mapping[str, Message] | None = None,
    only: Collection[str] = (),
    silent: Collection[str] = (),
    examples: int = 100,
    time: clock.Clock | None = None,
) -> None:
    """Raises AssertionError naming every request that ended as INTERNAL or UNKNOWN, or whose caller was refused.

    Each field of each method of `services` is set to each edge of its kind, one at a time; then hypothesis combines
    edges. Whatever else a call ends with is well.

    Args:
        channel: leads to the servicers through the kit's pipeline, such as that of `testing.channel_to`.
        services: their full names.
        metadata: who calls; internal methods are called by a service that the contract names instead.
        bases: by name of the method, such as `SaveBookmark`, a request that its handler accepts. Edge values
            replace its fields. Without one, a request has an id in every field for ids, and nothing else.
        only: names of methods, where not all are to be called.
        silent: names of streams whose second response takes long; only their first one is read.
        examples: how many combinations hypothesis tries.
        time: the clock of the servicers, if it is not the one of `testing`.
    """
    methods = [
        _Method(
            channel,
            method,
            _caller_of(method, time) or metadata,
            (bases or {}).get(method.name),
            1 if method.name in silent else _MAX_RESPONSES,
        )
        for service in services
        for method in descriptor_pool.Default().FindServiceByName(service).methods
        if not only or method.name in only
    ]
    faults = [
        fault for method in methods for edge in method.edges if (fault := await method.fault_of([edge])) is not None
    ]
    if not faults:
        faults = [fault async for fault in _combined([method for method in methods if method.edges], examples)]
    if faults:
        raise AssertionError("\n".join(["These requests ended as a fault of the service:", *faults]))


def _caller_of(method: descriptor.MethodDescriptor, time: clock.Clock | None) -> Sequence[tuple[str, str]]:
    """Returns the metadata of a service that may call an internal method; nothing for other methods."""
    callers = method_policy.of_method(method).callers
    return testing.as_service(min(callers), time) if callers else ()


async def _combined(methods: Sequence[_Method], examples: int) -> AsyncIterator[str]:
    """Yields the smallest failing combination that hypothesis finds, if there is one."""
    loop = asyncio.get_running_loop()
    requests = st.sampled_from(methods).flatmap(
        lambda method: st.tuples(st.just(method), st.lists(st.sampled_from(method.edges), min_size=2, max_size=5))
    )

    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(requests)
    def try_one(request: tuple[_Method, list[_Edge]]) -> None:
        method, edges = request
        fault = asyncio.run_coroutine_threadsafe(method.fault_of(edges), loop).result()
        if fault is not None:
            raise _Fault(fault)

    try:
        await asyncio.to_thread(try_one)
    except _Fault as fault:
        yield str(fault)


class _Fault(Exception):
    """A request ended as a fault of the service."""


class _Method:
    """One method, and the edge values of its requests."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        method: descriptor.MethodDescriptor,
        metadata: Sequence[tuple[str, str]],
        base: Message | None,
        most_responses: int,
    ) -> None:
        self._path = f"/{method.containing_service.full_name}/{method.name}"
        self._metadata = tuple(metadata)
        self._base = base or _with_ids(method.input_type)
        self._streams_requests = method.client_streaming
        self.edges = list(_edges_of(method.input_type, ()))
        self._is_stream = method.server_streaming
        self._most_responses = most_responses
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        self._call: Any = getattr(channel, kind)(self._path, type(self._base).SerializeToString)

    def __repr__(self) -> str:
        return self._path

    async def fault_of(self, edges: Sequence[_Edge]) -> str | None:
        """Sends a request with these edges; returns the fault that it ended with, or None."""
        request = type(self._base)()
        request.CopyFrom(self._base)
        for edge in edges:
            _put(request, edge)
        try:
            await self._finish(iter([request]) if self._streams_requests else request)
        except grpc.aio.AioRpcError as failed:
            if failed.code() in _FAULTS:
                return f"{self._path} {edges!r}: {failed.code().name} {failed.details()}"
            if testing.reason_of(failed) in _REFUSED:
                return f"{self._path}: the caller is refused with {testing.reason_of(failed)}"
        return None

    async def _finish(self, request: Any) -> None:
        call = self._call(request, metadata=self._metadata, timeout=_SECONDS)
        if not self._is_stream:
            await call
            return
        responses = 0
        async for _ in call:
            responses += 1
            if responses == self._most_responses:
                call.cancel()
                return


def _edges_of(message_type: descriptor.Descriptor, parents: tuple[descriptor.FieldDescriptor, ...]) -> Iterator[_Edge]:
    for field in message_type.fields:
        child = field.message_type
        path = (*parents, field)
        if child is None:
            for value in _values_of(field):
                yield _Edge(path, value)
        elif child.full_name == "google.protobuf.Timestamp":
            yield from (_Edge(path, value) for value in _INSTANTS)
        elif child.full_name == "google.protobuf.Duration":
            yield from (_Edge(path, value) for value in _DURATIONS)
        elif all(parent.message_type is not child for parent in parents) and not child.GetOptions().map_entry:
            yield from _edges_of(child, path)


def _values_of(field: descriptor.FieldDescriptor) -> Sequence[Any]:
    if field.type == _D.TYPE_STRING:
        return (*_IDS, *_STRINGS) if request_sanitizer.is_id(field) else _STRINGS
    return _NUMBERS[field.type]


def _with_ids(message_type: descriptor.Descriptor) -> Message:
    """Returns a message with an id in each of its own fields for ids."""
    message = message_factory.GetMessageClass(message_type)()
    for field in message_type.fields:
        if request_sanitizer.is_id(field) and field.containing_oneof is None:
            _put(message, _Edge((field,), ID))
    return message


def _put(message: Any, edge: _Edge) -> None:
    """Sets the field of an edge: in lists on its path the first item; a list itself gets one item."""
    *parents, field = edge.fields
    for parent in parents:
        child = getattr(message, parent.name)
        if parent.is_repeated:
            child = child[0] if child else child.add()
        else:
            child.SetInParent()
        message = child
    if field.is_repeated:
        del getattr(message, field.name)[:]
    if field.message_type is not None:
        seconds, nanos = edge.value
        time = getattr(message, field.name)
        time = time.add() if field.is_repeated else time
        time.seconds, time.nanos = seconds, nanos
    elif field.is_repeated:
        getattr(message, field.name).append(edge.value)
    else:
        setattr(message, field.name, edge.value)
