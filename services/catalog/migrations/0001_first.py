"""Creates titles, their documents and the ids of their episodes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.kit import events

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE revisions")
    op.create_table(
        "titles",
        sa.Column("title_id", sa.UUID(), primary_key=True),
        sa.Column("source_key", sa.Text(), unique=True),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("maturity_rating", sa.SmallInteger(), nullable=False),
        sa.Column("territories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("windows", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("language_code", sa.Text(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.Column("genres", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("moods", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("themes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("featured", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
    )
    op.create_index("titles_newest", "titles", ["released", "title_id"])
    op.create_index("titles_by_name", "titles", ["sort_key", "title_id"])
    op.create_table(
        "documents",
        sa.Column("title_id", sa.UUID(), sa.ForeignKey("titles.title_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("document", postgresql.JSONB(), nullable=False),
    )
    op.create_table(
        "episodes",
        sa.Column("episode_id", sa.UUID(), primary_key=True),
        sa.Column(
            "title_id", sa.UUID(), sa.ForeignKey("titles.title_id", ondelete="CASCADE"), nullable=False, index=True
        ),
    )
    events.create_tables(op)
