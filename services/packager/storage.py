"""All SQL statements of packager."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.packager import shaka
from services.packager.tables import content_keys, packages, steps

_OPEN = ("queued", "running")


async def add_package(session: db.WriteSession, values: Mapping[str, Any]) -> RowMapping | None:
    """Inserts a package and returns its row; returns None if the request id exists already."""
    added = await session.execute(
        postgresql.insert(packages)
        .values(values)
        .on_conflict_do_nothing(index_elements=[packages.c.request_id])
        .returning(packages)
    )
    row: RowMapping | None = added.mappings().first()
    return row


async def add_key(session: db.WriteSession, package_id: str, key: shaka.Key) -> None:
    """Inserts a content key of a package."""
    await session.execute(insert(content_keys).values(package_id=package_id, **asdict(key)))


async def get_package(session: db.Session, package_id: str) -> RowMapping | None:
    """Returns a package; None if it does not exist."""
    found = await session.execute(select(packages).where(packages.c.package_id == package_id))
    return found.mappings().first()


async def get_package_of_request(session: db.Session, request_id: str) -> RowMapping:
    """Returns the package that a request created."""
    found = await session.execute(select(packages).where(packages.c.request_id == request_id))
    return found.mappings().one()


async def list_packages(
    session: db.Session, *, state: str | None, title_id: str | None, before: str | None, limit: int
) -> Sequence[RowMapping]:
    """Returns packages that are older than the package `before`, newest first."""
    query = select(packages).order_by(packages.c.package_id.desc()).limit(limit)
    if state is not None:
        query = query.where(packages.c.state == state)
    if title_id is not None:
        query = query.where(packages.c.title_id == title_id)
    if before is not None:
        query = query.where(packages.c.package_id < before)
    return (await session.execute(query)).mappings().all()


async def get_playable_package(session: db.Session, title_id: str, episode_id: str | None) -> RowMapping | None:
    """Returns the newest ready package of a title or an episode."""
    found = await session.execute(
        select(packages)
        .where(
            packages.c.title_id == title_id,
            packages.c.episode_id.is_not_distinct_from(episode_id),
            packages.c.state == "ready",
        )
        .order_by(packages.c.package_id.desc())
        .limit(1)
    )
    return found.mappings().first()


async def list_keys(session: db.Session, package_id: str, *, after: bytes, limit: int) -> Sequence[shaka.Key]:
    """Returns the content keys of a package whose ids are greater than `after`, in the order of their ids."""
    found = await session.execute(
        select(content_keys.c.key_id, content_keys.c.key, content_keys.c.iv)
        .where(content_keys.c.package_id == package_id, content_keys.c.key_id > after)
        .order_by(content_keys.c.key_id)
        .limit(limit)
    )
    return [shaka.Key(*row) for row in found]


async def get_key(session: db.Session, package_id: str) -> shaka.Key:
    """Returns the content key that encrypts a package."""
    return (await list_keys(session, package_id, after=b"", limit=1))[0]


async def start_package(session: db.WriteSession, package_id: str) -> RowMapping | None:
    """Marks a package as running and returns its row; returns None if the package has ended."""
    found = await session.execute(
        update(packages)
        .where(packages.c.package_id == package_id, packages.c.state.in_(_OPEN))
        .values(state="running")
        .returning(packages)
    )
    row: RowMapping | None = found.mappings().first()
    return row


async def list_finished_steps(session: db.Session, package_id: str) -> frozenset[str]:
    """Returns the names of the finished steps."""
    return frozenset(await session.scalars(select(steps.c.name).where(steps.c.package_id == package_id)))


async def finish_step(
    session: db.WriteSession, package_id: str, name: str, at: datetime, content: Mapping[str, Any] | None
) -> None:
    """Records that a step is finished, with the content of the source if the step probed it."""
    if content is not None:
        await session.execute(update(packages).where(packages.c.package_id == package_id).values(content=content))
    await session.execute(
        postgresql.insert(steps)
        .values(package_id=package_id, name=name, end_time=at)
        .on_conflict_do_update(index_elements=[steps.c.package_id, steps.c.name], set_={"end_time": at})
    )


async def update_progress(session: db.WriteSession, package_id: str, step: str, progress: float) -> bool:
    """Records the progress of a package; returns False if the package is not running any more."""
    noted = await session.execute(
        update(packages)
        .where(packages.c.package_id == package_id, packages.c.state == "running")
        .values(step=step, progress=progress)
        .returning(packages.c.package_id)
    )
    return noted.first() is not None


async def end_package(
    session: db.WriteSession, package_id: str, state: str, at: datetime, **values: Any
) -> RowMapping | None:
    """Moves an open package to a final state and returns its row; returns None if it has ended already."""
    ended = await session.execute(
        update(packages)
        .where(packages.c.package_id == package_id, packages.c.state.in_(_OPEN))
        .values(state=state, end_time=at, step="", **values)
        .returning(packages)
    )
    row: RowMapping | None = ended.mappings().first()
    return row


async def delete_keys_and_steps(session: db.WriteSession, package_id: str) -> None:
    """Deletes the keys and the steps of a package that failed or was cancelled."""
    await session.execute(delete(content_keys).where(content_keys.c.package_id == package_id))
    await session.execute(delete(steps).where(steps.c.package_id == package_id))
