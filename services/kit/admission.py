"""Admission control: a process works on a bounded number of calls at once, and refuses the least urgent ones first.

A process that accepts every call works on all of them slowly, until each takes longer than its caller waits and
nothing that it does is of use to anybody.
"""

from collections.abc import Mapping

from marquee.policy.v1 import policy_pb2
from prometheus_client import Counter, Gauge

from services.kit import errors, method_policy

#: The most calls that a process works on at once.
CAPACITY = 256

#: The share of the capacity up to which calls of a class are admitted; the rest is kept for classes with a larger one.
#: A viewer who cannot browse tries again; one whose heartbeats fail loses the picture.
_SHARES: Mapping[policy_pb2.RateClass.ValueType, float] = {
    policy_pb2.RATE_CLASS_BROWSE: 0.5,
    policy_pb2.RATE_CLASS_SEARCH: 0.5,
    policy_pb2.RATE_CLASS_OPERATE: 0.5,
    policy_pb2.RATE_CLASS_WRITE: 0.75,
    policy_pb2.RATE_CLASS_CREDENTIAL: 0.75,
}

#: The share of its timeout that a call of these classes may wait before it starts. Then it would end too late to be of
#: use, and the next ones wait longer.
_LONGEST_WAIT = 0.5

_REFUSED = Counter("marquee_calls_refused", "Calls refused because too many were in progress.", ["rate_class"])
_IN_PROGRESS = Gauge("marquee_calls_in_progress", "Calls in progress.")


class Admission:
    """Counts the calls in progress of one event loop.

    Args:
        capacity: the most calls in progress.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self._in_progress = 0
        _IN_PROGRESS.set_function(lambda: self._in_progress)

    def limit(self, method: method_policy.Method) -> int:
        """Returns up to how many calls in progress a call of the method is admitted."""
        return int(self.capacity * _SHARES.get(method.rate_class, 1.0))

    def enter(self, limit: int) -> bool:
        """Counts a call and returns true, unless `limit` calls are in progress."""
        if self._in_progress >= limit:
            return False
        self._in_progress += 1
        return True

    def leave(self) -> None:
        """Counts a call that was admitted as ended."""
        self._in_progress -= 1

    def refuse(self, method: method_policy.Method) -> errors.Overloaded:
        """Counts a call that was not admitted; returns its error."""
        _REFUSED.labels(policy_pb2.RateClass.Name(method.rate_class).removeprefix("RATE_CLASS_").lower()).inc()
        return errors.Overloaded()


def has_waited_too_long(method: method_policy.Method, waited: float) -> bool:
    """Returns whether a call that is not urgent waited too many seconds to be started."""
    return method.rate_class in _SHARES and method.timeout is not None and waited > method.timeout * _LONGEST_WAIT
