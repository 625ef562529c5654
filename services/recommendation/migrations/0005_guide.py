"""Creates the tables of channels, programmes and their vectors."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("guide_epochs")))
    op.create_table(
        "guide_channel",
        sa.Column("channel_id", sa.Uuid(), primary_key=True),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        sa.Column("loaded_number", sa.BigInteger(), nullable=False),
        sa.Column("refresh_time", sa.DateTime(timezone=True)),
        sa.Column("claim_time", sa.DateTime(timezone=True)),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.LargeBinary()),
        sa.Column("text_hash", sa.LargeBinary()),
    )
    op.create_index("guide_channel_by_epoch", "guide_channel", ["epoch"])
    op.create_table(
        "guide_programme",
        sa.Column("programme_id", sa.Uuid(), primary_key=True),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("maturity_age", sa.Integer()),
        sa.Column("title_id", sa.Uuid()),
        sa.Column("episode_id", sa.Uuid()),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name_key", sa.LargeBinary(), nullable=False),
        sa.Column("genre_ids", sa.ARRAY(sa.Text()), nullable=False),
    )
    op.create_index("guide_programme_of_channel", "guide_programme", ["channel_id", "start_time"])
    op.create_index("guide_programme_of_text", "guide_programme", ["text_hash"])
    op.create_table(
        "guide_text",
        sa.Column("text_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("claim_time", sa.DateTime(timezone=True)),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("vector", Vector(384)),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
    )
    op.create_index("guide_text_by_epoch", "guide_text", ["epoch"])
