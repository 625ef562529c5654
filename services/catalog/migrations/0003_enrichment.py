"""Keeps what machines fill in beside what editors wrote, whose word wins, and the queue of titles that wait for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.kit import jobs

revision = "0003"
down_revision = "0002"

_WORDS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    for field in ("moods", "themes"):
        op.add_column("titles", sa.Column(f"inferred_{field}", _WORDS, server_default="{}", nullable=False))
        op.add_column("titles", sa.Column(f"reviewed_{field}", _WORDS))
        shown = f"coalesce(reviewed_{field}, CASE WHEN cardinality({field}) = 0 THEN inferred_{field} ELSE {field} END)"
        op.add_column("titles", sa.Column(f"shown_{field}", _WORDS, sa.Computed(shown, persisted=True)))
    op.add_column("titles", sa.Column("inferred_line", sa.Text(), server_default="", nullable=False))
    op.add_column("titles", sa.Column("reviewed_line", sa.Text()))
    op.create_table(
        "enrichment",
        sa.Column("title_id", sa.UUID(), sa.ForeignKey("titles.title_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("field", sa.SmallInteger(), primary_key=True),
        sa.Column("value", sa.Text(), primary_key=True),
        sa.Column("source", sa.SmallInteger(), primary_key=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("write_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "waiting",
        sa.Column("title_id", sa.UUID(), sa.ForeignKey("titles.title_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
    )
    jobs.create_tables(op)
