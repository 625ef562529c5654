"""Assets state why their job waits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("asset", sa.Column("waiting_reason", sa.Text(), nullable=False, server_default=""))
