"""Encoded answers, kept until what they tell may have changed."""

from collections.abc import Hashable, Iterable
from datetime import datetime

from services.kit import cache, clock


class ResponseCache:
    """Keeps answers, and forgets all that a change touches.

    Args:
        time: tells when an answer has expired.
        most_bytes: how many bytes of answers to keep.
    """

    def __init__(self, time: clock.Clock, *, most_bytes: int) -> None:
        self._cache = cache.Cache(time, most_bytes=most_bytes)
        #: How many changes have come so far; who makes an answer notes it before reading.
        self.changes = 0

    def get(self, key: Hashable) -> bytes | None:
        """Answers what is kept under `key`; None if nothing is."""
        return self._cache.get(key)

    def keep(
        self,
        key: Hashable,
        answer: bytes,
        *,
        since: int,
        tags: Iterable[Hashable],
        expire_time: datetime | None = None,
    ) -> bytes:
        """Keeps an answer, unless a change came while it was being made: it may tell of the time before.

        Args:
            key: what to keep it under.
            answer: the answer, which is answered in turn.
            since: what `changes` was when the making began.
            tags: what it depends on.
            expire_time: when it ends by itself.
        """
        if since == self.changes:
            self._cache.put(key, answer, expire_time=expire_time, tags=tags)
        return answer

    def forget(self, tags: Iterable[Hashable]) -> None:
        """Forgets what depends on one of `tags`."""
        self.changes += 1
        for tag in tags:
            self._cache.drop(tag)

    def forget_all(self) -> None:
        """Forgets everything."""
        self.changes += 1
        self._cache.clear()
