"""The sources that are fetched on a schedule."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "guide_source",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("refresh_seconds", sa.Integer()),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("validators", postgresql.JSONB(), nullable=False),
        sa.Column("last_refresh", postgresql.JSONB()),
        sa.Column("next_refresh_time", sa.DateTime(timezone=True)),
        sa.Column("claim_expire_time", sa.DateTime(timezone=True)),
    )
