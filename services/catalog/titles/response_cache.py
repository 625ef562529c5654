"""Encoded responses, kept until a change may affect them."""

from collections.abc import Hashable, Iterable
from datetime import datetime

from services.kit import cache, clock


class ResponseCache:
    """Keeps encoded responses and drops those that a change affects.

    Args:
        time: decides when a response has expired.
        most_bytes: how many bytes of responses to keep.
    """

    def __init__(self, time: clock.Clock, *, most_bytes: int) -> None:
        self._cache = cache.Cache(time, most_bytes=most_bytes)
        #: The number of changes so far. Note it before reading what a response is made of.
        self.generation = 0

    def get(self, key: Hashable) -> bytes | None:
        """Returns the response under `key`, None if there is none."""
        return self._cache.get(key)

    def put(
        self,
        key: Hashable,
        response: bytes,
        *,
        generation: int,
        tags: Iterable[Hashable],
        expire_time: datetime | None = None,
    ) -> bytes:
        """Keeps a response and returns it. Does not keep it if a change came since it was begun.

        Args:
            key: what to keep it under.
            response: the encoded response.
            generation: the generation when the response was begun.
            tags: what it depends on.
            expire_time: when it expires even without a change.
        """
        if generation == self.generation:
            self._cache.put(key, response, expire_time=expire_time, tags=tags)
        return response

    def invalidate(self, tags: Iterable[Hashable]) -> None:
        """Drops the responses that depend on one of `tags`."""
        self.generation += 1
        for tag in tags:
            self._cache.drop(tag)
