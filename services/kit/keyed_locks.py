"""One lock for each key, within a process."""

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Hashable


class KeyedLocks:
    """Locks by key. A lock exists for as long as it is held or waited for."""

    def __init__(self) -> None:
        self._locks: weakref.WeakValueDictionary[Hashable, asyncio.Lock] = weakref.WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def hold(self, key: Hashable) -> AsyncIterator[None]:
        """Holds the lock of a key during the block. Those who wait for it get it in their order."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield

    def __len__(self) -> int:
        """Returns how many locks are held or waited for."""
        return len(self._locks)
