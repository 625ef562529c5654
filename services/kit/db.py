"""PostgreSQL: transactions, read-only sessions, and a clear word when the database is away."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, NewType, cast

import asyncpg
import orjson
from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from services.kit import errors

#: A session that reads. Functions of storage that only read take any `Session`.
ReadSession = NewType("ReadSession", AsyncSession)
#: A session inside a transaction. Functions of storage that write take this type, so that a reader does not fit.
WriteSession = NewType("WriteSession", AsyncSession)
#: Either of them.
Session = AsyncSession

_AFTER_COMMIT = "after_commit"


class Database:
    """The service's own schema.

    Args:
        url: `postgresql+asyncpg://…`.
        area: the schema that unqualified names are found in.
        pool_size: how many connections are kept.
        statement_timeout: how many seconds one statement may take.
    """

    def __init__(self, url: str, area: str, *, pool_size: int = 5, statement_timeout: float = 10.0) -> None:
        settings = {
            "search_path": f"{area},public",
            "statement_timeout": str(int(statement_timeout * 1000)),
            "application_name": f"marquee-{area}",
        }
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=2.0,
            # A database that was restarted costs one ping, not one failed call for each pooled connection.
            pool_pre_ping=True,
            json_deserializer=orjson.loads,
            connect_args={"server_settings": settings, "timeout": 2.0},
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[WriteSession]:
        """Opens a transaction: committed at the end of the block, rolled back when the block raises.

        Raises DatabaseUnavailable when the database does not answer.
        """
        with _translated():
            async with self._sessions() as session, session.begin():
                yield WriteSession(session)
            for callback in session.info.get(_AFTER_COMMIT, ()):
                callback()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadSession]:
        """Opens a read-only transaction with one view of the data. Raises DatabaseUnavailable."""
        with _translated():
            async with self._sessions() as session, session.begin():
                # Told with BEGIN, this costs no round trip of its own.
                await session.connection(execution_options={"postgresql_readonly": True})
                yield ReadSession(session)

    async def close(self) -> None:
        """Closes the pool."""
        await self._engine.dispose()


def after_commit(session: WriteSession, callback: Callable[[], None]) -> None:
    """Has `callback` called once the transaction of `session` has been committed."""
    session.info.setdefault(_AFTER_COMMIT, []).append(callback)


async def driver_connection(session: WriteSession) -> asyncpg.Connection:
    """Answers asyncpg's own connection of a transaction, for COPY and for libraries that want it."""
    connection = await session.connection()
    # SQLAlchemy opens the transaction with its first statement; before that the driver would commit each by itself.
    await connection.execute(text("SELECT 1"))
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    return cast("asyncpg.Connection", driver)


@contextlib.contextmanager
def _translated() -> Any:
    try:
        yield
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, exc.InterfaceError) as away:
        raise errors.DatabaseUnavailable from away
    except asyncpg.InternalClientError as away:
        raise errors.DatabaseUnavailable from away
    except exc.TimeoutError as busy:  # Every connection of the pool is taken.
        raise errors.DatabaseUnavailable from busy
    except exc.DBAPIError as failed:
        if failed.connection_invalidated or _is_away(failed.orig):
            raise errors.DatabaseUnavailable from failed
        raise


def _is_away(cause: BaseException | None) -> bool:
    """Whether a driver's error says that the server has gone or is going."""
    sqlstate = str(getattr(cause, "sqlstate", "") or "")
    return sqlstate[:2] in {"08", "57"} and sqlstate != "57014"  # 57014 is a statement that took too long.
