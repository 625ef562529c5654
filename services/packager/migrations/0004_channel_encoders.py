"""Encoders of channels, with their runs, their keys and their as-run log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "channel_encoder",
        sa.Column("channel_id", sa.Uuid(), primary_key=True),
        sa.Column("source_uris", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("feed_uri", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("catch_up_seconds", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Uuid()),
        sa.Column("lease_end_time", sa.DateTime(timezone=True)),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_reason", sa.Text(), nullable=False),
        sa.Column("restart_count", sa.Integer(), nullable=False),
        sa.Column("failure_message", sa.Text(), nullable=False),
        sa.Column("failure_time", sa.DateTime(timezone=True)),
        sa.Column("speed", sa.Double(), nullable=False),
        sa.Column("run_count", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("end_cell", sa.BigInteger(), nullable=False, server_default="0"),
        sa.CheckConstraint(
            "state IN ('starting', 'running', 'retrying', 'waiting', 'stopped')", name="channel_encoder_state"
        ),
    )
    op.create_table(
        "encoder_run",
        sa.Column("run_id", sa.Uuid(), primary_key=True),
        sa.Column("channel_id", sa.Uuid(), sa.ForeignKey("channel_encoder.channel_id"), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("first_cell", sa.BigInteger(), nullable=False),
        sa.Column("end_cell", sa.BigInteger(), nullable=False),
        sa.Column("tracks", postgresql.JSONB(), nullable=False),
        sa.UniqueConstraint("channel_id", "sequence", name="encoder_run_sequence"),
        sa.CheckConstraint("first_cell < end_cell", name="encoder_run_cells"),
    )
    op.create_index("encoder_run_by_cell", "encoder_run", ["channel_id", "end_cell"])
    op.create_table(
        "as_run_item",
        sa.Column("channel_id", sa.Uuid(), sa.ForeignKey("channel_encoder.channel_id"), primary_key=True),
        sa.Column("start_time", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("source_uri", sa.Text(), nullable=False),
        sa.Column("item_index", sa.Integer(), nullable=False),
        sa.Column("start_seconds", sa.Double(), nullable=False),
    )
    op.alter_column("content_key", "asset_id", nullable=True)
    op.add_column("content_key", sa.Column("channel_id", sa.Uuid(), sa.ForeignKey("channel_encoder.channel_id")))
    op.add_column("content_key", sa.Column("first_cell", sa.BigInteger()))
    op.add_column("content_key", sa.Column("end_cell", sa.BigInteger()))
    op.create_check_constraint("content_key_owner", "content_key", "(asset_id IS NULL) <> (channel_id IS NULL)")
    op.create_unique_constraint("content_key_by_channel", "content_key", ["channel_id", "first_cell"])
