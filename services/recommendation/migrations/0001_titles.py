"""Creates the tables of titles, their versions and vectors, embedding runs, jobs and events."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector

from services.kit import events, jobs

revision = "0001"
down_revision = None


def upgrade() -> None:
    for sequence in ("epochs", "versions"):
        op.execute(sa.schema.CreateSequence(sa.Sequence(sequence)))
    op.create_table(
        "title",
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary()),
        sa.Column("text_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_time", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "title_version",
        sa.Column("epoch", sa.BigInteger(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("write_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("title_version_of_title", "title_version", ["title_id", "epoch"])
    op.create_table(
        "title_vector",
        sa.Column("version", sa.BigInteger(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("vector", Vector(384)),
        sa.Column("write_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
    )
    op.create_index("title_vector_of_title", "title_vector", ["title_id", "version"])
    op.create_index(
        "title_vector_current", "title_vector", ["title_id"], unique=True, postgresql_where=sa.text("current")
    )
    # Vectors are normalized, so the inner product sorts like the cosine, and is cheaper.
    op.create_index(
        "title_vector_near",
        "title_vector",
        ["vector"],
        postgresql_using="hnsw",
        postgresql_ops={"vector": "vector_ip_ops"},
        # No request waits for this index (docs/decisions/0022), so a third of the default value keeps imports fast.
        postgresql_with={"m": 8, "ef_construction": 32},
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "embedder",
        sa.Column("model_version", sa.Text(), primary_key=True),
        sa.Column("first_seen_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.Uuid(), primary_key=True),
        sa.Column("renewed_version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title_count", sa.Integer(), nullable=False),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("skipped_count", sa.Integer(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("failure_message", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'running', 'ready', 'failed')", name="run_state"),
    )
    # At most one run is active, for all callers and all requests.
    op.create_index("run_open", "run", [sa.text("(true)")], unique=True, postgresql_where=sa.text("end_time IS NULL"))
    events.create_tables(op)
    jobs.create_tables(op)
