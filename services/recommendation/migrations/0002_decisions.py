"""Creates the tables of tastes, interactions, decisions with their inputs, and collaborative models."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "taste",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.ARRAY(sa.Text()), nullable=False),
    )
    op.create_table(
        "interaction",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "input",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("keep_until_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("input_keep", "input", ["keep_until_time"])
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.Uuid(), primary_key=True),
        sa.Column("profile_id", sa.Uuid()),
        sa.Column("decide_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("maturity_ceiling", sa.Integer(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("signals", sa.LargeBinary(), nullable=False),
        sa.Column("preferences", sa.LargeBinary(), nullable=False),
        sa.Column("popularity", sa.LargeBinary(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("vectors_version", sa.BigInteger(), nullable=False),
        sa.Column("embedder", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Uuid()),
        sa.Column("degradations", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
    )
    op.create_index("decision_of_profile", "decision", ["profile_id", "decision_id"])
    op.create_index("decision_expiry", "decision", ["expire_time"])
    op.create_table(
        "model",
        sa.Column("model_id", sa.Uuid(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("profile_count", sa.Integer(), nullable=False),
        sa.Column("title_count", sa.Integer(), nullable=False),
        sa.Column("interaction_count", sa.BigInteger(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("failure_message", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.CheckConstraint("state IN ('queued', 'running', 'ready', 'failed')", name="model_state"),
    )
    # At most one training is active, for all callers and all requests.
    op.create_index(
        "model_open", "model", [sa.text("(true)")], unique=True, postgresql_where=sa.text("end_time IS NULL")
    )
