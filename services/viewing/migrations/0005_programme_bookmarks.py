"""Bookmarks in programmes of channels."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "programme_bookmark",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("programme_id", sa.Uuid(), primary_key=True),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Interval(), nullable=False),
        sa.Column("duration", sa.Interval(), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("programme_bookmark_update", "programme_bookmark", ["update_time"])
