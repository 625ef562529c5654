"""Keeps which titles are popular, as recommendation tells it, for a home while recommendation is away."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "rankings",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("title_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("rank_time", sa.DateTime(timezone=True), nullable=False),
    )
