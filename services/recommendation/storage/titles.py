"""SQL of titles and their versions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select, text
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables

_titles, _versions = tables.titles, tables.title_versions


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a title as it was stored."""

    title_id: str
    epoch: int
    facts: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class ReportedTitle:
    """A title as catalog reports it."""

    title_id: str
    revision: int
    deleted: bool
    facts: bytes
    document: bytes
    #: The digest of the text to embed; None without a text.
    text_hash: bytes | None


async def take_turn(session: db.WriteSession) -> None:
    """Serializes the transactions that store titles or vectors, so that their numbers become visible in order."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('recommendation numbers'))"))


async def revisions(session: db.Session, title_ids: Collection[str]) -> dict[str, int]:
    """Returns the stored revision of each title."""
    rows = await session.execute(
        select(_titles.c.title_id, _titles.c.revision).where(_titles.c.title_id.in_(title_ids))
    )
    return {row.title_id: row.revision for row in rows}


async def write(session: db.WriteSession, titles: Sequence[ReportedTitle], at: datetime) -> None:
    """Stores new versions of titles. The caller has called `take_turn`, and left out the revisions that are stored."""
    series = func.generate_series(1, len(titles)).alias("counted")
    epochs = sorted((await session.scalars(select(tables.epochs.next_value()).select_from(series))).all())
    await session.execute(
        _versions.insert(),
        [
            {
                "epoch": epoch,
                "title_id": each.title_id,
                "facts": each.facts,
                "document": each.document,
                "write_time": at,
            }
            for epoch, each in zip(epochs, titles, strict=True)
        ],
    )
    insert = postgresql.insert(_titles)
    new, old = insert.excluded, _titles.c
    is_same = old.text_hash.is_not_distinct_from(new.text_hash)
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["title_id"],
            set_={
                "epoch": new.epoch,
                "revision": new.revision,
                "deleted": new.deleted,
                "text_hash": new.text_hash,
                "text_time": case((is_same, old.text_time), else_=new.text_time),
                "claim_time": case((is_same, old.claim_time)),
            },
        ),
        [
            {
                "title_id": each.title_id,
                "epoch": epoch,
                "revision": each.revision,
                "deleted": each.deleted,
                "text_hash": each.text_hash,
                "text_time": at,
            }
            for epoch, each in zip(epochs, titles, strict=True)
        ],
    )


async def after(session: db.Session, epoch: int, *, limit: int) -> list[Version]:
    """Returns the newest versions of titles that were stored after an epoch, in their order."""
    rows = await session.execute(
        select(_versions)
        .join(_titles, _titles.c.epoch == _versions.c.epoch)
        .where(_titles.c.epoch > epoch)
        .order_by(_titles.c.epoch)
        .limit(limit)
    )
    return [_version(row) for row in rows]


async def superseded_time(session: db.Session, epoch: int) -> datetime | None:
    """Returns when an epoch was followed by another, as far as that is still stored; None if it was not."""
    return (
        await session.scalars(
            select(_versions.c.write_time).where(_versions.c.epoch > epoch).order_by(_versions.c.epoch).limit(1)
        )
    ).first()


async def changed_since(session: db.Session, epoch: int) -> frozenset[str]:
    """Returns the ids of the titles that have changed after an epoch."""
    return frozenset(await session.scalars(select(_titles.c.title_id).where(_titles.c.epoch > epoch)))


async def versions_at(session: db.Session, epoch: int, title_ids: Collection[str]) -> list[Version]:
    """Returns titles as they were at an epoch, without those that did not exist yet."""
    rows = await session.execute(
        select(_versions)
        .where(_versions.c.title_id.in_(title_ids), _versions.c.epoch <= epoch)
        .ext(postgresql.distinct_on(_versions.c.title_id))
        .order_by(_versions.c.title_id, _versions.c.epoch.desc())
    )
    return [_version(row) for row in rows]


async def documents(session: db.Session, title_ids: Collection[str]) -> Mapping[str, bytes]:
    """Returns the newest stored documents of titles, serialized."""
    rows = await session.execute(
        select(_versions.c.title_id, _versions.c.document)
        .join(_titles, _titles.c.epoch == _versions.c.epoch)
        .where(_titles.c.title_id.in_(title_ids))
    )
    return {row.title_id: row.document for row in rows}


async def prune(session: db.WriteSession, before: datetime) -> int:
    """Deletes versions that were superseded before a time; returns how many."""
    newer = _versions.alias()
    deleted = await session.execute(
        _versions.delete()
        .where(
            select(newer.c.epoch)
            .where(
                newer.c.title_id == _versions.c.title_id,
                newer.c.epoch > _versions.c.epoch,
                newer.c.write_time < before,
            )
            .exists()
        )
        .returning(_versions.c.epoch)
    )
    return len(deleted.all())


def _version(row: Row[Any]) -> Version:
    return Version(row.title_id, row.epoch, row.facts, row.document)
