"""Outages of PostgreSQL, Redis and other services are distinguished from faults of the code."""

import asyncio

import asyncpg
import pytest
import redis.exceptions
from asyncpg.exceptions import _base as driver_errors
from sqlalchemy import exc, text

from services.kit import db, errors, outages, testing


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


#: Appendix A of PostgreSQL's documentation: each class of states, and the states in it that differ.
OUTAGE, FAULT = True, False
CLASSES = {
    "03": FAULT,  # SQL statement not yet complete
    "08": OUTAGE,  # connection exception
    "09": FAULT,  # triggered action exception
    "0A": FAULT,  # feature not supported
    "0B": FAULT,  # invalid transaction initiation
    "0F": FAULT,  # locator exception
    "0L": FAULT,  # invalid grantor
    "0P": FAULT,  # invalid role specification
    "0Z": FAULT,  # diagnostics exception
    "10": FAULT,  # XQuery error
    "20": FAULT,  # case not found
    "21": FAULT,  # cardinality violation
    "22": FAULT,  # data exception
    "23": FAULT,  # integrity constraint violation
    "24": FAULT,  # invalid cursor state
    "25": FAULT,  # invalid transaction state
    "26": FAULT,  # invalid SQL statement name
    "27": FAULT,  # triggered data change violation
    "28": OUTAGE,  # invalid authorization specification
    "2B": FAULT,  # dependent privilege descriptors still exist
    "2D": FAULT,  # invalid transaction termination
    "2F": FAULT,  # SQL routine exception
    "34": FAULT,  # invalid cursor name
    "38": FAULT,  # external routine exception
    "39": FAULT,  # external routine invocation exception
    "3B": FAULT,  # savepoint exception
    "3D": OUTAGE,  # invalid catalog name
    "3F": FAULT,  # invalid schema name
    "40": OUTAGE,  # transaction rollback
    "42": FAULT,  # syntax error or access rule violation
    "44": FAULT,  # WITH CHECK OPTION violation
    "53": OUTAGE,  # insufficient resources
    "54": FAULT,  # program limit exceeded
    "55": FAULT,  # object not in prerequisite state
    "57": OUTAGE,  # operator intervention
    "58": OUTAGE,  # system error
    "72": OUTAGE,  # snapshot failure
    "F0": OUTAGE,  # configuration file error
    "HV": FAULT,  # foreign data wrapper error
    "P0": FAULT,  # PL/pgSQL error
    "XX": FAULT,  # internal error
}
STATES = {
    "25006": OUTAGE,  # read-only transaction
    "25P03": OUTAGE,  # idle-in-transaction timeout
    "25P04": OUTAGE,  # transaction timeout
    "40002": FAULT,  # transaction integrity constraint violation
    "55P03": OUTAGE,  # lock not available
}


def subclasses(kind):
    return {kind}.union(*(subclasses(each) for each in kind.__subclasses__()))


@pytest.mark.parametrize(
    "kind",
    sorted((each for each in subclasses(asyncpg.PostgresError) if each.sqlstate), key=lambda each: each.__name__),
)
def test_each_error_of_postgresql_is_an_outage_or_a_fault(kind):
    expected = STATES.get(kind.sqlstate, CLASSES[kind.sqlstate[:2]])
    if kind is asyncpg.InvalidCachedStatementError:  # It succeeds once it is prepared again.
        expected = OUTAGE

    assert expected == outages.is_outage(kind("of a statement"))


@pytest.mark.parametrize(("severity", "expected"), [("FATAL", OUTAGE), ("PANIC", OUTAGE), ("ERROR", FAULT)])
def test_an_error_that_ends_the_session_is_an_outage_whatever_its_state(severity, expected):
    fields = {"C": "42501", "V": severity, "M": "permission denied for database"}

    assert expected == outages.is_outage(asyncpg.PostgresError.new(fields))


DRIVER_ERRORS = {
    asyncpg.InterfaceError("connection is closed"): OUTAGE,
    asyncpg.InterfaceError("cannot perform operation: connection is closed"): OUTAGE,
    asyncpg.InterfaceError("pool is closing"): OUTAGE,
    asyncpg.InterfaceError("cannot call Connection.fetch(): connection has been released back to the pool"): OUTAGE,
    asyncpg.InterfaceError("cannot perform operation: another operation is cancelling"): OUTAGE,
    asyncpg.InterfaceError("unsupported SASL Authentication methods requested by the server: []"): OUTAGE,
    asyncpg.InterfaceError("cannot perform operation: another operation is in progress"): FAULT,
    asyncpg.InterfaceError("the server expects 1 argument for this query, 0 were passed"): FAULT,
    # asyncpg has two classes of this name; the other one is of the server.
    driver_errors.DataError("invalid input for query argument $1: 'x' (an integer is required)"): FAULT,
    asyncpg.ClientConfigurationError("invalid DSN"): FAULT,
    asyncpg.UnsupportedClientFeatureError("no such feature"): FAULT,
    asyncpg.UnsupportedServerFeatureError("no such feature"): FAULT,
    asyncpg.InternalClientError("got result for unknown protocol state 3"): OUTAGE,
    asyncpg.ProtocolError("unexpected number of columns"): OUTAGE,
    asyncpg.OutdatedSchemaCacheError("cached types are out of date"): OUTAGE,
    asyncpg.TargetServerAttributeNotMatched("no host is primary"): OUTAGE,
    asyncpg.UnknownPostgresError("of a state that asyncpg does not know"): FAULT,
    asyncpg.FatalPostgresError("of no state"): FAULT,
}


@pytest.mark.parametrize(("error", "expected"), DRIVER_ERRORS.items(), ids=repr)
def test_each_error_of_asyncpg_is_an_outage_or_a_fault(error, expected):
    assert expected == outages.is_outage(error)


def test_no_error_of_asyncpg_is_missing():
    kinds = {
        kind
        for root in (asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)
        for kind in subclasses(root) - {asyncpg.PostgresError}
        if not getattr(kind, "sqlstate", None) and kind.__module__.startswith("asyncpg.")
    }

    assert {type(error) for error in DRIVER_ERRORS} == kinds


REDIS_ERRORS = {
    redis.exceptions.ConnectionError: OUTAGE,
    redis.exceptions.AuthenticationError: OUTAGE,
    redis.exceptions.AuthorizationError: OUTAGE,
    redis.exceptions.BusyLoadingError: OUTAGE,
    redis.exceptions.ExternalAuthProviderError: OUTAGE,
    redis.exceptions.MaxConnectionsError: OUTAGE,
    redis.exceptions.TimeoutError: OUTAGE,
    redis.exceptions.InvalidResponse: OUTAGE,  # The connection broke off within a reply.
    redis.exceptions.OutOfMemoryError: OUTAGE,
    redis.exceptions.ReadOnlyError: OUTAGE,
    redis.exceptions.NoPermissionError: OUTAGE,
    redis.exceptions.NoScriptError: OUTAGE,  # Redis was started again since the script was loaded.
    redis.exceptions.WatchError: OUTAGE,
    redis.exceptions.ClusterDownError: OUTAGE,
    redis.exceptions.MasterDownError: OUTAGE,
    redis.exceptions.AskError: OUTAGE,
    redis.exceptions.MovedError: OUTAGE,
    redis.exceptions.TryAgainError: OUTAGE,
    redis.exceptions.ClusterError: FAULT,
    redis.exceptions.ClusterCrossSlotError: FAULT,
    redis.exceptions.ResponseError: FAULT,
    redis.exceptions.ExecAbortError: FAULT,  # redis-py raises the error of the command instead.
    redis.exceptions.ModuleError: FAULT,
    redis.exceptions.NoSuchFieldsetError: FAULT,
    redis.exceptions.AuthenticationWrongNumberOfArgsError: FAULT,
    redis.exceptions.DataError: FAULT,
    redis.exceptions.PubSubError: FAULT,
    redis.exceptions.LockError: FAULT,
    redis.exceptions.LockNotOwnedError: FAULT,
}


def test_each_error_of_redis_is_an_outage_or_a_fault():
    kinds = subclasses(redis.exceptions.RedisError) - {redis.exceptions.RedisError}
    outcome = {
        kind: outages.is_outage(kind("1 127.0.0.1:6379")) for kind in kinds if kind.__module__ == "redis.exceptions"
    }

    assert outcome == REDIS_ERRORS


async def raised_by(database, *statements):
    try:
        async with database.transaction() as session:
            for statement in statements:
                await session.execute(text(statement) if isinstance(statement, str) else statement)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is classified.
        return error
    return None


async def test_errors_of_sqlalchemy_are_classified_by_the_error_of_the_driver(url):
    database = db.Database(url, "kit", statement_timeout=0.05)

    cancelled = await raised_by(database, "SELECT pg_sleep(5)")
    read_only = await raised_by(database, "SET TRANSACTION READ ONLY", "INSERT INTO done VALUES ('x')")
    ended = await raised_by(database, "SELECT pg_terminate_backend(pg_backend_pid())")
    unknown = await raised_by(database, "SELECT * FROM nowhere")
    wrong = await raised_by(database, text("SELECT CAST(:number AS integer)").bindparams(number="no number"))
    await database.close()

    assert [True, True, True] == [outages.is_outage(each) for each in (cancelled, read_only, ended)]
    assert [False, False] == [outages.is_outage(each) for each in (unknown, wrong)]


REFUSALS = {
    "too many connections of the role": "ALTER ROLE refused CONNECTION LIMIT 0",
    "too many connections of the database": "ALTER DATABASE refusing CONNECTION LIMIT 0",
    "no login": "ALTER ROLE refused NOLOGIN",
    "another password": "ALTER ROLE refused PASSWORD 'changed'",
    "no right to connect": "REVOKE CONNECT ON DATABASE refusing FROM PUBLIC",
    "no connections allowed": "ALTER DATABASE refusing ALLOW_CONNECTIONS false",
    "no database": "ALTER DATABASE refusing RENAME TO refusing_away",
}


@pytest.mark.parametrize("statement", REFUSALS.values(), ids=REFUSALS)
async def test_a_postgresql_that_refuses_connections_is_unavailable(postgres, statement):
    admin = await asyncpg.connect(postgres.dsn())
    await admin.execute("CREATE ROLE refused LOGIN PASSWORD 'refused'")
    await admin.execute("CREATE DATABASE refusing")
    address = postgres.dsn("refusing").rpartition("@")[2]
    database = db.Database(f"postgresql+asyncpg://refused:refused@{address}", "kit")
    try:
        await admin.execute(statement)
        refused = await raised_by(database, "SELECT 1")
    finally:
        await database.close()
        await admin.execute("DROP DATABASE IF EXISTS refusing WITH (FORCE)")
        await admin.execute("DROP DATABASE IF EXISTS refusing_away WITH (FORCE)")
        await admin.execute("DROP ROLE refused")
        await admin.close()

    assert isinstance(refused, errors.DatabaseUnavailable)


async def test_a_postgresql_without_a_free_connection_is_unavailable_until_one_is_free(postgres):
    admin = await asyncpg.connect(postgres.dsn())
    database = db.Database(postgres.dsn().replace("postgresql://", "postgresql+asyncpg://"), "kit")
    others = []
    try:
        with pytest.raises(asyncpg.TooManyConnectionsError):
            while True:
                others.append(await asyncpg.connect(postgres.dsn()))
        refused = await raised_by(database, "SELECT 1")
        await others.pop().close()
        async with asyncio.timeout(testing.PATIENCE):
            while accepted := await raised_by(database, "SELECT 1"):
                assert isinstance(accepted, errors.DatabaseUnavailable)
    finally:
        await database.close()
        for other in [*others, admin]:
            await other.close()

    assert isinstance(refused, errors.DatabaseUnavailable)
