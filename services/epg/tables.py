"""The tables of epg."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects import postgresql

metadata = MetaData()

channels = Table(
    "channel",
    metadata,
    Column("channel_id", Uuid(as_uuid=False), primary_key=True),
    # NULL for a channel without a number.
    Column("number", Integer, unique=True),
    Column("display_name", Text, nullable=False),
    # A list of objects with the fields of marquee.type.v1.Image.
    Column("images", postgresql.JSONB, nullable=False),
    Column("language_codes", postgresql.ARRAY(Text), nullable=False),
    Column("genre_id", Text, nullable=False),
    Column("high_definition", Boolean, nullable=False),
    Column("country_code", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    # An object with the fields of marquee.type.v1.MaturityRating; NULL if every profile sees the channel.
    Column("maturity_rating", postgresql.JSONB),
    Column("territories", postgresql.ARRAY(Text), nullable=False),
    Column("start_over", Boolean, nullable=False),
    Column("catch_up_seconds", Integer, nullable=False),
    Column("start_padding_seconds", Integer, nullable=False, server_default="0"),
    Column("end_padding_seconds", Integer, nullable=False, server_default="0"),
    # A number of marquee.epg.v1.ChannelKind.
    Column("kind", SmallInteger, nullable=False, server_default="1"),
    # The kind and the id of a subject; NULL if gaps are not filled.
    Column("filler", postgresql.ARRAY(Text)),
    Column("hidden", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    # What it is found by; see domain.guide_search.
    Column("words", postgresql.TSVECTOR, nullable=False),
)

programmes = Table(
    "programme",
    metadata,
    Column("programme_id", Uuid(as_uuid=False), primary_key=True),
    Column("channel_id", Uuid(as_uuid=False), ForeignKey("channel.channel_id", ondelete="CASCADE"), nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True), nullable=False),
    # The minimum age of viewers in years; NULL if it is not known.
    Column("maturity_age", SmallInteger),
    # The key of the programme in its source, empty if it has none.
    Column("source_key", Text, nullable=False),
    # What is shown: an object with the fields of domain.schedules.Details.
    Column("details", postgresql.JSONB, nullable=False),
    # What it is found by; see domain.guide_search.
    Column("words", postgresql.TSVECTOR, nullable=False),
)

#: The sources that are fetched on a schedule.
guide_sources = Table(
    "guide_source",
    metadata,
    Column("source", Text, primary_key=True),
    Column("uri", Text, nullable=False),
    # An object with the fields of marquee.epg.v1.ImportOptions.
    Column("options", postgresql.JSONB, nullable=False),
    # NULL if only editors refresh it.
    Column("refresh_seconds", Integer),
    Column("revision", BigInteger, nullable=False),
    # What the server said of the file of the last import: `etag` and `last_modified`.
    Column("validators", postgresql.JSONB, nullable=False),
    # An object with the fields of marquee.epg.v1.GuideRefresh; NULL before the first fetch.
    Column("last_refresh", postgresql.JSONB),
    # NULL if no fetch is planned.
    Column("next_refresh_time", DateTime(timezone=True)),
    # Until when the replica that fetches the source has to be done; NULL if none does.
    Column("claim_expire_time", DateTime(timezone=True)),
)

#: The channels that the ids of a source name, as imports have found them.
source_channels = Table(
    "source_channel",
    metadata,
    Column("source", Text, primary_key=True),
    Column("source_channel_id", Text, primary_key=True),
    Column("channel_id", Uuid(as_uuid=False), ForeignKey("channel.channel_id", ondelete="CASCADE"), nullable=False),
)
Index("source_channel_channel", source_channels.c.channel_id)

#: Programmes of a channel do not overlap, so that their ends have the order of their starts: the first row after a
#: time is what is shown at that time.
Index("programme_channel_end", programmes.c.channel_id, programmes.c.end_time)

Index("channel_words", channels.c.words, postgresql_using="gin")
Index("programme_words", programmes.c.words, postgresql_using="gin")
#: The favorite channels of profiles, in their order; a channel that was deleted may still be among them.
favorite_channels = Table(
    "favorite_channels",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("channel_ids", postgresql.ARRAY(Uuid(as_uuid=False)), nullable=False),
)

#: How long profiles watched channels in one hour of the clock, live or as catch-up.
watched_channels = Table(
    "watched_channel",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("channel_id", Uuid(as_uuid=False), primary_key=True),
    # The beginning of the hour.
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("seconds", Integer, nullable=False),
    Column("last_time", DateTime(timezone=True), nullable=False),
)
Index("watched_channel_hour", watched_channels.c.hour)

reminders = Table(
    "reminder",
    metadata,
    Column("reminder_id", Uuid(as_uuid=False), primary_key=True),
    Column("account_id", Uuid(as_uuid=False), nullable=False),
    Column("profile_id", Uuid(as_uuid=False), nullable=False),
    # NULL once the programme is not scheduled any more.
    Column("programme_id", Uuid(as_uuid=False), ForeignKey("programme.programme_id", ondelete="SET NULL")),
    # A number of marquee.epg.v1.ReminderState; a pending reminder without a programme counts as removed.
    Column("state", SmallInteger, nullable=False),
    Column("lead_seconds", Integer, nullable=False),
    Column("remind_time", DateTime(timezone=True), nullable=False),
    # The programme as it is, or as it was last. Who writes programmes updates them here too.
    Column("channel_id", Uuid(as_uuid=False), nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True), nullable=False),
    Column("details", postgresql.JSONB, nullable=False),
    UniqueConstraint("profile_id", "programme_id"),
)
Index("reminder_programme", reminders.c.programme_id)
Index("reminder_end", reminders.c.end_time)
Index(
    "reminder_waiting",
    reminders.c.remind_time,
    postgresql_where=(reminders.c.state == 1) & reminders.c.programme_id.is_not(None),
)
