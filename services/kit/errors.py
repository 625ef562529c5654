"""Expected failures, by canonical code.

Error:
    ├── InvalidArgument      the request itself is wrong
    ├── Unauthenticated      nobody vouches for the caller
    ├── PermissionDenied     the caller may not
    ├── NotFound             there is no such thing, or none that the caller may know of
    ├── AlreadyExists        there is such a thing already
    ├── FailedPrecondition   not in this state
    ├── Aborted              somebody else was faster; read again and retry
    ├── ResourceExhausted    too much, for now
    ├── Unimplemented        there is no such method
    ├── DeadlineExceeded     the time ran out
    ├── Unavailable          try again
    └── Internal             a fault of ours

A service derives one class per error reason of its contract and sets `reason` and `domain`. What crosses the wire is
the code, the reason, the domain, the metadata, the message and the details; the class itself does not.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import grpc
from google.protobuf.message import Message

#: The domain of the reasons that every service shares.
PLATFORM = "platform.marquee"


class Error(Exception):
    """A failure that the caller is told of, with its reason."""

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
    """Nobody vouches for the caller."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(Error):
    """The caller may not."""

    code = grpc.StatusCode.PERMISSION_DENIED


class NotFound(Error):
    """There is no such thing, or none that the caller may know of."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(Error):
    """There is such a thing already."""

    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPrecondition(Error):
    """Not in this state."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class Aborted(Error):
    """Somebody else was faster."""

    code = grpc.StatusCode.ABORTED


class ResourceExhausted(Error):
    """Too much, for now."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unimplemented(Error):
    """There is no such method."""

    code = grpc.StatusCode.UNIMPLEMENTED


class DeadlineExceeded(Error):
    """The time ran out."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"
    domain = PLATFORM


class Unavailable(Error):
    """Try again."""

    code = grpc.StatusCode.UNAVAILABLE


class Internal(Error):
    """A fault of ours."""

    code = grpc.StatusCode.INTERNAL
    reason = "INTERNAL"
    domain = PLATFORM


class RequestInvalid(InvalidArgument):
    """The request breaks rules of the contract."""

    reason = "REQUEST_INVALID"
    domain = PLATFORM


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


class RedisUnavailable(Unavailable):
    """Redis does not answer."""

    reason = "REDIS_UNAVAILABLE"
    domain = PLATFORM

    def __init__(self) -> None:
        super().__init__("Redis does not answer; try again.")


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
