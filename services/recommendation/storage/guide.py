"""SQL of channels, programmes and the vectors of their texts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import LargeBinary, Row, func, or_, select, text, type_coerce, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables
from services.recommendation.domain import guide
from services.recommendation.domain.vectors import Vector

_channels, _programmes, _texts = tables.guide_channels, tables.guide_programmes, tables.guide_texts
#: pgvector sends the dimension and an unused field before the numbers.
_HEADER_BYTES = 4


@dataclass(frozen=True, slots=True)
class ClaimedChannel:
    """A channel whose schedule has to be loaded."""

    channel_id: str
    change_number: int


@dataclass(frozen=True, slots=True)
class LoadedChannel:
    """A channel with its schedule, as epg states it."""

    channel_id: str
    #: The change that is loaded with it.
    change_number: int
    #: A serialized marquee.epg.v1.Channel; None if epg does not have the channel.
    channel: bytes | None
    #: The text of its name and its genre.
    text_hash: bytes | None = None
    programmes: Sequence[guide.Programme] = ()
    #: The texts to embed, by their digests.
    texts: Mapping[bytes, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel as it is stored."""

    channel_id: str
    epoch: int
    channel: bytes | None


@dataclass(frozen=True, slots=True)
class StoredVector:
    """The vector of a text."""

    text_hash: bytes
    epoch: int
    model_version: str
    vector: Vector


async def take_turn(session: db.WriteSession) -> None:
    """Serializes the transactions that write the guide, so that their numbers become visible in order."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('recommendation guide'))"))


async def mark_changed(session: db.WriteSession, channel_ids: Collection[str]) -> None:
    """Notes that channels or their schedules changed, so that they are loaded again."""
    if not channel_ids:
        return
    rows = [
        {"channel_id": channel_id, "change_number": 1, "loaded_number": 0, "epoch": 0}
        for channel_id in sorted(channel_ids)
    ]
    grown = {"change_number": _channels.c.change_number + 1}
    insert = postgresql.insert(_channels).values(rows)
    await session.execute(insert.on_conflict_do_update(index_elements=["channel_id"], set_=grown))


async def list_known(session: db.Session) -> Sequence[str]:
    """Returns the channels that epg had when they were last loaded, and those that are to be loaded."""
    known = or_(_channels.c.channel.is_not(None), _channels.c.loaded_number == 0)
    return (await session.scalars(select(_channels.c.channel_id).where(known))).all()


async def claim_channels(
    session: db.WriteSession, at: datetime, *, lifetime: timedelta, limit: int
) -> list[ClaimedChannel]:
    """Claims channels whose schedules have to be loaded, and returns them.

    Args:
        session: of a transaction of its own.
        at: the time, for schedules that are loaded again although nothing changed.
        lifetime: how long the claim holds, by the clock of the database, which all replicas share.
        limit: how many channels to return at most.
    """
    is_behind = or_(_channels.c.change_number > _channels.c.loaded_number, _channels.c.refresh_time <= at)
    is_unclaimed = or_(_channels.c.claim_time.is_(None), _channels.c.claim_time <= func.now())
    free = select(_channels.c.channel_id).where(is_behind, is_unclaimed).limit(limit).with_for_update(skip_locked=True)
    claimed = await session.execute(
        update(_channels)
        .where(_channels.c.channel_id.in_(free))
        .values(claim_time=func.now() + lifetime)
        .returning(_channels.c.channel_id, _channels.c.change_number)
    )
    return [ClaimedChannel(row.channel_id, row.change_number) for row in claimed]


async def release_channels(session: db.WriteSession, channel_ids: Collection[str]) -> None:
    """Ends the claim of channels."""
    await session.execute(update(_channels).where(_channels.c.channel_id.in_(channel_ids)).values(claim_time=None))


async def store_channel(session: db.WriteSession, loaded: LoadedChannel, refresh_time: datetime) -> bool:
    """Replaces a channel and its programmes unless a later change is stored; returns whether it did.

    The caller has called `take_turn`.
    """
    epoch = (await session.scalars(select(tables.guide_epochs.next_value()))).one()
    stored = await session.execute(
        update(_channels)
        .where(_channels.c.channel_id == loaded.channel_id, _channels.c.loaded_number <= loaded.change_number)
        .values(
            loaded_number=loaded.change_number,
            refresh_time=None if loaded.channel is None else refresh_time,
            claim_time=None,
            epoch=epoch,
            channel=loaded.channel,
            text_hash=loaded.text_hash,
        )
    )
    if not stored.rowcount:
        return False
    await session.execute(_programmes.delete().where(_programmes.c.channel_id == loaded.channel_id))
    if loaded.programmes:
        insert = postgresql.insert(_programmes)
        replaced = {column.name: insert.excluded[column.name] for column in _programmes.c}
        upsert = insert.on_conflict_do_update(index_elements=["programme_id"], set_=replaced)
        await session.execute(upsert, [_programme_values(loaded.channel_id, each) for each in loaded.programmes])
    if loaded.texts:
        rows = [
            {"text_hash": text_hash, "text": words, "model_version": "", "epoch": 0}
            for text_hash, words in sorted(loaded.texts.items())
        ]
        await session.execute(postgresql.insert(_texts).on_conflict_do_nothing(), rows)
    return True


async def delete_unused_texts(session: db.WriteSession) -> int:
    """Deletes the texts that no programme and no channel has; returns how many. The caller has called `take_turn`."""
    of_programme = select(_programmes.c.programme_id).where(_programmes.c.text_hash == _texts.c.text_hash)
    of_channel = select(_channels.c.channel_id).where(_channels.c.text_hash == _texts.c.text_hash)
    unused = _texts.delete().where(~of_programme.exists(), ~of_channel.exists())
    return len((await session.execute(unused.returning(_texts.c.text_hash))).all())


async def claim_texts(
    session: db.WriteSession, model_version: str, *, lifetime: timedelta, limit: int
) -> dict[bytes, str]:
    """Claims texts without a vector of a model; returns them by their digests. Arguments as of `claim_channels`."""
    is_unclaimed = or_(_texts.c.claim_time.is_(None), _texts.c.claim_time <= func.now())
    free = (
        select(_texts.c.text_hash)
        .where(_texts.c.model_version != model_version, is_unclaimed)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = await session.execute(
        update(_texts)
        .where(_texts.c.text_hash.in_(free))
        .values(claim_time=func.now() + lifetime)
        .returning(_texts.c.text_hash, _texts.c.text)
    )
    return {row.text_hash: row.text for row in claimed}


async def release_texts(session: db.WriteSession, text_hashes: Collection[bytes]) -> None:
    """Ends the claim of texts."""
    await session.execute(update(_texts).where(_texts.c.text_hash.in_(text_hashes)).values(claim_time=None))


async def store_vectors(session: db.WriteSession, vectors: Mapping[bytes, Vector | None], model_version: str) -> None:
    """Stores the vectors of texts; None for a text that has none. The caller has called `take_turn`."""
    for text_hash, vector in vectors.items():
        await session.execute(
            update(_texts)
            .where(_texts.c.text_hash == text_hash)
            .values(model_version=model_version, vector=vector, claim_time=None, epoch=tables.guide_epochs.next_value())
        )


async def channels_after(session: db.Session, epoch: int, *, limit: int) -> list[StoredChannel]:
    """Returns the channels that were stored after an epoch, in their order."""
    rows = await session.execute(
        select(_channels.c.channel_id, _channels.c.epoch, _channels.c.channel)
        .where(_channels.c.epoch > epoch)
        .order_by(_channels.c.epoch)
        .limit(limit)
    )
    return [StoredChannel(row.channel_id, row.epoch, row.channel) for row in rows]


async def programmes_of(session: db.Session, channel_ids: Collection[str]) -> dict[str, list[guide.Programme]]:
    """Returns the programmes of channels, by channel, in the order of time."""
    rows = await session.execute(
        select(_programmes)
        .where(_programmes.c.channel_id.in_(channel_ids))
        .order_by(_programmes.c.channel_id, _programmes.c.start_time)
    )
    found: dict[str, list[guide.Programme]] = {}
    for row in rows:
        found.setdefault(row.channel_id, []).append(_programme(row))
    return found


async def vectors_after(session: db.Session, epoch: int, *, limit: int) -> list[StoredVector]:
    """Returns the vectors that were stored after an epoch, in their order."""
    sent = type_coerce(func.vector_send(_texts.c.vector), LargeBinary).label("sent")
    rows = await session.execute(
        select(_texts.c.text_hash, _texts.c.epoch, _texts.c.model_version, sent)
        .where(_texts.c.epoch > epoch, _texts.c.vector.is_not(None))
        .order_by(_texts.c.epoch)
        .limit(limit)
    )
    return [
        StoredVector(
            row.text_hash,
            row.epoch,
            row.model_version,
            np.frombuffer(row.sent, dtype=">f4", offset=_HEADER_BYTES).astype(np.float32),
        )
        for row in rows
    ]


def _programme_values(channel_id: str, programme: guide.Programme) -> dict[str, Any]:
    return {
        "programme_id": programme.programme_id,
        "channel_id": channel_id,
        "start_time": programme.start_time,
        "end_time": programme.end_time,
        "maturity_age": programme.maturity_age,
        "title_id": programme.title_id or None,
        "episode_id": programme.episode_id or None,
        "text_hash": programme.text_hash,
        "name_key": programme.name_key,
        "genre_ids": list(programme.genre_ids),
    }


def _programme(row: Row[Any]) -> guide.Programme:
    return guide.Programme(
        programme_id=row.programme_id,
        start_time=row.start_time,
        end_time=row.end_time,
        maturity_age=row.maturity_age,
        title_id=row.title_id or "",
        episode_id=row.episode_id or "",
        text_hash=row.text_hash,
        name_key=row.name_key,
        genre_ids=tuple(row.genre_ids),
    )
