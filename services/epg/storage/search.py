"""The search for channels and programmes by words."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Boolean, Text, bindparam, text
from sqlalchemy.dialects import postgresql

from services.epg.domain import schedules
from services.kit import db

_UUIDS = postgresql.ARRAY(postgresql.UUID(as_uuid=False))
#: The first matches are found without what they show, which is read for a page of them only.
_FIND_PROGRAMMES = text("""
    WITH matching AS (
        SELECT programme_id,
            (NOT programme.words @@ CAST(:in_names AS tsquery))::int AS by_episode,
            CASE WHEN start_time > :now THEN 1 WHEN end_time > :now THEN 0 ELSE 2 END AS stage,
            CASE WHEN start_time > :now THEN start_time - :now WHEN end_time > :now THEN :now - start_time
                ELSE :now - end_time END AS distance
        FROM programme JOIN channel USING (channel_id)
        WHERE programme.words @@ CAST(:anywhere AS tsquery) AND (channel_id = ANY(:channel_ids)) <> :excluding
            AND end_time > greatest(:start, :now - make_interval(secs => catch_up_seconds)) AND start_time < :end
            AND (maturity_age IS NULL OR maturity_age <= :maturity_ceiling)
    ), page AS (
        SELECT * FROM matching
        WHERE (by_episode, stage, distance, programme_id) >
            (:by_episode, :stage, CAST(:distance AS interval), CAST(:programme_id AS uuid))
        ORDER BY by_episode, stage, distance, programme_id LIMIT :most
    )
    SELECT by_episode, stage, distance, programme_id::text, channel_id::text, start_time, end_time, details, source_key
    FROM page JOIN programme USING (programme_id)
    ORDER BY by_episode, stage, distance, programme_id
""").bindparams(bindparam("channel_ids", type_=_UUIDS), bindparam("excluding", type_=Boolean))
_FIND_CHANNELS = text("""
    SELECT channel_id::text FROM channel
    WHERE words @@ CAST(:anywhere AS tsquery) AND (channel_id = ANY(:channel_ids)) <> :excluding
    ORDER BY number NULLS LAST, display_name, channel_id LIMIT :most
""").bindparams(bindparam("channel_ids", type_=_UUIDS), bindparam("excluding", type_=Boolean))
_LIST_WORDS = text("SELECT word FROM ts_stat(:vectors)").bindparams(bindparam("vectors", type_=Text))
_VECTORS = "SELECT words FROM channel UNION ALL SELECT words FROM programme"


class Place(NamedTuple):
    """The place of a programme in the order of results."""

    #: Whether only the name of the episode matches: 0 or 1.
    by_episode: int
    #: 0 for a programme on now, 1 for an upcoming one, 2 for one that has ended.
    stage: int
    #: How far it is from now.
    distance: timedelta
    programme_id: str


#: Before all places.
FIRST = Place(-1, 0, timedelta(0), "00000000-0000-0000-0000-000000000000")


class Search(NamedTuple):
    """What is searched."""

    #: The queries for what has the words anywhere, and for what has them in its names.
    anywhere: str
    in_names: str
    channel_ids: Collection[str]
    #: Whether these channels are left out, instead of all others.
    excluding: bool
    maturity_ceiling: int
    now: datetime
    start: datetime
    end: datetime


async def find_programmes(
    session: db.Session, search: Search, after: Place, most: int
) -> list[tuple[Place, str, schedules.Programme]]:
    """Returns the programmes behind a place, each with its place and its channel."""
    values = {**search._asdict(), **after._asdict(), "channel_ids": list(search.channel_ids), "most": most}
    found = []
    for *place, channel_id, start, end, details, source_key in await session.execute(_FIND_PROGRAMMES, values):
        scheduled = schedules.Scheduled(start, end, details, source_key)
        found.append((Place(*place), channel_id, schedules.Programme(place[-1], scheduled)))
    return found


async def find_channels(session: db.Session, search: Search, most: int) -> Sequence[str]:
    """Returns the ids of the channels with the words, by number."""
    values = {"anywhere": search.anywhere, "channel_ids": list(search.channel_ids), "most": most}
    values["excluding"] = search.excluding
    return (await session.execute(_FIND_CHANNELS, values)).scalars().all()


async def list_words(session: db.Session) -> Sequence[str]:
    """Returns all words of channels and programmes."""
    return (await session.execute(_LIST_WORDS, {"vectors": _VECTORS})).scalars().all()
