"""Lets what a profile looked at be listed, and be forgotten as a whole."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("profile", sa.Column("view_clear_time", sa.DateTime(timezone=True)))
    op.create_index(
        "title_state_views",
        "title_state",
        ["profile_id", "view_time", "title_id"],
        postgresql_where=sa.text("view_time IS NOT NULL"),
    )
