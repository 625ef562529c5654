"""Kinds of channels, what fills their gaps, and the padding of start-over and catch-up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("channel", sa.Column("start_padding_seconds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("channel", sa.Column("end_padding_seconds", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("channel", sa.Column("kind", sa.SmallInteger(), nullable=False, server_default="1"))
    op.add_column("channel", sa.Column("filler", postgresql.ARRAY(sa.Text())))
