"""Imports titles: rows are copied into temporary tables, compared with the stored titles, and then written.

The functions run in one transaction, in the order of this file.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from services.catalog import tables
from services.catalog.domain import terms, titles
from services.kit import db, ids, localization, tokenizer, visibility

_COLUMNS = (
    "row",
    "title_id",
    "source_key",
    "type",
    "state",
    "maturity_age",
    "maturity_system",
    "maturity_label",
    "territories",
    "windows",
    "language_code",
    "released",
    "sort_key",
    "genres",
    "moods",
    "themes",
    "featured",
    "content_hash",
    "document",
    "fresh_id",
)
#: How long one step may take. The deadline of the call ends an import earlier.
_STATEMENT_TIMEOUT = "300s"


@dataclass(frozen=True, slots=True)
class Difference:
    """What writing the rows would change."""

    created: int
    updated: int
    unchanged: int


async def create_tables(session: db.WriteSession) -> None:
    """Creates the temporary tables, until the end of the transaction."""
    await session.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'"))
    await session.execute(
        text(
            """
            CREATE TEMPORARY TABLE staged_episodes (
                row integer, episode_id uuid, season_number integer, episode_number integer, document text,
                publish_time timestamptz
            ) ON COMMIT DROP
            """
        )
    )
    await session.execute(
        text(
            """
            CREATE TEMPORARY TABLE staged (
                row integer PRIMARY KEY, title_id uuid, source_key text, type smallint, state smallint,
                maturity_age smallint, maturity_system text,
                maturity_label text, territories text[], windows text, language_code text, released integer,
                sort_key text, genres text[], moods text[], themes text[], featured boolean, content_hash bytea,
                document text, fresh_id uuid, known_hash bytea
            ) ON COMMIT DROP
            """
        )
    )


async def add(session: db.WriteSession, rows: Sequence[tuple[int, titles.Title]]) -> None:
    """Copies titles and their episodes into the temporary tables, each with the number of its row."""
    driver = await db.driver_connection(session)
    episodes = [(number, *_episode_record(episode)) for number, title in rows for episode in title.episodes]
    await driver.copy_records_to_table("staged_episodes", records=episodes)
    records = [_record(number, title) for number, title in rows]
    await driver.copy_records_to_table("staged", records=records, columns=_COLUMNS)


async def make_keys_distinct(session: db.WriteSession) -> None:
    """Gives the second and later rows with the same key keys of their own."""
    await session.execute(
        text(
            """
            UPDATE staged SET source_key = staged.source_key || '#' || same.number
            FROM (SELECT row, row_number() OVER (PARTITION BY source_key ORDER BY row) AS number FROM staged) same
            WHERE same.row = staged.row AND same.number > 1
            """
        )
    )


async def match_stored(session: db.WriteSession) -> None:
    """Waits for the lock on titles, and finds the titles that exist; the others get new ids."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('catalog titles'))"))
    await session.execute(
        text(
            """
            UPDATE staged SET title_id = titles.title_id
            FROM titles WHERE staged.title_id IS NULL AND titles.source_key = staged.source_key
            """
        )
    )
    await session.execute(
        text(
            """
            UPDATE staged SET title_id = same.fresh_id
            FROM (SELECT row, first_value(fresh_id) OVER (PARTITION BY source_key ORDER BY row) AS fresh_id FROM staged)
                same
            WHERE same.row = staged.row AND staged.title_id IS NULL
            """
        )
    )
    await session.execute(
        text("UPDATE staged SET known_hash = titles.content_hash FROM titles WHERE titles.title_id = staged.title_id")
    )
    await session.execute(text("CREATE INDEX ON staged (title_id)"))
    await session.execute(text("ANALYZE staged"))


async def remove_repeated(session: db.WriteSession) -> Sequence[tables.Row]:
    """Removes rows with the title of an earlier `first` row; returns both numbers."""
    return (
        await session.execute(
            text(
                """
                DELETE FROM staged USING
                    (SELECT row, min(row) OVER (PARTITION BY title_id) AS first FROM staged) same
                WHERE same.row = staged.row AND same.first < staged.row
                RETURNING staged.row, same.first
                """
            )
        )
    ).all()


async def remove_foreign_episodes(session: db.WriteSession) -> Sequence[tables.Row]:
    """Removes rows with an episode of another title; returns `row` and `episode_id`."""
    return (
        await session.execute(
            text(
                f"""
                WITH claims AS (
                    {_EPISODES}
                ), foreigners AS (
                    SELECT claims.row, claims.episode_id FROM claims
                    JOIN episodes USING (episode_id) WHERE episodes.title_id <> claims.title_id
                    UNION
                    SELECT later.row, later.episode_id FROM claims later
                    JOIN claims earlier USING (episode_id) WHERE earlier.row < later.row
                )
                DELETE FROM staged USING foreigners WHERE foreigners.row = staged.row
                RETURNING staged.row, foreigners.episode_id
                """
            )
        )
    ).all()


async def difference(session: db.WriteSession) -> Difference:
    """Counts what writing would change."""
    counted = await session.execute(
        text(
            """
            SELECT count(*) FILTER (WHERE known_hash IS NULL), count(*) FILTER (WHERE known_hash <> content_hash),
                count(*) FILTER (WHERE known_hash = content_hash)
            FROM staged
            """
        )
    )
    return Difference(*counted.one())


async def write(session: db.WriteSession, at: datetime) -> None:
    """Writes titles that are new or differ.

    New episodes are added `at` this time, unless the file states another.
    """
    await session.execute(text("DELETE FROM staged WHERE known_hash = content_hash"))
    columns = [column for column in _COLUMNS if column not in {"row", "title_id", "document", "fresh_id", "windows"}]
    listed = ", ".join(columns)
    updated = ", ".join(f"{column} = excluded.{column}" for column in columns if column != "source_key")
    await session.execute(
        text(
            f"""
            INSERT INTO titles (title_id, windows, deleted, revision, {listed})
            SELECT title_id, windows::tstzmultirange, false, nextval('revisions'), {listed}
            FROM (SELECT * FROM staged ORDER BY row) staged
            ON CONFLICT (title_id) DO UPDATE SET
                windows = excluded.windows, deleted = false, revision = excluded.revision, {updated}
            """
        )
    )
    await session.execute(
        text(
            """
            INSERT INTO documents SELECT title_id, document::jsonb FROM staged
            ON CONFLICT (title_id) DO UPDATE SET document = excluded.document
            """
        )
    )
    await session.execute(
        text(
            f"""
            WITH claims AS (
                {_EPISODES}
            )
            DELETE FROM episodes USING staged WHERE episodes.title_id = staged.title_id
                AND episodes.episode_id NOT IN (SELECT episode_id FROM claims)
            """
        )
    )
    await session.execute(
        text(
            f"""
            INSERT INTO episodes (episode_id, title_id, season_number, episode_number, document, publish_time)
            SELECT episode_id, claims.title_id, claims.season_number, claims.episode_number, claims.document::jsonb,
                coalesce(claims.publish_time, episodes.publish_time, :at)
            FROM ({_EPISODES}) claims LEFT JOIN episodes USING (episode_id)
            ON CONFLICT (episode_id) DO UPDATE SET season_number = excluded.season_number,
                episode_number = excluded.episode_number, document = excluded.document,
                publish_time = excluded.publish_time
            """
        ),
        {"at": at},
    )


_EPISODES = "SELECT staged_episodes.*, staged.title_id FROM staged JOIN staged_episodes USING (row)"


def _episode_record(episode: titles.Episode) -> tuple[Any, ...]:
    document = orjson.dumps(episode.document, option=orjson.OPT_SORT_KEYS).decode()
    return (
        episode.episode_id,
        episode.season_number,
        episode.episode_number,
        document,
        episode.publish_time,
    )


def _record(number: int, title: titles.Title) -> tuple[Any, ...]:
    facts, rating = title.facts, title.rating
    name = titles.text_in(title.document["texts"], localization.DEFAULT_LANGUAGE, "display_name")
    imported = (
        title.type,
        facts.state,
        facts.maturity_age,
        rating.system if rating else "",
        rating.label if rating else "",
        sorted(facts.territories),
        _multirange(facts.windows),
        title.language_code,
        title.released,
        tokenizer.sort_key(name),
        terms.slugs(title.genres),
        terms.slugs(title.moods),
        terms.slugs(title.themes),
        title.featured,
    )
    document = orjson.dumps(title.document, option=orjson.OPT_SORT_KEYS)
    episodes = orjson.dumps([_episode_record(episode) for episode in title.episodes])
    digest = hashlib.blake2b(orjson.dumps(imported) + document + episodes, digest_size=16).digest()
    return (number, title.title_id, title.source_key, *imported, digest, document.decode(), ids.new())


def _multirange(windows: Sequence[visibility.Window]) -> str:
    spans = (f"[{_bound(window.start_time)},{_bound(window.end_time)})" for window in windows)
    return "{" + ",".join(spans) + "}"


def _bound(time: datetime | None) -> str:
    return time.isoformat() if time else ""
