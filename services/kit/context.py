"""The context of a call: caller, request id and deadline."""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from services.kit import ids


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller. An anonymous one has no account; a service calls for a user or for itself."""

    account_id: str = ""
    profile_id: str = ""
    roles: frozenset[str] = frozenset()
    tier: str = ""
    #: The highest MaturityRating that the caller sees, by its number.
    maturity_ceiling: int = 0
    #: ISO 3166-1 alpha-2; empty if unknown.
    country_code: str = ""
    language_code: str = "en"
    #: The token family that the access token belongs to.
    family_id: str = ""
    #: The access token itself, which calls to other services carry.
    token: str = field(default="", repr=False)
    #: The service that calls, if it is one.
    service: str = ""


ANONYMOUS = Caller()


@dataclass(slots=True)
class Call:
    """One call as it runs."""

    method: str
    request_id: str
    caller: Caller = ANONYMOUS
    #: When the call must end, on the monotonic clock; None for never.
    deadline: float | None = None
    #: Whether the edge made the call from JSON, whose fields are spelled in camelCase.
    from_json: bool = False

    def remaining(self) -> float | None:
        """Returns the seconds until the deadline; None without one."""
        return None if self.deadline is None else self.deadline - time.monotonic()


CURRENT: ContextVar[Call | None] = ContextVar("call", default=None)


def current() -> Call:
    """Returns the call that is running; work outside of a call gets a request id of its own."""
    call = CURRENT.get()
    if call is None:
        call = Call(method="", request_id=ids.new())
        CURRENT.set(call)
    return call


def caller() -> Caller:
    """Returns the caller."""
    return current().caller
