"""The table of playback: a log of the sessions, live and ended."""

from sqlalchemy import Column, DateTime, Index, Interval, MetaData, SmallInteger, Table, Text, Uuid

metadata = MetaData()

sessions = Table(
    "session",
    metadata,
    Column("session_id", Uuid(as_uuid=False), primary_key=True),
    Column("account_id", Uuid(as_uuid=False), nullable=False),
    Column("profile_id", Uuid(as_uuid=False), nullable=False),
    # What plays: the kind of its marquee.type.v1.Subject, such as `title_id`, and the id.
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Uuid(as_uuid=False), nullable=False),
    # The series of an episode; NULL otherwise.
    Column("parent_title_id", Uuid(as_uuid=False)),
    Column("asset_id", Uuid(as_uuid=False), nullable=False),
    Column("device_id", Text, nullable=False),
    Column("device_display_name", Text, nullable=False),
    Column("country_code", Text, nullable=False),
    Column("duration", Interval, nullable=False),
    Column("start_position", Interval, nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    # Where the viewer was at `seen_time`, the time of the last report of the player.
    Column("position", Interval, nullable=False),
    # marquee.playback.v1.PlayerState by its number.
    Column("player_state", SmallInteger, nullable=False),
    Column("seen_time", DateTime(timezone=True), nullable=False),
    Column("lease_expire_time", DateTime(timezone=True), nullable=False),
    # NULL while the session is live.
    Column("end_time", DateTime(timezone=True)),
    # The value of a storage.EndCause.
    Column("end_cause", Text),
    # The name of the device whose session replaced this one.
    Column("replaced_by_device", Text),
)

Index("session_end", sessions.c.end_time, postgresql_where=sessions.c.end_time.is_not(None))
Index("session_lease", sessions.c.lease_expire_time, postgresql_where=sessions.c.end_time.is_(None))
