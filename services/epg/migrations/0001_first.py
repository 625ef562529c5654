"""Channels and programmes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.kit import events

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("channel_id", sa.Uuid(), primary_key=True),
        sa.Column("number", sa.Integer(), unique=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("images", postgresql.JSONB(), nullable=False),
        sa.Column("language_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("genre_id", sa.Text(), nullable=False),
        sa.Column("high_definition", sa.Boolean(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("maturity_rating", postgresql.JSONB()),
        sa.Column("territories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("start_over", sa.Boolean(), nullable=False),
        sa.Column("catch_up_seconds", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "programme",
        sa.Column("programme_id", sa.Uuid(), primary_key=True),
        sa.Column("channel_id", sa.Uuid(), sa.ForeignKey("channel.channel_id", ondelete="CASCADE"), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("maturity_age", sa.SmallInteger()),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
    )
    op.create_index("programme_channel_end", "programme", ["channel_id", "end_time"])
    events.create_tables(op)
