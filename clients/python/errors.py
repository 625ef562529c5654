"""The errors that calls raise."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import grpc
from google.protobuf import any_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from marquee.entitlement.v1 import entitlement_pb2

_TRAILER = "grpc-status-details-bin"

_M = TypeVar("_M", bound=Message)


class MarqueeError(Exception):
    """A call was refused. Switch on `reason`, never on the message."""

    def __init__(
        self, code: grpc.StatusCode, message: str, info: error_details_pb2.ErrorInfo, details: Sequence[Message]
    ) -> None:
        super().__init__(f"{info.reason}: {message}" if info.reason else message)
        #: The gRPC status code.
        self.code = code
        #: A sentence in English for developers.
        self.message = message
        #: The reason as the contract names it, such as `TITLE_NOT_FOUND`; empty if the platform did not respond.
        self.reason = info.reason
        #: The domain of the reason, such as `catalog.marquee`.
        self.domain = info.domain
        #: The values that the comment of the reason names.
        self.metadata: Mapping[str, str] = dict(info.metadata)
        #: The other details of the error.
        self.details = tuple(details)

    @property
    def violations(self) -> Mapping[str, str]:
        """The violations of the request: a description for each field path."""
        broken = self._detail(error_details_pb2.BadRequest)
        return {found.field: found.description for found in broken.field_violations} if broken else {}

    @property
    def retry_delay(self) -> timedelta | None:
        """How long to wait before the next attempt; None if the platform did not say."""
        retry_info = self._detail(error_details_pb2.RetryInfo)
        return retry_info.retry_delay.ToTimedelta() if retry_info else None

    def _detail(self, kind: type[_M]) -> _M | None:
        return next((detail for detail in self.details if isinstance(detail, kind)), None)


class AccessDenied(MarqueeError):
    """The viewer may not watch this now; `decision` says why, and how the viewer could."""

    def __init__(
        self, code: grpc.StatusCode, message: str, info: error_details_pb2.ErrorInfo, details: Sequence[Message]
    ) -> None:
        super().__init__(code, message, info, details)
        #: The same decision that `CheckAccess` returns.
        self.decision = self._detail(entitlement_pb2.AccessDecision) or entitlement_pb2.AccessDecision()


def from_rpc_error(failed: grpc.aio.AioRpcError) -> MarqueeError:
    """Returns the error of the SDK for a failed call."""
    status = _status(failed)
    details = [message for detail in status.details if (message := _unpacked(detail)) is not None]
    infos = [detail for detail in details if isinstance(detail, error_details_pb2.ErrorInfo)]
    rest = [detail for detail in details if not isinstance(detail, error_details_pb2.ErrorInfo)]
    denied = any(isinstance(detail, entitlement_pb2.AccessDecision) for detail in rest)
    kind = AccessDenied if denied else MarqueeError
    text = status.message or failed.details() or failed.code().name
    return kind(failed.code(), text, infos[0] if infos else error_details_pb2.ErrorInfo(), rest)


def _status(failed: grpc.aio.AioRpcError) -> status_pb2.Status:
    trailers = dict(failed.trailing_metadata() or ())
    try:
        return status_pb2.Status.FromString(bytes(trailers.get(_TRAILER, b"")))
    except (DecodeError, TypeError):  # A proxy responded, not the platform.
        return status_pb2.Status()


def _unpacked(detail: any_pb2.Any) -> Message | None:
    try:
        described = descriptor_pool.Default().FindMessageTypeByName(detail.TypeName())
    except KeyError:  # The type is newer than this SDK.
        return None
    message = message_factory.GetMessageClass(described)()
    return message if detail.Unpack(message) else None
