"""The tables of viewing. Profiles are identity's, titles and episodes catalog's: no key leads out of the schema."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    Interval,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()

# Who writes one of these holds it until the end of the transaction, so the writes of a profile come one by one.
profiles = Table(
    "profile",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    # Unset for what was kept before accounts were told.
    Column("account_id", Uuid(as_uuid=False)),
    # Grows with each write of the profile.
    Column("revision", BigInteger, nullable=False),
    # When the whole history was deleted: what comes late from before that is not taken.
    Column("clear_time", DateTime(timezone=True)),
    # The same of all that was looked at.
    Column("view_clear_time", DateTime(timezone=True)),
)

bookmarks = Table(
    "bookmark",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # Empty for what has no episodes, since a part of a key cannot be unset.
    Column("episode_id", Text, primary_key=True),
    Column("position", Interval, nullable=False),
    Column("duration", Interval, nullable=False),
    # As `domain.bookmarks.Bookmark` says, kept for lists to filter by.
    Column("watched", Boolean, nullable=False),
    # The largest share that was ever reached; what counts as watched is 1.
    Column("reached", Float(53), nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
)

# Everything that a profile told of a title, but for its bookmarks; see `domain.signals.State`.
states = Table(
    "title_state",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # marquee.viewing.v1.Thumb. What was taken back keeps the time of that, so that nothing late brings it back.
    Column("thumb", SmallInteger, nullable=False),
    Column("rate_time", DateTime(timezone=True)),
    Column("listed", Boolean, nullable=False),
    Column("list_time", DateTime(timezone=True)),
    Column("suppressed", Boolean, nullable=False),
    Column("suppress_time", DateTime(timezone=True)),
    Column("dismiss_time", DateTime(timezone=True)),
    Column("snooze_until_time", DateTime(timezone=True)),
    Column("view_count", Integer, nullable=False),
    Column("view_time", DateTime(timezone=True)),
    Column("abandon_count", Integer, nullable=False),
    # What was watched, and looked at, until then is forgotten.
    Column("watch_floor_time", DateTime(timezone=True)),
    Column("view_floor_time", DateTime(timezone=True)),
    # What follows from the bookmarks: the latest of them, and sums over them.
    Column("watch_time", DateTime(timezone=True)),
    Column("episode_id", Text, nullable=False),
    Column("watched", Boolean, nullable=False),
    # The episodes that were ever watched to their end; an empty id for what has no episodes.
    Column("ended_episode_ids", ARRAY(Text), nullable=False),
    Column("begun_count", Integer, nullable=False),
    Column("reached", Float(53), nullable=False),
    Column("watch_duration", Interval, nullable=False),
    # Whether anything is known of the title still; a row of which nothing is goes after a while.
    Column("told", Boolean, nullable=False),
    # When the profile last told anything that is still known.
    Column("latest_time", DateTime(timezone=True)),
    Column("change_time", DateTime(timezone=True), nullable=False),
)

# The series that somebody watches, as catalog knows them.
series = Table(
    "series",
    metadata,
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # Zero while it is not known.
    Column("episode_count", Integer, nullable=False),
    Column("last_episode_id", Text, nullable=False),
    # The catalogue's revision of what is known, and the latest that it has told of.
    Column("revision", BigInteger, nullable=False),
    Column("told_revision", BigInteger, nullable=False),
    # Whether catalog is to be asked.
    Column("due", Boolean, nullable=False),
)

# Events that were counted.
counted = Table(
    "counted_event",
    metadata,
    # Clients make the ids up, so each profile has its own.
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), nullable=False),
    Column("count_time", DateTime(timezone=True), nullable=False),
)
