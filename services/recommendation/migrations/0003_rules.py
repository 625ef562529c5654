"""Decisions name the rules that they were made by, and are found by what they were made from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # By which rules older decisions were made was not written down.
    op.add_column("decision", sa.Column("rules", sa.LargeBinary(), nullable=False, server_default=sa.text("''")))
    # A model, and what tells of a profile, may go as soon as no decision names it.
    op.create_index(
        "decision_of_model",
        "decision",
        ["model_id", "expire_time"],
        postgresql_where=sa.text("model_id IS NOT NULL"),
    )
    op.create_index("decision_of_signals", "decision", ["signals"])
    op.create_index("decision_of_preferences", "decision", ["preferences"])
