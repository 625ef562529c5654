"""Outages of PostgreSQL, Redis and other services are distinguished from faults of the code."""

import asyncpg
import pytest
import redis.exceptions
from sqlalchemy import exc, text

from services.kit import db, errors, outages


@pytest.mark.parametrize(
    "error",
    [
        errors.DatabaseUnavailable(),
        errors.DeadlineExceeded("late"),
        ConnectionRefusedError(),
        TimeoutError(),
        redis.exceptions.ConnectionError(),
        redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        redis.exceptions.ResponseError("MISCONF Redis is configured to save RDB snapshots"),
        redis.exceptions.ResponseError("Command # 1 (XADD s * event x) of pipeline caused error: MISCONF Redis is"),
        redis.exceptions.ReadOnlyError("You can't write against a read only replica."),
        asyncpg.DiskFullError("no space left"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
        asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
        asyncpg.ConnectionDoesNotExistError("connection was closed"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        exc.TimeoutError("QueuePool limit reached"),
        ExceptionGroup("both", [errors.RedisUnavailable(), asyncpg.AdminShutdownError("shutting down")]),
    ],
    ids=repr,
)
def test_errors_of_an_unavailable_engine_are_outages(error):
    assert outages.is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError(),
        FileNotFoundError("gone"),
        errors.NotFound("no such title"),
        errors.Internal("a fault"),
        redis.exceptions.ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"),
        asyncpg.UniqueViolationError("duplicate key"),
        asyncpg.UndefinedTableError("no such table"),
        ExceptionGroup("one", [errors.RedisUnavailable(), KeyError("x")]),
    ],
    ids=repr,
)
def test_errors_of_the_code_are_no_outages(error):
    assert not outages.is_outage(error)


DATABASE, TIMEOUT, REDIS = "DATABASE_UNAVAILABLE", "DATABASE_TIMEOUT", "REDIS_UNAVAILABLE"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (asyncpg.QueryCanceledError("canceling statement due to statement timeout"), TIMEOUT),
        (asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"), DATABASE),
        (asyncpg.DeadlockDetectedError("deadlock detected"), DATABASE),
        (asyncpg.InterfaceError("connection is closed"), DATABASE),
        (exc.TimeoutError("QueuePool limit reached"), DATABASE),
        (redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), REDIS),
        (redis.exceptions.ReadOnlyError("You can't write against a read only replica."), REDIS),
        (ExceptionGroup("both", [asyncpg.AdminShutdownError("bye"), redis.exceptions.ConnectionError()]), DATABASE),
        (ExceptionGroup("one", [asyncpg.AdminShutdownError("bye"), KeyError("x")]), None),
        (redis.exceptions.ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"), None),
        (asyncpg.UniqueViolationError("duplicate key"), None),
        (ConnectionRefusedError(), None),
        (ZeroDivisionError(), None),
    ],
    ids=repr,
)
def test_the_error_names_the_unavailable_engine(error, reason):
    converted = outages.error_of(error)

    assert reason == (converted and converted.reason)
    assert converted is None or isinstance(converted, errors.Unavailable)


async def raised_by(database, *statements):
    try:
        async with database.transaction() as session:
            for statement in statements:
                await session.execute(text(statement))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is classified.
        return error


async def test_errors_of_sqlalchemy_are_classified_by_sqlstate(url):
    database = db.Database(url, "kit", statement_timeout=0.05)

    cancelled = await raised_by(database, "SELECT pg_sleep(5)")
    read_only = await raised_by(database, "SET TRANSACTION READ ONLY", "INSERT INTO done VALUES ('x')")
    unknown = await raised_by(database, "SELECT * FROM nowhere")
    await database.close()

    assert [True, True, False] == [outages.is_outage(each) for each in (cancelled, read_only, unknown)]
