"""The as-run log of channels, and sessions without an asset of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.alter_column("session", "asset_id", nullable=True)
    op.create_table(
        "aired_item",
        sa.Column("channel_id", sa.Uuid(), primary_key=True),
        sa.Column("first_cell", sa.BigInteger(), primary_key=True),
        sa.Column("cell_count", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid()),
        sa.Column("asset_id", sa.Uuid()),
        sa.Column("first_segment", sa.Integer(), nullable=False),
        sa.Column("segment_count", sa.Integer(), nullable=False),
        sa.Column("runs_before", sa.BigInteger(), nullable=False),
        sa.Column("maturity_age", sa.SmallInteger()),
    )
