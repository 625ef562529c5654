"""Distinguishes an engine or a service that cannot work now from a fault of the work itself."""

from __future__ import annotations

import re
import sys

from redis import exceptions as redis_errors

from services.kit import errors

#: Classes of PostgreSQL's SQLSTATE that do not mean a wrong statement: 08 connection, 40 rolled back to be tried
#: again, 53 out of disk, memory or connections, 57 shut down, starting or cancelled, 58 errors of the machine.
_CLASSES = frozenset({"08", "40", "53", "57", "58"})
#: 25006: a transaction that writes met a server that became read-only, as after a failover. 25P03: the server ended a
#: transaction that was idle. 55P03: a lock was not to be had in time.
_STATES = frozenset({"25006", "25P03", "55P03"})
#: A statement was cancelled, most often because it took longer than it may.
_CANCELLED = "57014"

_REDIS = (
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.OutOfMemoryError,
    redis_errors.ReadOnlyError,
    redis_errors.MasterDownError,
    redis_errors.ClusterDownError,
    redis_errors.TryAgainError,
)
#: Error codes of Redis that redis-py has no class for; NOGROUP after it came back without its data. A pipeline puts
#: words of its own before them.
_REDIS_CODES = re.compile(
    r"\b(MISCONF|OOM|READONLY|LOADING|MASTERDOWN|NOREPLICAS|NOAUTH|NOPERM|NOGROUP|BUSY|UNKILLABLE)\b"
)

#: What the file system says of one path is no outage.
_OF_A_PATH = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


def is_outage(raised: BaseException) -> bool:
    """Returns whether `raised` means "not now": the same work may succeed later, unchanged.

    Outages are connection errors, timeouts, `errors.Unavailable` and `errors.DeadlineExceeded`, PostgreSQL's classes
    08, 40, 53, 57 and 58 and the states 25006, 25P03 and 55P03, and a Redis that is away, full, read-only or cannot
    save. A group of exceptions is an outage when each of them is.
    """
    if isinstance(raised, BaseExceptionGroup):
        return all(is_outage(each) for each in raised.exceptions)
    if isinstance(raised, errors.Unavailable | errors.DeadlineExceeded | redis_errors.ConnectionError):
        return True
    if isinstance(raised, OSError):  # TimeoutError is one of them.
        return not isinstance(raised, _OF_A_PATH)
    if isinstance(raised, redis_errors.RedisError):
        return isinstance(raised, _REDIS) or bool(_REDIS_CODES.search(str(raised)))
    return is_database_outage(raised)


def error_of(raised: BaseException) -> errors.Error | None:
    """Returns the error that the caller of a method gets for an outage of PostgreSQL or Redis, None for all else.

    A group of exceptions is an outage when each of them is; the first one names it.
    """
    if isinstance(raised, BaseExceptionGroup):
        found = [error_of(each) for each in raised.exceptions]
        return found[0] if all(found) else None
    if isinstance(raised, redis_errors.RedisError):
        return errors.RedisUnavailable() if is_outage(raised) else None
    if is_database_outage(raised):
        return errors.DatabaseTimeout() if sqlstate(raised) == _CANCELLED else errors.DatabaseUnavailable()
    return None


def is_database_outage(raised: BaseException) -> bool:
    """Returns whether an error of SQLAlchemy or asyncpg is an outage of PostgreSQL."""
    # A process without a database should not load SQLAlchemy to classify an error.
    if "asyncpg" not in sys.modules:
        return False
    import asyncpg
    from sqlalchemy import exc

    if isinstance(raised, asyncpg.InterfaceError | asyncpg.InternalClientError | exc.InterfaceError | exc.TimeoutError):
        return True
    if isinstance(raised, exc.DBAPIError):
        return raised.connection_invalidated or _is_state_of_outage(sqlstate(raised))
    return isinstance(raised, asyncpg.PostgresError) and _is_state_of_outage(sqlstate(raised))


def sqlstate(raised: BaseException) -> str:
    """Returns the SQLSTATE of an error of SQLAlchemy or asyncpg, empty if it has none."""
    cause = getattr(raised, "orig", None) or raised
    return str(getattr(cause, "sqlstate", "") or "")


def _is_state_of_outage(state: str) -> bool:
    return state[:2] in _CLASSES or state in _STATES
