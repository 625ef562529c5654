"""Keeps what editors put side by side."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "collections",
        sa.Column("collection_id", sa.UUID(), primary_key=True),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True)),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("featured", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "collected",
        sa.Column(
            "collection_id", sa.UUID(), sa.ForeignKey("collections.collection_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column(
            "title_id", sa.UUID(), sa.ForeignKey("titles.title_id", ondelete="CASCADE"), nullable=False, index=True
        ),
    )
