"""An index for the deletion of sessions that ended long ago."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("session_end", "session", ["end_time"], postgresql_where=sa.text("end_time IS NOT NULL"))
