"""Packages, their titles, subscriptions, and events."""

import sqlalchemy as sa
from alembic import op

from services.kit import events

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "package",
        sa.Column("package_id", sa.Uuid(), primary_key=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("price_minor_units", sa.BigInteger(), nullable=False),
        sa.Column("price_currency_code", sa.Text(), nullable=False),
        sa.Column("max_streams", sa.Integer(), nullable=False),
        sa.Column("includes_all_titles", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "assignment",
        sa.Column("package_id", sa.Uuid(), sa.ForeignKey("package.package_id"), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
    )
    op.create_table(
        "subscription",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
    )
    events.create_tables(op)
