"""Long-lived objects are frozen after a slow garbage collection."""

import contextlib
import gc

from services.kit import gc_tuning


@contextlib.contextmanager
def callback_installed(callback):
    """Calls a callback for garbage collections during the block, and undoes its effects after it."""
    gc.callbacks.append(callback)
    try:
        yield
    finally:
        gc.callbacks.remove(callback)
        gc.unfreeze()


class Cycle:
    """Refers to itself, so that only a garbage collection frees it."""

    freed = 0

    def __init__(self):
        self.own = self

    def __del__(self):
        Cycle.freed += 1


def test_survivors_of_a_slow_full_collection_are_frozen():
    with callback_installed(gc_tuning.LongLivedObjectFreezer(long=0.0)):
        gc.collect()
        assert gc.get_freeze_count() > 0
        assert len(gc.get_objects()) < gc.get_freeze_count()


def test_short_or_young_collections_freeze_nothing():
    with callback_installed(gc_tuning.LongLivedObjectFreezer(long=3600.0)):
        gc.collect()
    with callback_installed(gc_tuning.LongLivedObjectFreezer(long=0.0)):
        gc.collect(0)
        gc.collect(1)
        assert gc.get_freeze_count() == 0


def test_later_objects_are_still_collected():
    freed = Cycle.freed
    with callback_installed(gc_tuning.LongLivedObjectFreezer(long=0.0)):
        gc.collect()
        Cycle()
        gc.collect()
        assert freed + 1 == Cycle.freed
