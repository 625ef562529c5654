"""Lists, replays and drops the dead letters of services in Redis."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from redis.exceptions import RedisError

from services.kit import dead_letters
from services.kit import redis as kit_redis


class RedisFailed(Exception):
    """Redis could not be reached or refused a command; the text is its error."""


async def list_rows(url: str, services: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the dead letters of the services, the oldest first. Raises `RedisFailed`."""
    async with _open_redis(url) as redis:
        return [
            {
                "service": service,
                "id": letter.letter_id,
                "time": letter.time.isoformat(timespec="seconds"),
                "stream": letter.stream,
                "event_id": letter.event.event_id if letter.event else "",
                "payload": (letter.event.WhichOneof("payload") if letter.event else None) or "",
                "cause": letter.cause,
            }
            for service in services
            async for letter in dead_letters.DeadLetters(service, redis).list()
        ]


async def replay(url: str, service: str, letter_ids: Sequence[str] | None) -> int:
    """Replays the dead letters, or all with `None`, and returns how many there were. Raises `RedisFailed`."""
    async with _open_redis(url) as redis:
        return await dead_letters.DeadLetters(service, redis).replay(letter_ids)


async def drop(url: str, service: str, letter_ids: Sequence[str] | None) -> int:
    """Drops the dead letters, or all with `None`, and returns how many there were. Raises `RedisFailed`."""
    async with _open_redis(url) as redis:
        return await dead_letters.DeadLetters(service, redis).drop(letter_ids)


@contextlib.asynccontextmanager
async def _open_redis(url: str) -> AsyncIterator[kit_redis.Client]:
    try:
        redis = kit_redis.connect(url)
        try:
            yield redis
        finally:
            await redis.aclose()
    except (RedisError, OSError, ValueError) as error:
        raise RedisFailed(f"Redis: {error}") from error
