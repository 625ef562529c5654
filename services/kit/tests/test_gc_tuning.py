"""Long-lived objects are frozen after a slow garbage collection."""

import contextlib
import gc

from services.kit import gc_tuning


@contextlib.contextmanager
def watched_by(keeper):
    """Has a keeper watch the collections, and leaves nothing of that behind."""
    gc.callbacks.append(keeper)
    try:
        yield
    finally:
        gc.callbacks.remove(keeper)
        gc.unfreeze()


class Circle:
    """Refers to itself, so that only a collection frees it."""

    freed = 0

    def __init__(self):
        self.own = self

    def __del__(self):
        Circle.freed += 1


def test_what_survives_a_long_full_collection_is_not_looked_at_again():
    with watched_by(gc_tuning.LongLivedObjectFreezer(long=0.0)):
        gc.collect()
        assert gc.get_freeze_count() > 0
        assert len(gc.get_objects()) < gc.get_freeze_count()


def test_short_collections_and_those_of_the_young_leave_everything_as_it_is():
    with watched_by(gc_tuning.LongLivedObjectFreezer(long=3600.0)):
        gc.collect()
    with watched_by(gc_tuning.LongLivedObjectFreezer(long=0.0)):
        gc.collect(0)
        gc.collect(1)
        assert gc.get_freeze_count() == 0


def test_what_comes_later_is_freed_as_before():
    freed = Circle.freed
    with watched_by(gc_tuning.LongLivedObjectFreezer(long=0.0)):
        gc.collect()
        Circle()
        gc.collect()
        assert freed + 1 == Circle.freed
