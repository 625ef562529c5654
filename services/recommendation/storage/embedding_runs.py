"""SQL of runs of embedding."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, select, update

from services.kit import db
from services.recommendation import tables

_runs = tables.runs
_OPEN: ColumnElement[bool] = _runs.c.end_time.is_(None)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of embedding."""

    run_id: str
    #: Vectors up to this version are replaced; zero if only missing and stale ones are made.
    renewed_version: int
    #: queued, running, ready or failed.
    state: str
    title_count: int
    done_count: int
    skipped_count: int
    start_time: datetime
    end_time: datetime | None = None
    failure_message: str = ""


async def add(session: db.WriteSession, run: Run) -> None:
    """Adds a run. The caller has called `titles.take_turn`, and no run is open."""
    await session.execute(_runs.insert().values(**{name: getattr(run, name) for name in Run.__dataclass_fields__}))


async def get(session: db.Session, run_id: str) -> Run | None:
    """Returns a run; None if there is none."""
    return _run((await session.execute(select(_runs).where(_runs.c.run_id == run_id))).one_or_none())


async def latest(session: db.Session) -> Run | None:
    """Returns the last run; None without one."""
    return _run((await session.execute(select(_runs).order_by(_runs.c.run_id.desc()).limit(1))).one_or_none())


async def get_open(session: db.Session) -> Run | None:
    """Returns the run that has not ended; None without one."""
    return _run((await session.execute(select(_runs).where(_OPEN))).one_or_none())


async def begin(session: db.WriteSession) -> Run | None:
    """Marks the open run as running; returns it, or None without one."""
    updated = await session.execute(update(_runs).where(_OPEN).values(state="running").returning(_runs))
    return _run(updated.one_or_none())


async def progress(session: db.WriteSession, done: int) -> None:
    """Adds to the number of titles that the open run embedded. Titles that changed meanwhile may be counted twice."""
    await session.execute(
        update(_runs).where(_OPEN).values(done_count=func.least(_runs.c.done_count + done, _runs.c.title_count))
    )


async def end(session: db.WriteSession, at: datetime, failure: str = "") -> None:
    """Ends the open run: as failed with a failure message, as ready without one."""
    # Titles that were deleted during the run are not embedded any more.
    changes = {"state": "failed"} if failure else {"state": "ready", "done_count": _runs.c.title_count}
    await session.execute(
        update(_runs).where(_OPEN, _runs.c.state == "running").values(end_time=at, failure_message=failure, **changes)
    )


def _run(row: Row[tuple[object, ...]] | None) -> Run | None:
    return None if row is None else Run(**row._mapping)
