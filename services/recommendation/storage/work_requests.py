"""SQL of requests that start work, so that a retry finds the work that the first attempt started."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from services.kit import db, errors
from services.recommendation import tables

_requests = tables.requests


async def find(session: db.WriteSession, request_id: str, contents: str) -> str | None:
    """Returns the id of the work that a request started; None if the request is new.

    Raises RequestIdReused if the request had other contents.
    """
    row = (await session.execute(select(_requests).where(_requests.c.request_id == request_id))).first()
    if row is None:
        return None
    if row.contents != contents:
        raise errors.RequestIdReused
    work_id: str = row.work_id
    return work_id


async def add(session: db.WriteSession, request_id: str, contents: str, work_id: str, at: datetime) -> None:
    """Stores which work a request started, or joined."""
    values = {"request_id": request_id, "contents": contents, "work_id": work_id, "request_time": at}
    await session.execute(postgresql.insert(_requests).values(values).on_conflict_do_nothing())


async def prune(session: db.WriteSession, before: datetime) -> None:
    """Deletes requests from before a time."""
    await session.execute(_requests.delete().where(_requests.c.request_time < before))
