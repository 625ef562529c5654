"""The words by which channels and programmes are found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.epg.domain import guide_search

revision = "0004"
down_revision = "0003"

_BATCH = 1_000


def upgrade() -> None:
    for table in ("channel", "programme"):
        op.add_column(table, sa.Column("words", postgresql.TSVECTOR(), nullable=False, server_default=""))
    _fill(
        "channel",
        "SELECT channel_id, jsonb_build_object('name', display_name, 'number', number::text), '{}'::jsonb FROM channel",
    )
    _fill(
        "programme",
        "SELECT programme_id, details->'display_names', coalesce(details->'episode_display_names', '{}')"
        " FROM programme",
    )
    for table in ("channel", "programme"):
        op.create_index(f"{table}_words", table, ["words"], postgresql_using="gin")


def _fill(table: str, select_names: str) -> None:
    connection = op.get_bind()
    update = sa.text(f"UPDATE {table} SET words = CAST(:words AS tsvector) WHERE {table}_id = :id")
    for batch in connection.execute(sa.text(select_names)).partitions(_BATCH):
        connection.execute(
            update,
            [
                {
                    "id": id_,
                    "words": guide_search.encode_words(tuple(filter(None, names.values())), tuple(episodes.values())),
                }
                for id_, names, episodes in batch
            ],
        )
