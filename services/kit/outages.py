"""Distinguishes an engine or a service that cannot work now from a fault of the work itself."""

from __future__ import annotations

import re
import sys

from redis import exceptions as redis_errors

from services.kit import errors

#: Classes of PostgreSQL's SQLSTATE that do not mean a wrong statement: 08 connection, 28 login refused, 40 rolled back
#: to be tried again, 53 out of disk, memory or connections, 57 shut down, starting or cancelled, 58 errors of the
#: machine, F0 configuration of the server.
_CLASSES = frozenset({"08", "28", "40", "53", "57", "58", "F0"})
#: 25006: a transaction that writes met a server that became read-only, as after a failover. 25P03, 25P04: the server
#: ended a transaction that was idle or took too long. 3D000: there is no such database, as during a restore. 55P03: a
#: lock was not to be had in time. 72000: the snapshot was too old.
_STATES = frozenset({"25006", "25P03", "25P04", "3D000", "55P03", "72000"})
#: States of these classes that a repetition does not mend: 40002 breaks a constraint.
_FAULTS = frozenset({"40002"})
#: Errors with these severities end the session, whatever their state: the server refuses or ends connections.
_ENDS_SESSION = frozenset({"FATAL", "PANIC"})
#: A statement was cancelled, most often because it took longer than it may.
_CANCELLED = "57014"
#: asyncpg has one class for a connection that was lost and for a wrong use of its methods; the messages differ.
_LOST = re.compile(
    "connection is closed|pool is clos|released back to the pool|another operation is cancelling|authenticat",
    re.IGNORECASE,
)

_REDIS = (
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.InvalidResponse,
    redis_errors.OutOfMemoryError,
    redis_errors.ReadOnlyError,
    redis_errors.NoPermissionError,
    redis_errors.NoScriptError,
    redis_errors.WatchError,
    redis_errors.MasterDownError,
    redis_errors.ClusterDownError,
    redis_errors.TryAgainError,
    redis_errors.AskError,
)
#: Error codes of Redis that redis-py has no class for; NOGROUP and UNBLOCKED after it came back without its data. A
#: pipeline or a script puts words of its own before them.
_REDIS_CODES = re.compile(
    r"\b(MISCONF|OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|NOAUTH|NOPERM|NOGROUP|UNBLOCKED|NOSCRIPT|BUSY|"
    r"UNKILLABLE)\b"
)

#: What the file system says of one path is no outage.
_OF_A_PATH = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


def is_outage(raised: BaseException) -> bool:
    """Returns whether `raised` means "not now": the same work may succeed later, unchanged.

    Outages are connection errors, timeouts, `errors.Unavailable` and `errors.DeadlineExceeded`, errors of PostgreSQL
    that end the session or have a state of `_CLASSES` or `_STATES`, and a Redis that is away, full, read-only or cannot
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
    from sqlalchemy import exc

    if isinstance(raised, exc.TimeoutError | exc.DisconnectionError | exc.PendingRollbackError):
        return True
    if isinstance(raised, exc.DBAPIError):
        return raised.connection_invalidated or _is_driver_outage(raised.driver_exception)
    return _is_driver_outage(raised)


def _is_driver_outage(raised: BaseException) -> bool:
    import asyncpg

    if isinstance(raised, asyncpg.InvalidCachedStatementError):  # A migration ran meanwhile.
        return True
    if isinstance(raised, asyncpg.PostgresError):
        state = sqlstate(raised)
        is_listed = (state[:2] in _CLASSES or state in _STATES) and state not in _FAULTS
        return is_listed or getattr(raised, "severity_en", None) in _ENDS_SESSION
    if isinstance(raised, asyncpg.InterfaceError):
        return bool(_LOST.search(str(raised)))
    # A protocol that broke off, types that changed since they were read, or no server that takes writes.
    return isinstance(raised, asyncpg.InternalClientError)


def sqlstate(raised: BaseException) -> str:
    """Returns the SQLSTATE of an error of SQLAlchemy or asyncpg, empty if it has none."""
    cause = getattr(raised, "orig", None) or raised
    return str(getattr(cause, "sqlstate", "") or "")
