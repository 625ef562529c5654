"""All SQL of packager."""

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
    """Adds a package; None if one was added for the same request before."""
    added = await session.execute(
        postgresql.insert(packages)
        .values(values)
        .on_conflict_do_nothing(index_elements=[packages.c.request_id])
        .returning(packages)
    )
    row: RowMapping | None = added.mappings().first()
    return row


async def add_key(session: db.WriteSession, package_id: str, key: shaka.Key) -> None:
    """Adds a content key of a package."""
    await session.execute(insert(content_keys).values(package_id=package_id, **asdict(key)))


async def get_package(session: db.Session, package_id: str) -> RowMapping | None:
    """Answers a package."""
    found = await session.execute(select(packages).where(packages.c.package_id == package_id))
    return found.mappings().first()


async def get_package_of_request(session: db.Session, request_id: str) -> RowMapping:
    """Answers the package that a request asked for."""
    found = await session.execute(select(packages).where(packages.c.request_id == request_id))
    return found.mappings().one()


async def list_packages(
    session: db.Session, *, state: str | None, title_id: str | None, before: str | None, limit: int
) -> Sequence[RowMapping]:
    """Answers packages, newest first, that were asked for before the package `before`."""
    query = select(packages).order_by(packages.c.package_id.desc()).limit(limit)
    if state is not None:
        query = query.where(packages.c.state == state)
    if title_id is not None:
        query = query.where(packages.c.title_id == title_id)
    if before is not None:
        query = query.where(packages.c.package_id < before)
    return (await session.execute(query)).mappings().all()


async def get_playable_package(session: db.Session, title_id: str, episode_id: str | None) -> RowMapping | None:
    """Answers the newest ready package of a title or an episode."""
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
    """Answers the content keys of a package in the order of their ids, from behind `after`."""
    found = await session.execute(
        select(content_keys.c.key_id, content_keys.c.key, content_keys.c.iv)
        .where(content_keys.c.package_id == package_id, content_keys.c.key_id > after)
        .order_by(content_keys.c.key_id)
        .limit(limit)
    )
    return [shaka.Key(*row) for row in found]


async def get_key(session: db.Session, package_id: str) -> shaka.Key:
    """Answers the content key that a package is encrypted with."""
    return (await list_keys(session, package_id, after=b"", limit=1))[0]


async def start_package(session: db.WriteSession, package_id: str) -> RowMapping | None:
    """Takes a package up, or up again; None if it has ended."""
    found = await session.execute(
        update(packages)
        .where(packages.c.package_id == package_id, packages.c.state.in_(_OPEN))
        .values(state="running")
        .returning(packages)
    )
    row: RowMapping | None = found.mappings().first()
    return row


async def list_finished_steps(session: db.Session, package_id: str) -> frozenset[str]:
    """Answers the names of the steps that were finished."""
    return frozenset(await session.scalars(select(steps.c.name).where(steps.c.package_id == package_id)))


async def finish_step(
    session: db.WriteSession, package_id: str, name: str, at: datetime, content: Mapping[str, Any] | None
) -> None:
    """Notes that a step was finished, and what the source holds if that step found out."""
    if content is not None:
        await session.execute(update(packages).where(packages.c.package_id == package_id).values(content=content))
    await session.execute(
        postgresql.insert(steps)
        .values(package_id=package_id, name=name, end_time=at)
        .on_conflict_do_update(index_elements=[steps.c.package_id, steps.c.name], set_={"end_time": at})
    )


async def update_progress(session: db.WriteSession, package_id: str, step: str, progress: float) -> bool:
    """Notes how far a package is; False if it is wanted no more."""
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
    """Ends a package that has not ended; None if it has."""
    ended = await session.execute(
        update(packages)
        .where(packages.c.package_id == package_id, packages.c.state.in_(_OPEN))
        .values(state=state, end_time=at, step="", **values)
        .returning(packages)
    )
    row: RowMapping | None = ended.mappings().first()
    return row


async def delete_keys_and_steps(session: db.WriteSession, package_id: str) -> None:
    """Removes the keys and the steps of a package that will never play."""
    await session.execute(delete(content_keys).where(content_keys.c.package_id == package_id))
    await session.execute(delete(steps).where(steps.c.package_id == package_id))
