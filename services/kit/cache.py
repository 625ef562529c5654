"""A bounded cache of encoded responses, dropped by events."""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.kit import clock


@dataclass(slots=True)
class _Entry:
    value: bytes
    #: In seconds since 1970.
    expires: float | None
    tags: tuple[Hashable, ...]


class Cache:
    """Keeps the most recently used values, as many as fit.

    Args:
        time: tells when an entry has expired.
        most_bytes: how many bytes of values to keep.
        most_values: how many values to keep, however small: a flood of empty answers must have an end too.
    """

    def __init__(self, time: clock.Clock, *, most_bytes: int = 32 * 1024 * 1024, most_values: int = 20_000) -> None:
        self._time = time
        self._most_bytes = most_bytes
        self._most_values = most_values
        self._bytes = 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._tagged: defaultdict[Hashable, set[Hashable]] = defaultdict(set)

    def get(self, key: Hashable) -> bytes | None:
        """Answers the value under `key`, None if there is none or it has expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires is not None and entry.expires <= self._time.seconds():
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(
        self,
        key: Hashable,
        value: bytes,
        *,
        expire_time: datetime | None = None,
        tags: Iterable[Hashable] = (),
    ) -> bytes:
        """Keeps `value` under `key` until `expire_time`, or until one of `tags` is dropped; answers the value."""
        self._remove(key)
        entry = _Entry(value, expire_time.timestamp() if expire_time else None, tuple(tags))
        self._entries[key] = entry
        self._bytes += len(value)
        for tag in entry.tags:
            self._tagged[tag].add(key)
        while self._bytes > self._most_bytes or len(self._entries) > self._most_values:
            self._remove(next(iter(self._entries)))
        return value

    def drop(self, tag: Hashable) -> None:
        """Forgets every value under `tag`."""
        for key in tuple(self._tagged.get(tag, ())):
            self._remove(key)

    def clear(self) -> None:
        """Forgets everything."""
        self._entries.clear()
        self._tagged.clear()
        self._bytes = 0

    def _remove(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._bytes -= len(entry.value)
        for tag in entry.tags:
            keys = self._tagged[tag]
            keys.discard(key)
            if not keys:
                del self._tagged[tag]
