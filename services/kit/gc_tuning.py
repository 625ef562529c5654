"""Keeps the garbage collector from looking again and again at what stays.

A service holds hundreds of thousands of objects for as long as it lives: titles, facts, indexes. Python's full
collection looks at every one of them, a tenth of a second at a time in which nobody is answered, only to find that all
are still there. So what has survived a full collection that took long is not looked at again (`gc.freeze`). Counting
references still frees it; only what refers to itself in a circle would stay, and what is held for long does not.
"""

import gc
import time
from collections.abc import Mapping

#: A collection that takes longer than this has looked at what stays.
_LONG_SECONDS = 0.01
_FULL = 2
#: So many objects more than there are may come before the youngest are looked at. Python's own 700 are gone through
#: within a few calls, when most of what these made is still in use.
_YOUNG, _MIDDLE, _OLD = 10_000, 10, 10


class Keeper:
    """Watches collections.

    Args:
        long: what has survived a full collection of so many seconds is not looked at again.
    """

    def __init__(self, long: float = _LONG_SECONDS) -> None:
        self._long = long
        self._began = 0.0

    def __call__(self, phase: str, told: Mapping[str, int]) -> None:
        """Is told by the collector when it begins and when it has ended."""
        if told["generation"] != _FULL:
            return
        if phase == "start":
            self._began = time.perf_counter()
        elif time.perf_counter() - self._began >= self._long:
            gc.freeze()


def install() -> None:
    """Has a keeper watch the collections of this process."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.callbacks.append(Keeper())
