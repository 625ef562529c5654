"""Packages are assets, which play a subject."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.rename_table("package", "asset")
    for table in ("asset", "step", "content_key"):
        op.alter_column(table, "package_id", new_column_name="asset_id")
    op.execute("ALTER INDEX content_key_by_package RENAME TO content_key_by_asset")
    op.drop_constraint("package_state", "asset")
    op.execute("UPDATE asset SET state = 'canceled' WHERE state = 'cancelled'")
    op.create_check_constraint("asset_state", "asset", "state IN ('queued', 'running', 'ready', 'failed', 'canceled')")
    op.add_column("asset", sa.Column("request_digest", sa.LargeBinary()))
    op.add_column("asset", sa.Column("subject_kind", sa.Text()))
    op.add_column("asset", sa.Column("subject_id", sa.Uuid()))
    op.execute(
        "UPDATE asset SET subject_kind = CASE WHEN episode_id IS NULL THEN 'title_id' ELSE 'episode_id' END,"
        " subject_id = coalesce(episode_id, title_id)"
    )
    op.alter_column("asset", "subject_kind", nullable=False)
    op.alter_column("asset", "subject_id", nullable=False)
    op.drop_index("package_by_title", "asset")
    op.drop_column("asset", "title_id")
    op.drop_column("asset", "episode_id")
    op.create_index("asset_by_subject", "asset", ["subject_kind", "subject_id", "asset_id"])
