"""Adds the digest of the rules to decisions, and indexes that find decisions by their inputs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # The rules of older decisions are not known.
    op.add_column("decision", sa.Column("rules", sa.LargeBinary(), nullable=False, server_default=sa.text("''")))
    # A model, or an input about a profile, may be deleted once no decision refers to it.
    op.create_index(
        "decision_of_model",
        "decision",
        ["model_id", "expire_time"],
        postgresql_where=sa.text("model_id IS NOT NULL"),
    )
    op.create_index("decision_of_signals", "decision", ["signals"])
    op.create_index("decision_of_preferences", "decision", ["preferences"])
