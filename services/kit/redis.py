"""Redis: a connection pool, and outages as RedisUnavailable."""

import contextlib
import socket
from collections.abc import Iterator

import redis.asyncio
from redis import exceptions
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from services.kit import errors, outages

#: A machine that disappears does not close its connections; these probes detect it within half a minute.
_KEEPALIVE = {socket.TCP_KEEPIDLE: 10, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 4}

Client = redis.asyncio.Redis

#: What redis-py raises while the server is away or starting.
AWAY = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.BusyLoadingError, OSError)


def connect(url: str, *, timeout: float | None = 2.0) -> Client:
    """Returns a client for `url`; it connects when it is first used.

    Args:
        url: `redis://…`.
        timeout: seconds to wait for an answer; None for clients that wait for events.
    """
    client: Client = redis.asyncio.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=2.0,
        socket_keepalive=True,
        socket_keepalive_options=_KEEPALIVE,
        # One more try on a fresh connection: the pool may hold some from before a restart.
        retry=Retry(ConstantBackoff(0.05), 1),
        retry_on_error=[exceptions.ConnectionError],
    )
    return client


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turns an outage of Redis into RedisUnavailable, also that of one that is full or read-only."""
    try:
        yield
    except (exceptions.RedisError, OSError) as failed:
        if not outages.is_outage(failed):
            raise
        raise errors.RedisUnavailable from failed
