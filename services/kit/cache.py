"""Bounded caches, which keep the most recently used entries. No other module of the services bounds a cache.

Entries that do not expire are kept in a plain `cachetools.LRUCache`. Its `TTLCache` searches for expired entries at
each access, which takes ten times as long as the access.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

import cachetools

from services.kit import clock

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class ExpiringCache(Generic[_K, _V]):
    """Keeps values until they expire, the most recently used ones.

    Args:
        time: decides when a value has expired.
        most_values: how many values to keep.
        lifetime: how long a value is kept that is put without an expiry; None for as long as it fits.
    """

    def __init__(self, time: clock.Clock, *, most_values: int, lifetime: timedelta | None = None) -> None:
        self._time = time
        self._lifetime = None if lifetime is None else lifetime.total_seconds()
        self._entries: cachetools.LRUCache[_K, tuple[_V, float | None]] = cachetools.LRUCache(most_values)

    def get(self, key: _K) -> _V | None:
        """Returns the value under `key`, None if there is none or it has expired."""
        # Not `get`, which would look a value up three times.
        try:
            value, expires = self._entries[key]
        except KeyError:
            return None
        if expires is None or self._time.seconds() < expires:
            return value
        del self._entries[key]
        return None

    def put(self, key: _K, value: _V, *, expires: float | None = None) -> _V:
        """Keeps `value` under `key` until `expires` (seconds since 1970) or for the lifetime; returns the value."""
        if expires is None and self._lifetime is not None:
            expires = self._time.seconds() + self._lifetime
        self._entries[key] = (value, expires)
        return value

    def drop(self, key: _K) -> None:
        """Removes the value under `key`, if there is one."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Removes all values."""
        self._entries.clear()

    def __len__(self) -> int:
        """Returns how many values there are, expired ones included."""
        return len(self._entries)


class _Entry(NamedTuple):
    value: bytes
    #: In seconds since 1970.
    expires: float | None
    tags: tuple[Hashable, ...]


class _Entries(cachetools.LRUCache[Hashable, _Entry]):
    """Entries by their keys, and the keys by their tags."""

    def __init__(self, most_bytes: int, most_values: int) -> None:
        # Each value counts at least this much, which bounds the number of values too.
        minimum = -(-most_bytes // most_values)
        super().__init__(most_bytes, getsizeof=lambda entry: max(len(entry.value), minimum))
        self.keys_by_tag: defaultdict[Hashable, set[Hashable]] = defaultdict(set)

    def __setitem__(self, key: Hashable, entry: _Entry) -> None:
        super().__setitem__(key, entry)
        for tag in entry.tags:
            self.keys_by_tag[tag].add(key)

    def __delitem__(self, key: Hashable) -> None:
        tags = self[key].tags
        super().__delitem__(key)
        for tag in tags:
            keys = self.keys_by_tag[tag]
            keys.discard(key)
            if not keys:
                del self.keys_by_tag[tag]

    def clear(self) -> None:
        super().clear()  # This removes the entries without `__delitem__`.
        self.keys_by_tag.clear()


class Cache:
    """Keeps encoded responses, which events drop by their tags.

    Args:
        time: decides when an entry has expired.
        most_bytes: how many bytes of values to keep.
        most_values: how many values to keep, however small.
    """

    def __init__(self, time: clock.Clock, *, most_bytes: int = 32 * 1024 * 1024, most_values: int = 20_000) -> None:
        self._time = time
        self._most_bytes = most_bytes
        self._entries = _Entries(most_bytes, most_values)
        #: How many times values were removed. Read it before reading the data that a value is made of.
        self.generation = 0

    def get(self, key: Hashable) -> bytes | None:
        """Returns the value under `key`, None if there is none or it has expired."""
        try:
            entry = self._entries[key]
        except KeyError:
            return None
        if entry.expires is None or self._time.seconds() < entry.expires:
            return entry.value
        del self._entries[key]
        return None

    def put(
        self,
        key: Hashable,
        value: bytes,
        *,
        expire_time: datetime | None = None,
        tags: Iterable[Hashable] = (),
        generation: int | None = None,
    ) -> bytes:
        """Keeps `value` under `key` until `expire_time`, or until one of `tags` is dropped; returns the value.

        A value that is larger than the cache is not kept, nor one of an earlier `generation`: the data that it is made
        of may have changed since.
        """
        if generation is not None and generation != self.generation:
            return value
        self._entries.pop(key, None)
        if len(value) <= self._most_bytes:
            expires = expire_time.timestamp() if expire_time else None
            self._entries[key] = _Entry(value, expires, tuple(tags))
        return value

    def drop(self, *tags: Hashable) -> None:
        """Removes every value under one of `tags`."""
        self.generation += 1
        for tag in tags:
            for key in tuple(self._entries.keys_by_tag.get(tag, ())):
                del self._entries[key]

    def clear(self) -> None:
        """Removes all values."""
        self.generation += 1
        self._entries.clear()
