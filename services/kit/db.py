"""PostgreSQL: transactions, read-only sessions, and outages as errors of the contract."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, NewType, cast

import asyncpg
import orjson
from sqlalchemy import event, exc, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.kit import errors, logs, outages

#: A session that reads. Functions of storage that only read take any `Session`.
ReadSession = NewType("ReadSession", AsyncConnection)
#: A session inside a transaction. Functions of storage that write take this type, so that a reader does not fit.
WriteSession = NewType("WriteSession", AsyncConnection)
#: Either of them: a connection for the length of one transaction. An ORM's session on top would keep what nobody here
#: asks for, and takes longer than a short query itself.
Session = AsyncConnection

_AFTER_COMMIT = "marquee_after_commit"
#: A connection that rested longer is asked whether it is alive; of one that was closed the driver knows by itself.
_RESTED_SECONDS = 5.0
_REST_SINCE = "marquee_rest_since"
#: SQLSTATE of a statement that writes in a transaction that only reads, or on a server that has become read-only.
_READ_ONLY = "25006"

_log = logs.logger()


class WriteWhileReading(Exception):
    """A statement of `Database.reading` writes: a fault of the service, whatever server it met."""


class Database:
    """The service's own schema.

    Args:
        url: `postgresql+asyncpg://…`.
        area: the schema that unqualified names are found in.
        pool_size: how many connections are kept.
        statement_timeout: how many seconds one statement may take.
        idle_timeout: after how many seconds of rest the server closes a connection, and has its memory back.
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
            # The connection used last knows the statements that are asked for; those behind it rest until they end.
            pool_use_lifo=True,
            json_deserializer=orjson.loads,
            connect_args={"server_settings": settings, "timeout": 2.0},
        )
        event.listen(self._engine.sync_engine, "checkin", _rests)
        event.listen(self._engine.sync_engine, "checkout", self._wakes)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[WriteSession]:
        """Opens a transaction: committed at the end of the block, rolled back when the block raises.

        Raises DatabaseUnavailable when the database does not answer, is full or has become read-only, and
        DatabaseTimeout when a statement takes too long.
        """
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
                # Told with BEGIN, this costs no round trip of its own.
                await connection.execution_options(postgresql_readonly=True)
                async with connection.begin():
                    yield ReadSession(connection)

    async def close(self) -> None:
        """Closes the pool."""
        await self._engine.dispose()

    def _wakes(self, connection: Any, record: Any, _: Any) -> None:
        """Has the pool put another in the place of a connection that has gone, before a caller gets it."""
        if connection.driver_connection.is_closed():
            raise exc.DisconnectionError
        since = record.info.get(_REST_SINCE)
        if since is not None and time.monotonic() - since > _RESTED_SECONDS:
            try:
                self._engine.dialect.do_ping(connection)
            except Exception as silent:
                raise exc.InvalidatePoolError from silent


def after_commit(session: WriteSession, callback: Callable[[], None]) -> None:
    """Has `callback` called once the transaction of `session` has been committed."""
    session.info[_AFTER_COMMIT].append(callback)


async def driver_connection(session: WriteSession) -> asyncpg.Connection:
    """Returns asyncpg's own connection of a transaction, for COPY and for libraries that want it."""
    # SQLAlchemy opens the transaction with its first statement; before that the driver would commit each by itself.
    await session.execute(text("SELECT 1"))
    raw = await session.get_raw_connection()
    driver: Any = raw.driver_connection
    return cast("asyncpg.Connection", driver)


def _rests(_: Any, record: Any) -> None:
    record.info[_REST_SINCE] = time.monotonic()


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
            # Whoever runs the platform has to find the statement, which the caller is not told.
            _log.warning("db.statement_timeout", exc_info=failed)
        raise outage from failed
    except OSError as away:
        raise errors.DatabaseUnavailable from away
