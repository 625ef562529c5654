"""Continue watching by the bookmarks that count; bookmarks of an episode; columns with the names of the code."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BACKFILL = """
    UPDATE title_state
       SET continue_time = latest.update_time
      FROM (
          SELECT DISTINCT ON (profile_id, title_id) profile_id, title_id, episode_id, watched, update_time
            FROM bookmark
           WHERE position >= least(interval '60 seconds', duration * 0.02)
           ORDER BY profile_id, title_id, update_time DESC, episode_id DESC
      ) latest
     WHERE title_state.profile_id = latest.profile_id
       AND title_state.title_id = latest.title_id
       AND (NOT latest.watched OR latest.episode_id <> '')
"""


def upgrade() -> None:
    op.alter_column("title_state", "told", new_column_name="has_signals")
    op.alter_column("title_state", "begun_count", new_column_name="bookmark_count")
    op.add_column("title_state", sa.Column("continue_time", sa.DateTime(timezone=True)))
    op.execute(_BACKFILL)
    op.drop_column("title_state", "watched")
    op.create_index(
        "title_state_continue_watching",
        "title_state",
        ["profile_id", "continue_time", "title_id"],
        postgresql_where=sa.text("continue_time IS NOT NULL"),
    )
    op.create_index(
        "bookmark_episode", "bookmark", ["profile_id", "episode_id"], postgresql_where=sa.text("episode_id <> ''")
    )
    # Events carry the episodes of a series now; what is known is requested once more.
    op.drop_column("series", "told_revision")
    op.execute("UPDATE series SET due = true")
