"""What profiles ask to see, and how often they were changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    texts = sa.ARRAY(sa.Text())
    op.add_column("profile", sa.Column("genres", texts, nullable=False, server_default="{}"))
    op.add_column("profile", sa.Column("liked_language_codes", texts, nullable=False, server_default="{}"))
    op.add_column("profile", sa.Column("answer_time", sa.DateTime(timezone=True)))
    op.add_column("profile", sa.Column("revision", sa.BigInteger(), nullable=False, server_default="1"))
