"""Notes when episodes came to the platform; of those that are there already, no better time is known than now."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "episodes",
        sa.Column("publish_time", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
