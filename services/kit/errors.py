"""Expected failures, by canonical code.

Error:
    ├── InvalidArgument      the request itself is invalid
    ├── Unauthenticated      the caller has no valid credentials
    ├── PermissionDenied     the caller lacks a permission
    ├── NotFound             the resource does not exist, or the caller may not know of it
    ├── AlreadyExists        the resource exists already
    ├── FailedPrecondition   the state of the resource does not allow it
    ├── Aborted              another change came first; read again and retry
    ├── ResourceExhausted    a limit or quota is reached
    ├── Unimplemented        there is no such method
    ├── DeadlineExceeded     the deadline has passed
    ├── Unavailable          an engine or a service is away; try again
    └── Internal             a fault of the service

A service derives one class per error reason of its contract and sets `reason` and `domain`. What crosses the wire is
the code, the reason, the domain, the metadata, the message and the details; the class itself does not.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2

from services.kit import timestamps

#: The domain of the reasons that every service shares.
PLATFORM = "platform.marquee"


class Error(Exception):
    """A failure that the caller receives with its reason."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN
    reason: str = ""
    domain: str = ""

    def __init__(
        self,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        details: Sequence[Message] = (),
        reason: str | None = None,
        domain: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = dict(metadata or {})
        self.details = tuple(details)
        if reason is not None:
            self.reason = reason
        if domain is not None:
            self.domain = domain


class InvalidArgument(Error):
    """The request itself is wrong."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class Unauthenticated(Error):
    """The caller has no valid credentials."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(Error):
    """The caller lacks a permission."""

    code = grpc.StatusCode.PERMISSION_DENIED


class NotFound(Error):
    """The resource does not exist, or the caller may not know of it."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(Error):
    """The resource exists already."""

    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPrecondition(Error):
    """The state of the resource does not allow it."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class Aborted(Error):
    """Another change came first; read again and retry."""

    code = grpc.StatusCode.ABORTED


class ResourceExhausted(Error):
    """A limit or quota is reached."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unimplemented(Error):
    """There is no such method."""

    code = grpc.StatusCode.UNIMPLEMENTED


class DeadlineExceeded(Error):
    """The deadline has passed."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"
    domain = PLATFORM


class Unavailable(Error):
    """An engine or a service is away; try again."""

    code = grpc.StatusCode.UNAVAILABLE


class Internal(Error):
    """A fault of the service."""

    code = grpc.StatusCode.INTERNAL
    reason = "INTERNAL"
    domain = PLATFORM


class RequestInvalid(InvalidArgument):
    """The request breaks rules of the contract."""

    reason = "REQUEST_INVALID"
    domain = PLATFORM


class RequestTooLarge(ResourceExhausted):
    """The request is larger than its method takes."""

    reason = "REQUEST_TOO_LARGE"
    domain = PLATFORM

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"The request has more than {max_bytes:,} bytes.")


class PageTokenInvalid(InvalidArgument):
    """The page token is broken, or belongs to another list or other filters."""

    reason = "PAGE_TOKEN_INVALID"
    domain = PLATFORM


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    reason = "DATABASE_UNAVAILABLE"
    domain = PLATFORM

    def __init__(self) -> None:
        super().__init__("The database does not answer; try again.")


class DatabaseTimeout(DatabaseUnavailable):
    """A statement of the database took longer than it may."""

    reason = "DATABASE_TIMEOUT"

    def __init__(self) -> None:
        Unavailable.__init__(self, "The database took too long; try again.")


class RedisUnavailable(Unavailable):
    """Redis does not answer."""

    reason = "REDIS_UNAVAILABLE"
    domain = PLATFORM

    def __init__(self) -> None:
        super().__init__("Redis does not answer; try again.")


class RateLimited(ResourceExhausted):
    """The budget of calls is used up; `retry` is the delay in seconds."""

    reason = "RATE_LIMITED"
    domain = "gateway.marquee"

    def __init__(self, retry: float, rate_class: str | None = None) -> None:
        delay = timedelta(milliseconds=max(1, math.ceil(retry * 1000)))
        super().__init__(
            "Too many calls; come back later.",
            metadata={"rate_class": rate_class.lower()} if rate_class else {},
            details=[retry_info(delay)],
        )


class Overloaded(Unavailable):
    """Too many calls are in progress; this one was refused before it did anything."""

    reason = "OVERLOADED"
    domain = PLATFORM

    def __init__(self) -> None:
        super().__init__(
            "Too many calls are in progress; try again in a moment.", details=[retry_info(timedelta(seconds=1))]
        )


class TitleNotFound(NotFound):
    """There is no such title, or none that the caller may know of."""

    reason = "TITLE_NOT_FOUND"
    domain = PLATFORM

    def __init__(self, title_id: str) -> None:
        super().__init__(f"There is no title {title_id}.", metadata={"title_id": title_id})


class EpisodeNotFound(NotFound):
    """There is no such episode, or none that the caller may know of."""

    reason = "EPISODE_NOT_FOUND"
    domain = PLATFORM

    def __init__(self, episode_id: str) -> None:
        super().__init__(f"There is no episode {episode_id}.", metadata={"episode_id": episode_id})


class SubjectNotSupported(InvalidArgument):
    """The method does not work on subjects of this kind."""

    reason = "SUBJECT_NOT_SUPPORTED"
    domain = PLATFORM

    def __init__(self, kind: str) -> None:
        super().__init__(f"This method does not take a {kind}.", metadata={"kind": kind})


class EtagMismatch(Aborted):
    """The resource was changed since the caller read it."""

    reason = "ETAG_MISMATCH"
    domain = PLATFORM

    def __init__(self, resource: str) -> None:
        super().__init__(f"{resource} was changed since it was read; read it again.", metadata={"resource": resource})


class RequestIdReused(InvalidArgument):
    """Another request with other contents had the same `request_id`."""

    reason = "REQUEST_ID_REUSED"
    domain = PLATFORM

    def __init__(self) -> None:
        super().__init__("Another request with other contents had this request_id; use a new one.")


def retry_info(delay: timedelta) -> error_details_pb2.RetryInfo:
    """Returns the detail that says after which delay the caller may try again."""
    return error_details_pb2.RetryInfo(retry_delay=timestamps.from_timedelta(delay))


#: The class for each code, for errors that come back from a peer.
BY_CODE: Mapping[grpc.StatusCode, type[Error]] = {
    kind.code: kind
    for kind in (
        InvalidArgument,
        Unauthenticated,
        PermissionDenied,
        NotFound,
        AlreadyExists,
        FailedPrecondition,
        Aborted,
        ResourceExhausted,
        Unimplemented,
        DeadlineExceeded,
        Unavailable,
        Internal,
    )
}
