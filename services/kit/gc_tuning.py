"""Tunes the garbage collector for processes that hold many long-lived objects.

A service holds hundreds of thousands of objects for as long as it runs: titles, facts, indexes. A full collection of
Python visits each of them, which blocks all calls for a tenth of a second. Objects that survived a slow full
collection are therefore frozen (`gc.freeze`) and not visited again. Reference counting still frees them; only cycles
among frozen objects would stay, and long-lived objects form none.
"""

import gc
import time
from collections.abc import Mapping

#: A full collection that takes longer than this visited long-lived objects.
_LONG_SECONDS = 0.01
_FULL = 2
#: How many objects are allocated before the youngest generation is collected. With Python's default of 700, a
#: collection runs every few calls, while most of their objects are still in use.
_YOUNG, _MIDDLE, _OLD = 10_000, 10, 10


class LongLivedObjectFreezer:
    """Freezes long-lived objects after a slow full collection.

    Args:
        long: how many seconds make a full collection slow.
    """

    def __init__(self, long: float = _LONG_SECONDS) -> None:
        self._long = long
        self._began = 0.0

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        """Notes the start of a collection and measures it at its end; called by the collector."""
        if info["generation"] != _FULL:
            return
        if phase == "start":
            self._began = time.perf_counter()
        elif time.perf_counter() - self._began >= self._long:
            gc.freeze()


def install() -> None:
    """Tunes the collector of this process."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.callbacks.append(LongLivedObjectFreezer())
