"""Converts errors to google.rpc.Status and back; nothing else builds statuses."""

from __future__ import annotations

import re
from collections.abc import Sequence

import grpc
from google.protobuf import any_pb2, symbol_database
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from services.kit import context, errors

#: The trailer that carries a serialised google.rpc.Status, by the gRPC convention.
TRAILER = "grpc-status-details-bin"

#: The trailer that keeps clients of gRPC from retrying a call by themselves (gRFC A6).
NO_RETRY = ("grpc-retry-pushback-ms", "-1")

#: The broken rules that an error names. A status travels in trailers, which gRPC may refuse from 8 KiB on.
_MAX_NAMED = 10

_WORD_BREAK = re.compile(r"\[[^\]]*\]|_([a-z0-9])")


def of(error: errors.Error) -> status_pb2.Status:
    """Returns the status of `error`: ErrorInfo first, then the error's own details."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=error.domain, metadata=error.metadata)
    return status_pb2.Status(
        code=error.code.value[0],
        message=error.message,
        details=[_packed(detail) for detail in (info, *error.details)],
    )


def violations(broken: Sequence[tuple[str, str]]) -> errors.RequestInvalid:
    """Returns the error for broken rules, each a field path and what is wrong with it; it names the first ten.

    Paths are spelled as the running call spells its fields.
    """
    more = f"; and {len(broken) - _MAX_NAMED} more" if len(broken) > _MAX_NAMED else ""
    broken = broken[:_MAX_NAMED]
    call = context.CURRENT.get()
    if call is not None and call.from_json:
        broken = [(_camel_case(field), text) for field, text in broken]
    detail = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=field, description=text) for field, text in broken
        ]
    )
    summary = "; ".join(f"{field or 'request'}: {text}" for field, text in broken)
    return errors.RequestInvalid(f"The request is not valid: {summary}{more}.", details=[detail])


def raised_by(call: grpc.aio.AioRpcError, service: str) -> errors.Error:
    """Returns the error in the status of a failed `call`; `service` names the peer if it did not respond at all."""
    kind = errors.BY_CODE.get(call.code(), errors.Internal)
    status = _status_in(call)
    if status is None:
        return _without_details(kind, call, service)
    info, rest = error_details_pb2.ErrorInfo(), []
    for detail in status.details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            detail.Unpack(info)
        elif (message := _unpacked(detail)) is not None:
            rest.append(message)
    metadata = dict(info.metadata)
    return kind(status.message, metadata=metadata, details=rest, reason=info.reason, domain=info.domain)


def _without_details(kind: type[errors.Error], call: grpc.aio.AioRpcError, service: str) -> errors.Error:
    """Returns the error of a status without details, which comes from the transport, not from the peer."""
    unreachable = kind is errors.Unavailable
    return kind(
        f"{service} does not answer; try again." if unreachable else (call.details() or call.code().name),
        metadata={"service": service},
        reason="SERVICE_UNAVAILABLE" if unreachable else kind.reason or call.code().name,
        domain=errors.PLATFORM,
    )


def _status_in(call: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    for key, value in call.trailing_metadata() or ():
        if key == TRAILER and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                return None
    return None


def _camel_case(path: str) -> str:
    """Returns a field path as JSON spells it; keys and indexes in brackets are unchanged."""
    return _WORD_BREAK.sub(lambda match: (match[1] or "").upper() if match[0][0] == "_" else match[0], path)


def _packed(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


def _unpacked(detail: any_pb2.Any) -> Message | None:
    try:
        kind = symbol_database.Default().GetSymbol(detail.TypeName())
    except KeyError:  # This process does not know the type.
        return None
    message: Message = kind()
    detail.Unpack(message)
    return message
