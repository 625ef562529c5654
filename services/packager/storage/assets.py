"""All SQL statements of assets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, delete, insert, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.packager.domain import media
from services.packager.tables import assets, content_keys, steps
from services.packager.tools import shaka

_OPEN = ("queued", "running")


async def add_asset(session: db.WriteSession, values: Mapping[str, Any]) -> RowMapping | None:
    """Inserts an asset and returns its row; returns None if the request id exists already."""
    result = await session.execute(
        postgresql.insert(assets)
        .values(values)
        .on_conflict_do_nothing(index_elements=[assets.c.request_id])
        .returning(assets)
    )
    row: RowMapping | None = result.mappings().first()
    return row


async def add_key(session: db.WriteSession, asset_id: str, key: shaka.Key) -> None:
    """Inserts a content key of an asset."""
    await session.execute(insert(content_keys).values(asset_id=asset_id, **asdict(key)))


async def get_asset(session: db.Session, asset_id: str) -> RowMapping | None:
    """Returns an asset; None if it does not exist."""
    result = await session.execute(select(assets).where(assets.c.asset_id == asset_id))
    return result.mappings().first()


async def get_asset_of_request(session: db.Session, request_id: str) -> RowMapping:
    """Returns the asset that a request created."""
    result = await session.execute(select(assets).where(assets.c.request_id == request_id))
    return result.mappings().one()


async def list_assets(
    session: db.Session, *, state: str | None, subject: tuple[str, str] | None, before: str | None, limit: int
) -> Sequence[RowMapping]:
    """Returns assets that are older than the asset `before`, newest first."""
    query = select(assets).order_by(assets.c.asset_id.desc()).limit(limit)
    if state is not None:
        query = query.where(assets.c.state == state)
    if subject is not None:
        query = query.where(_plays(subject))
    if before is not None:
        query = query.where(assets.c.asset_id < before)
    return (await session.execute(query)).mappings().all()


async def get_playable_asset(
    session: db.Session, subject: tuple[str, str], schemes: Sequence[str] = ()
) -> RowMapping | None:
    """Returns the newest ready asset of a subject with one of some schemes, any if there are none.

    Those with encrypted samples come before those with encrypted segments, which fewer protocols support.
    """
    query = select(assets).where(_plays(subject), assets.c.state == "ready")
    if schemes:
        query = query.where(assets.c.scheme.in_(schemes))
    is_whole = assets.c.scheme == media.Scheme.AES_128.value
    result = await session.execute(query.order_by(is_whole, assets.c.asset_id.desc()).limit(1))
    return result.mappings().first()


def _plays(subject: tuple[str, str]) -> ColumnElement[bool]:
    kind, subject_id = subject
    return and_(assets.c.subject_kind == kind, assets.c.subject_id == subject_id)


async def list_keys(session: db.Session, asset_id: str, *, after: bytes, limit: int) -> Sequence[shaka.Key]:
    """Returns the content keys of an asset whose ids are greater than `after`, in the order of their ids."""
    result = await session.execute(
        select(content_keys.c.key_id, content_keys.c.key, content_keys.c.iv)
        .where(content_keys.c.asset_id == asset_id, content_keys.c.key_id > after)
        .order_by(content_keys.c.key_id)
        .limit(limit)
    )
    return [shaka.Key(*row) for row in result]


async def get_key(session: db.Session, asset_id: str) -> shaka.Key:
    """Returns the content key that encrypts an asset."""
    return (await list_keys(session, asset_id, after=b"", limit=1))[0]


async def start_asset(session: db.WriteSession, asset_id: str) -> RowMapping | None:
    """Marks an asset as running and returns its row; returns None if the asset has ended."""
    result = await session.execute(
        update(assets)
        .where(assets.c.asset_id == asset_id, assets.c.state.in_(_OPEN))
        .values(state="running", waiting_reason="")
        .returning(assets)
    )
    row: RowMapping | None = result.mappings().first()
    return row


async def list_finished_steps(session: db.Session, asset_id: str) -> frozenset[str]:
    """Returns the names of the finished steps."""
    return frozenset(await session.scalars(select(steps.c.name).where(steps.c.asset_id == asset_id)))


async def finish_step(
    session: db.WriteSession, asset_id: str, name: str, at: datetime, content: Mapping[str, Any] | None
) -> None:
    """Records that a step is finished, with the content of the source if the step probed it."""
    if content is not None:
        await session.execute(update(assets).where(assets.c.asset_id == asset_id).values(content=content))
    await session.execute(
        postgresql.insert(steps)
        .values(asset_id=asset_id, name=name, end_time=at)
        .on_conflict_do_update(index_elements=[steps.c.asset_id, steps.c.name], set_={"end_time": at})
    )


async def update_progress(session: db.WriteSession, asset_id: str, step: str, progress: float) -> bool:
    """Records the progress of an asset; returns False if the asset is not running any more."""
    result = await session.execute(
        update(assets)
        .where(assets.c.asset_id == asset_id, assets.c.state == "running")
        .values(step=step, progress=progress)
        .returning(assets.c.asset_id)
    )
    return result.first() is not None


async def set_waiting_reason(session: db.WriteSession, asset_id: str, reason: str) -> None:
    """Records why the job of a running asset waits; empty if it does not."""
    await session.execute(
        update(assets).where(assets.c.asset_id == asset_id, assets.c.state == "running").values(waiting_reason=reason)
    )


async def end_asset(
    session: db.WriteSession, asset_id: str, state: str, at: datetime, **values: Any
) -> RowMapping | None:
    """Moves an open asset to a final state and returns its row; returns None if it has ended already."""
    result = await session.execute(
        update(assets)
        .where(assets.c.asset_id == asset_id, assets.c.state.in_(_OPEN))
        .values(state=state, end_time=at, step="", waiting_reason="", **values)
        .returning(assets)
    )
    row: RowMapping | None = result.mappings().first()
    return row


async def delete_keys_and_steps(session: db.WriteSession, asset_id: str) -> None:
    """Deletes the keys and the steps of an asset that failed or was canceled."""
    await session.execute(delete(content_keys).where(content_keys.c.asset_id == asset_id))
    await session.execute(delete(steps).where(steps.c.asset_id == asset_id))
