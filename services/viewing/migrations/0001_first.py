"""Bookmarks, and events."""

import sqlalchemy as sa
from alembic import op

from services.kit import events

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "bookmark",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("episode_id", sa.Text(), primary_key=True),
        sa.Column("position", sa.Interval(), nullable=False),
        sa.Column("duration", sa.Interval(), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
    )
    # Every list of a profile is the latest first.
    op.create_index("bookmark_latest", "bookmark", ["profile_id", "update_time"])
    events.create_tables(op)
