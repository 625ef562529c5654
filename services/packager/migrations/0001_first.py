"""Packages with their steps and keys, jobs, and events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.kit import events, jobs

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "package",
        sa.Column("package_id", sa.Uuid(), primary_key=True),
        sa.Column("request_id", sa.Uuid(), unique=True),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("episode_id", sa.Uuid()),
        sa.Column("source_uri", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("captions", postgresql.JSONB(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("failure_message", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB()),
        sa.Column("renditions", postgresql.JSONB(), nullable=False),
        sa.Column("caption_languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('queued', 'running', 'ready', 'failed', 'cancelled')", name="package_state"),
    )
    op.create_index("package_by_title", "package", ["title_id", "episode_id", "package_id"])
    op.create_table(
        "step",
        sa.Column("package_id", sa.Uuid(), sa.ForeignKey("package.package_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "content_key",
        sa.Column("key_id", sa.LargeBinary(), primary_key=True),
        sa.Column("package_id", sa.Uuid(), sa.ForeignKey("package.package_id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("iv", sa.LargeBinary(), nullable=False),
    )
    op.create_index("content_key_by_package", "content_key", ["package_id"])
    events.create_tables(op)
    jobs.create_tables(op)
