"""PostgreSQL: transactions, read-only sessions, and outages as errors of the contract."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from datetime import datetime
from typing import Any, NewType, cast

import asyncpg
import orjson
from sqlalchemy import event, exc, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.kit import errors, keyed_locks, logs, outages

#: A session that reads. Functions of storage that only read take any `Session`.
ReadSession = NewType("ReadSession", AsyncConnection)
#: A session inside a transaction. Functions of storage that write take this type, so that a reader does not fit.
WriteSession = NewType("WriteSession", AsyncConnection)
#: Either of them: a connection for the length of one transaction. An ORM's session would add an identity map that no
#: service needs, and takes longer than a short query itself.
Session = AsyncConnection

_AFTER_COMMIT = "marquee_after_commit"
#: A connection that was idle for longer is pinged before it is used. The driver notices by itself when one is closed.
_PING_AFTER_SECONDS = 5.0
_IDLE_SINCE = "marquee_idle_since"
#: SQLSTATE of a statement that writes in a transaction that only reads, or on a server that has become read-only.
_READ_ONLY = "25006"

_NOW = select(func.now())

_log = logs.logger()


class WriteWhileReading(Exception):
    """A statement of `Database.reading` writes, which is a fault of the service."""


class Database:
    """The service's own schema.

    Args:
        url: `postgresql+asyncpg://…`.
        area: the schema that unqualified names are found in.
        pool_size: how many connections stay open.
        statement_timeout: how many seconds one statement may take.
        idle_timeout: after how many idle seconds the server closes a connection, which frees memory.
    """

    def __init__(
        self,
        url: str,
        area: str,
        *,
        pool_size: int = 5,
        statement_timeout: float = 10.0,
        idle_timeout: float = 20.0,
    ) -> None:
        settings = {
            "search_path": f"{area},public",
            "statement_timeout": str(int(statement_timeout * 1000)),
            "idle_session_timeout": str(int(idle_timeout * 1000)),
            "application_name": f"marquee-{area}",
        }
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=2.0,
            # The connection used last has prepared the current statements; idle ones are closed by the server.
            pool_use_lifo=True,
            json_deserializer=orjson.loads,
            connect_args={"server_settings": settings, "timeout": 2.0},
        )
        self._locks = keyed_locks.KeyedLocks()
        event.listen(self._engine.sync_engine, "checkin", _note_idle)
        event.listen(self._engine.sync_engine, "checkout", self._check_alive)

    @contextlib.asynccontextmanager
    async def transaction(self, *, serialize_by: Hashable = None) -> AsyncIterator[WriteSession]:
        """Opens a transaction: committed at the end of the block, rolled back when the block raises.

        Raises DatabaseUnavailable when the database does not answer, is full or has become read-only, and
        DatabaseTimeout when a statement takes too long.

        Args:
            serialize_by: names what the transaction locks, such as the id of a profile. Transactions of this process
                with the same key follow one another, and wait for their turn without a connection: waiting for the
                lock of the row, each of them would hold one, until none is left for others.
        """
        async with self._locks.hold(serialize_by) if serialize_by is not None else contextlib.nullcontext():
            with _translated(writes=True):
                callbacks: list[Callable[[], None]] = []
                async with self._engine.begin() as connection:
                    connection.info[_AFTER_COMMIT] = callbacks
                    yield WriteSession(connection)
                for callback in callbacks:
                    callback()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadSession]:
        """Opens a read-only transaction with one view of the data. Raises DatabaseUnavailable or DatabaseTimeout."""
        with _translated(writes=False):
            async with self._engine.connect() as connection:
                # Sent with BEGIN, so it costs no extra round trip.
                await connection.execution_options(postgresql_readonly=True)
                async with connection.begin():
                    yield ReadSession(connection)

    async def close(self) -> None:
        """Closes the pool."""
        await self._engine.dispose()

    def _check_alive(self, connection: Any, record: Any, _: Any) -> None:
        """Makes the pool replace a lost connection before a caller gets it."""
        if connection.driver_connection.is_closed():
            raise exc.DisconnectionError
        since = record.info.get(_IDLE_SINCE)
        if since is not None and time.monotonic() - since > _PING_AFTER_SECONDS:
            try:
                self._engine.dialect.do_ping(connection)
            except Exception as lost:
                raise exc.InvalidatePoolError from lost


class SharedClock:
    """The clock of the database, which all replicas of a service share: they judge each other's rows by it."""

    async def now(self, session: Session) -> datetime:
        """Returns the time at which the transaction of `session` began."""
        began: datetime = (await session.execute(_NOW)).scalar_one()
        return began


def after_commit(session: WriteSession, callback: Callable[[], None]) -> None:
    """Calls `callback` once the transaction of `session` is committed."""
    session.info[_AFTER_COMMIT].append(callback)


async def driver_connection(session: WriteSession) -> asyncpg.Connection:
    """Returns the asyncpg connection of a transaction, for COPY and for libraries that need it."""
    # SQLAlchemy opens the transaction with its first statement; before that, the driver commits each one.
    await session.execute(text("SELECT 1"))
    raw = await session.get_raw_connection()
    driver: Any = raw.driver_connection
    return cast("asyncpg.Connection", driver)


def _note_idle(_: Any, record: Any) -> None:
    record.info[_IDLE_SINCE] = time.monotonic()


@contextlib.contextmanager
def _translated(*, writes: bool) -> Iterator[None]:
    """Turns an outage of the database into DatabaseUnavailable or DatabaseTimeout."""
    try:
        yield
    except (exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as failed:
        if outages.sqlstate(failed) == _READ_ONLY and not writes:
            raise WriteWhileReading from failed
        outage = outages.error_of(failed)
        if outage is None:
            raise
        if isinstance(outage, errors.DatabaseTimeout):
            # Operators need the statement, which the caller does not receive.
            _log.warning("db.statement_timeout", exc_info=failed)
        raise outage from failed
    except OSError as away:
        raise errors.DatabaseUnavailable from away
