"""The table of playback: a log of every session, alive or ended."""

from sqlalchemy import Column, DateTime, Index, Interval, MetaData, SmallInteger, Table, Text, Uuid

metadata = MetaData()

sessions = Table(
    "session",
    metadata,
    Column("session_id", Uuid(as_uuid=False), primary_key=True),
    Column("account_id", Uuid(as_uuid=False), nullable=False),
    Column("profile_id", Uuid(as_uuid=False), nullable=False),
    Column("title_id", Uuid(as_uuid=False), nullable=False),
    # Empty where the title has no episodes.
    Column("episode_id", Text, nullable=False),
    Column("package_id", Uuid(as_uuid=False), nullable=False),
    Column("device_id", Text, nullable=False),
    Column("device_name", Text, nullable=False),
    Column("country_code", Text, nullable=False),
    Column("duration", Interval, nullable=False),
    Column("start_position", Interval, nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    # Where the viewer was at `seen_time`, the last that was heard of the player.
    Column("position", Interval, nullable=False),
    # marquee.playback.v1.PlayerState by its number.
    Column("player_state", SmallInteger, nullable=False),
    Column("seen_time", DateTime(timezone=True), nullable=False),
    Column("lease_expire_time", DateTime(timezone=True), nullable=False),
    # NULL while it lives.
    Column("end_time", DateTime(timezone=True)),
    # `stopped` by a viewer, or `lapsed` for want of heartbeats.
    Column("end_cause", Text),
)

Index("session_lease", sessions.c.lease_expire_time, postgresql_where=sessions.c.end_time.is_(None))
