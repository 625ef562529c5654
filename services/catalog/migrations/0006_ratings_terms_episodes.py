"""Rates titles by age, names terms by id, and stores each episode in a row of its own."""

from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_BATCH = 500
_RATINGS = {1: (0, "G"), 2: (8, "PG"), 3: (13, "PG-13"), 4: (17, "R"), 5: (18, "NC-17")}
_TERMS = ("genres", "moods", "themes", "inferred_moods", "inferred_themes", "reviewed_moods", "reviewed_themes")


def upgrade() -> None:
    _rate_by_age()
    op.create_table(
        "terms",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("term_id", sa.Text(), primary_key=True),
        sa.Column("display_name", sa.Text(), nullable=False),
    )
    for column in _TERMS:
        op.execute(
            f"UPDATE titles SET {column} = ARRAY(SELECT {_slug('t')} FROM unnest({column}) t) "
            f"WHERE {column} IS NOT NULL"
        )
    op.execute(f"UPDATE enrichment SET value = {_slug('value')} WHERE field IN (1, 2)")
    op.rename_table("waiting", "enrichment_queue")
    op.execute("DELETE FROM rankings")
    _split_documents()
    # What is stored no longer hashes as a file does; the next import writes every row.
    op.execute("UPDATE titles SET content_hash = ''")


def _rate_by_age() -> None:
    op.add_column("titles", sa.Column("maturity_age", sa.SmallInteger()))
    for column in ("maturity_system", "maturity_label"):
        op.add_column("titles", sa.Column(column, sa.Text(), server_default="", nullable=False))
        op.alter_column("titles", column, server_default=None)
    for number, (age, label) in _RATINGS.items():
        op.execute(
            f"UPDATE titles SET maturity_age = {age}, maturity_system = 'MPA', maturity_label = '{label}' "
            f"WHERE maturity_rating = {number}"
        )
    op.drop_column("titles", "maturity_rating")


def _slug(name: str) -> str:
    return f"trim(BOTH '-' FROM regexp_replace(lower(replace({name}, '''', '')), '[^[:alnum:]]+', '-', 'g'))"


def _split_documents() -> None:
    op.add_column("episodes", sa.Column("season_number", sa.Integer()))
    op.add_column("episodes", sa.Column("episode_number", sa.Integer()))
    op.add_column("episodes", sa.Column("document", postgresql.JSONB()))
    connection = op.get_bind()
    last = None
    while rows := _documents_after(connection, last):
        for row in rows:
            document = row.document
            episodes = _convert(document)
            connection.execute(
                sa.text("UPDATE documents SET document = CAST(:document AS jsonb) WHERE title_id = :title_id"),
                {"title_id": row.title_id, "document": orjson.dumps(document).decode()},
            )
            if episodes:
                connection.execute(
                    sa.text(
                        "UPDATE episodes SET season_number = :season, episode_number = :number, "
                        "document = CAST(:document AS jsonb) WHERE episode_id = :episode_id"
                    ),
                    episodes,
                )
        last = rows[-1].title_id
    op.execute("DELETE FROM episodes WHERE document IS NULL")
    for column in ("season_number", "episode_number", "document"):
        op.alter_column("episodes", column, nullable=False)
    op.drop_index("ix_episodes_title_id", "episodes")
    op.create_index("episodes_in_order", "episodes", ["title_id", "season_number", "episode_number", "episode_id"])


def _documents_after(connection: sa.Connection, last: object) -> list[sa.Row[Any]]:
    after = "WHERE title_id > :last" if last else ""
    chosen = sa.text(f"SELECT title_id, document FROM documents {after} ORDER BY title_id LIMIT {_BATCH}")
    typed = chosen.columns(title_id=sa.UUID(as_uuid=False), document=postgresql.JSONB())
    return list(connection.execute(typed, {"last": last} if last else {}))


def _convert(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Takes the episodes out of a document, and gives the rest its new names; returns the episodes."""
    _rename_names(document["texts"])
    document["original_display_name"] = document.pop("original_title", "")
    for credit in document.get("credits", ()):
        credit["display_name"] = credit.pop("person")
    poster = document.get("artwork", {}).pop("poster_uri", "")
    document["images"] = [{"kind": 1, "uri": poster, "width": 0, "height": 0}] if poster else []
    found = []
    for season in document.get("seasons", ()):
        episodes = season.pop("episodes")
        season.update(display_name=season.pop("title", ""), episode_count=len(episodes))
        for episode in episodes:
            _rename_names(episode["texts"])
            stored = {"texts": episode["texts"], "seconds": episode.get("seconds", 0), "images": []}
            found.append(
                {
                    "episode_id": episode["episode_id"],
                    "season": season["number"],
                    "number": episode["number"],
                    "document": orjson.dumps(stored).decode(),
                }
            )
    seconds = sorted(filter(None, (orjson.loads(episode["document"])["seconds"] for episode in found)))
    document["usual_seconds"] = seconds[len(seconds) // 2] if seconds else 0
    return found


def _rename_names(texts: dict[str, Any]) -> None:
    for text in texts.values():
        if "title" in text:
            text["display_name"] = text.pop("title")
