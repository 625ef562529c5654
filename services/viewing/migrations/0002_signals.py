"""Everything that a profile tells of titles, beside its bookmarks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BACKFILL = """
    INSERT INTO title_state (
        profile_id, title_id, watch_time, episode_id, watched, ended_episode_ids, begun_count, reached, watch_duration,
        told, latest_time, change_time
    )
    SELECT profile_id, title_id, max(update_time),
           (array_agg(episode_id ORDER BY update_time DESC, episode_id DESC))[1],
           (array_agg(watched ORDER BY update_time DESC, episode_id DESC))[1],
           coalesce(array_agg(episode_id) FILTER (WHERE watched), '{}'),
           count(*), sum(reached), sum(duration * reached), true, max(update_time), max(update_time)
      FROM bookmark
     GROUP BY profile_id, title_id
"""


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), index=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("clear_time", sa.DateTime(timezone=True)),
    )
    op.add_column("bookmark", sa.Column("reached", sa.Float(53), nullable=False, server_default="0"))
    op.execute(
        "UPDATE bookmark SET reached = "
        "CASE WHEN watched THEN 1 ELSE extract(epoch FROM position) / extract(epoch FROM duration) END"
    )
    _create_title_state()
    op.create_table(
        "series",
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("episode_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_episode_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("told_revision", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("due", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_index("series_due", "series", ["title_id"], postgresql_where=sa.text("due"))
    op.create_table(
        "counted_event",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("event_id", sa.Uuid(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("count_time", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.execute(_BACKFILL)
    op.execute("INSERT INTO profile (profile_id, revision) SELECT DISTINCT profile_id, 1 FROM bookmark")
    op.execute("INSERT INTO series (title_id) SELECT DISTINCT title_id FROM bookmark WHERE episode_id <> ''")


def _create_title_state() -> None:
    op.create_table(
        "title_state",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("thumb", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("rate_time", sa.DateTime(timezone=True)),
        sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("list_time", sa.DateTime(timezone=True)),
        sa.Column("suppressed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("suppress_time", sa.DateTime(timezone=True)),
        sa.Column("dismiss_time", sa.DateTime(timezone=True)),
        sa.Column("snooze_until_time", sa.DateTime(timezone=True)),
        sa.Column("view_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("view_time", sa.DateTime(timezone=True)),
        sa.Column("abandon_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("watch_floor_time", sa.DateTime(timezone=True)),
        sa.Column("view_floor_time", sa.DateTime(timezone=True)),
        sa.Column("watch_time", sa.DateTime(timezone=True)),
        sa.Column("episode_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("watched", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("ended_episode_ids", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("begun_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reached", sa.Float(53), nullable=False, server_default="0"),
        sa.Column("watch_duration", sa.Interval(), nullable=False, server_default="0"),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("latest_time", sa.DateTime(timezone=True)),
        sa.Column("change_time", sa.DateTime(timezone=True), nullable=False),
    )
    # Each list of a profile is the latest first; an index holds the rows of its list alone.
    for name, order, rows in (
        ("signals", "latest_time", "told"),
        ("history", "watch_time", "watch_time IS NOT NULL"),
        ("ratings", "rate_time", "thumb <> 0"),
        ("watchlist", "list_time", "listed"),
        ("suppressions", "suppress_time", "suppressed"),
    ):
        columns = ["profile_id", order, "title_id"]
        op.create_index(f"title_state_{name}", "title_state", columns, postgresql_where=sa.text(rows))
    op.create_index("title_state_empty", "title_state", ["change_time"], postgresql_where=sa.text("NOT told"))
