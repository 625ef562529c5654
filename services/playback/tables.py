"""The tables of playback: a log of the sessions, live and ended, and the as-run log of channels."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, Interval, MetaData, SmallInteger, Table, Text, Uuid

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
    # The channel that plays; NULL on demand. The subject is then the programme where the viewer is, if one is known.
    Column("channel_id", Uuid(as_uuid=False)),
    # NULL for a session on a channel, which plays several.
    Column("asset_id", Uuid(as_uuid=False)),
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

#: What channels showed, as linear.runs.AiredItem. Rows of a channel do not overlap, and what they state of a cell never
#: changes: only the last row grows.
aired_items = Table(
    "aired_item",
    metadata,
    Column("channel_id", Uuid(as_uuid=False), primary_key=True),
    Column("first_cell", BigInteger, primary_key=True),
    Column("cell_count", Integer, nullable=False),
    # NULL in a gap of the schedule.
    Column("programme_id", Uuid(as_uuid=False)),
    # NULL if nothing could be shown.
    Column("asset_id", Uuid(as_uuid=False)),
    Column("first_segment", Integer, nullable=False),
    Column("segment_count", Integer, nullable=False),
    Column("runs_before", BigInteger, nullable=False),
    # The minimum age of viewers in years; NULL if it is not known.
    Column("maturity_age", SmallInteger),
)
