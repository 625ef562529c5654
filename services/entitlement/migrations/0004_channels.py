"""Channels in packages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "package", sa.Column("includes_all_channels", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "channel_assignment",
        sa.Column("package_id", sa.Uuid(), sa.ForeignKey("package.package_id"), primary_key=True),
        sa.Column("channel_id", sa.Uuid(), primary_key=True),
    )
