"""What profiles keep of the guide."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "favorite_channels",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("channel_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
    )
    op.create_table(
        "watched_channel",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("channel_id", sa.Uuid(), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("last_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("watched_channel_hour", "watched_channel", ["hour"])
    op.create_table(
        "reminder",
        sa.Column("reminder_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), sa.ForeignKey("programme.programme_id", ondelete="SET NULL")),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("lead_seconds", sa.Integer(), nullable=False),
        sa.Column("remind_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.UniqueConstraint("profile_id", "programme_id"),
    )
    op.create_index("reminder_programme", "reminder", ["programme_id"])
    op.create_index("reminder_end", "reminder", ["end_time"])
    op.create_index(
        "reminder_waiting",
        "reminder",
        ["remind_time"],
        postgresql_where=sa.text("state = 1 AND programme_id IS NOT NULL"),
    )
