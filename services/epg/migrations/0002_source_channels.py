"""The channels that the ids of a source name."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "source_channel",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("source_channel_id", sa.Text(), primary_key=True),
        sa.Column("channel_id", sa.Uuid(), sa.ForeignKey("channel.channel_id", ondelete="CASCADE"), nullable=False),
    )
    op.create_index("source_channel_channel", "source_channel", ["channel_id"])
