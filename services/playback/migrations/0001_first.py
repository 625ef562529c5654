"""The log of sessions, and events."""

import sqlalchemy as sa
from alembic import op

from services.kit import events

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("session_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("episode_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("device_name", sa.Text(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("duration", sa.Interval(), nullable=False),
        sa.Column("start_position", sa.Interval(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Interval(), nullable=False),
        sa.Column("player_state", sa.SmallInteger(), nullable=False),
        sa.Column("seen_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("end_cause", sa.Text()),
    )
    # The sweeper looks for leases that ran out among the sessions that live, which are few.
    op.create_index("session_lease", "session", ["lease_expire_time"], postgresql_where=sa.text("end_time IS NULL"))
    events.create_tables(op)
