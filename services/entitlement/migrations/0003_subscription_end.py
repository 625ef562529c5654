"""An index of canceled subscriptions by the time at which they end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("subscription_end", "subscription", ["end_time"], postgresql_where=sa.text("state = 5"))
