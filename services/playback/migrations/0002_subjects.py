"""Subjects and assets instead of titles, episodes and packages; sessions that another device replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("session", sa.Column("subject_kind", sa.Text()))
    op.add_column("session", sa.Column("subject_id", sa.Uuid()))
    op.add_column("session", sa.Column("parent_title_id", sa.Uuid()))
    op.execute(
        "UPDATE session SET subject_kind = CASE episode_id WHEN '' THEN 'title_id' ELSE 'episode_id' END,"
        " subject_id = CASE episode_id WHEN '' THEN title_id ELSE episode_id::uuid END,"
        " parent_title_id = CASE episode_id WHEN '' THEN NULL ELSE title_id END"
    )
    op.alter_column("session", "subject_kind", nullable=False)
    op.alter_column("session", "subject_id", nullable=False)
    op.drop_column("session", "title_id")
    op.drop_column("session", "episode_id")
    op.alter_column("session", "package_id", new_column_name="asset_id")
    op.alter_column("session", "device_name", new_column_name="device_display_name")
    op.add_column("session", sa.Column("replaced_by_device", sa.Text()))
