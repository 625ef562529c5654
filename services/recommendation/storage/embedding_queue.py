"""SQL of the titles that have to be embedded, and of the claims of workers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables

_titles, _versions, _vectors = tables.titles, tables.title_versions, tables.title_vectors
_embedders = tables.embedders

_JOINED = _titles.outerjoin(_vectors, and_(_vectors.c.title_id == _titles.c.title_id, _vectors.c.current))
_HAS_VECTOR = _vectors.c.vector.is_not(None)
_TEXTLESS = _titles.c.text_hash.is_(None)
_EXISTS = ~_titles.c.deleted
_UNCLAIMED = or_(_titles.c.claim_time.is_(None), _titles.c.claim_time <= func.now())


@dataclass(frozen=True, slots=True)
class Claimed:
    """A title to embed."""

    title_id: str
    text_hash: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class Freshness:
    """The number of vectors by their state."""

    titles: int
    fresh: int
    stale: int
    missing: int
    textless: int
    #: Since when any title is waiting to be embedded; None if none is.
    behind_since: datetime | None


async def claim(
    session: db.WriteSession, model_version: str, renewed_version: int, *, lifetime: timedelta, limit: int
) -> list[Claimed]:
    """Claims titles that have to be embedded, and returns them.

    Args:
        session: of a transaction of its own.
        model_version: the model that embeds now.
        renewed_version: vectors up to this version are replaced.
        lifetime: how long the claim holds, by the clock of the database, which all replicas share.
        limit: how many titles to return at most.
    """
    rows = (
        await session.execute(
            select(_titles.c.title_id, _titles.c.text_hash, _versions.c.document)
            .select_from(_JOINED.join(_versions, _versions.c.epoch == _titles.c.epoch))
            .where(_behind(model_version, renewed_version), _UNCLAIMED)
            .order_by(_titles.c.epoch)
            .limit(limit)
            .with_for_update(of=_titles, skip_locked=True)
        )
    ).all()
    await session.execute(
        update(_titles)
        .where(_titles.c.title_id.in_([row.title_id for row in rows]))
        .values(claim_time=func.now() + lifetime)
    )
    return [Claimed(row.title_id, row.text_hash, row.document) for row in rows]


async def is_behind(session: db.Session, model_version: str, renewed_version: int) -> bool:
    """Returns whether any title has to be embedded, claimed or not."""
    behind = select(_titles.c.title_id).select_from(_JOINED).where(_behind(model_version, renewed_version))
    return (await session.scalars(behind.limit(1))).first() is not None


async def release(session: db.WriteSession, title_ids: Collection[str]) -> None:
    """Ends the claim of titles."""
    await session.execute(update(_titles).where(_titles.c.title_id.in_(title_ids)).values(claim_time=None))


async def hashes(session: db.WriteSession, title_ids: Collection[str]) -> dict[str, bytes | None]:
    """Returns the digests of the texts of titles, without deleted titles."""
    rows = await session.execute(
        select(_titles.c.title_id, _titles.c.text_hash).where(_titles.c.title_id.in_(title_ids), _EXISTS)
    )
    return {row.title_id: row.text_hash for row in rows}


async def unfounded(session: db.WriteSession, limit: int) -> Sequence[str]:
    """Returns titles that have a vector, but were deleted or have no text any more."""
    query = select(_titles.c.title_id).select_from(_JOINED).where(_HAS_VECTOR, or_(_titles.c.deleted, _TEXTLESS))
    return (await session.scalars(query.limit(limit))).all()


async def freshness(session: db.Session, model_version: str) -> Freshness:
    """Returns the number of vectors by their state, compared with the current model and texts."""
    has_current_text = and_(_HAS_VECTOR, _vectors.c.text_hash == _titles.c.text_hash)
    fresh = and_(~_TEXTLESS, has_current_text, _vectors.c.model_version == model_version)
    # A vector that only a new model has made stale is stale since that model was first used.
    model_time = select(_embedders.c.first_seen_time).where(_embedders.c.model_version == model_version)
    since = case(
        (has_current_text, func.greatest(_titles.c.text_time, model_time.scalar_subquery())), else_=_titles.c.text_time
    )
    behind = and_(~_TEXTLESS, func.coalesce(~fresh, true()))
    row = (
        await session.execute(
            select(
                func.count().label("titles"),
                func.count().filter(fresh).label("fresh"),
                func.count().filter(behind, _HAS_VECTOR).label("stale"),
                func.count().filter(behind, ~_HAS_VECTOR).label("missing"),
                func.count().filter(_TEXTLESS).label("textless"),
                func.min(since).filter(behind).label("behind_since"),
            )
            .select_from(_JOINED)
            .where(_EXISTS)
        )
    ).one()
    return Freshness(*row)


async def note_model(session: db.WriteSession, model_version: str, at: datetime) -> None:
    """Stores that a model embeds, unless it is stored."""
    insert = postgresql.insert(_embedders).values(model_version=model_version, first_seen_time=at)
    await session.execute(insert.on_conflict_do_nothing())


async def latest_model(session: db.Session) -> str:
    """Returns the model that was first used last; empty without one."""
    latest = select(_embedders.c.model_version).order_by(_embedders.c.first_seen_time.desc()).limit(1)
    return (await session.scalars(latest)).first() or ""


def _behind(model_version: str, renewed_version: int) -> ColumnElement[bool]:
    return and_(
        _EXISTS,
        ~_TEXTLESS,
        or_(
            ~_HAS_VECTOR,
            _vectors.c.text_hash != _titles.c.text_hash,
            _vectors.c.model_version != model_version,
            _vectors.c.version <= renewed_version,
        ),
    )
