"""The tables of viewing. No key leads out of the schema: identity owns profiles, catalog owns titles and episodes."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    Interval,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()

# A writer locks the row of the profile until the end of its transaction, so that the writes of a profile are serial.
profiles = Table(
    "profile",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    # NULL for profiles that were stored before accounts were known.
    Column("account_id", Uuid(as_uuid=False)),
    # Grows with each write of the profile.
    Column("revision", BigInteger, nullable=False),
    # When the whole history was deleted: late changes from before that are ignored.
    Column("clear_time", DateTime(timezone=True)),
    # The same for all views.
    Column("view_clear_time", DateTime(timezone=True)),
)

bookmarks = Table(
    "bookmark",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # Empty for titles without episodes, since a part of a key cannot be NULL.
    Column("episode_id", Text, primary_key=True),
    Column("position", Interval, nullable=False),
    Column("duration", Interval, nullable=False),
    # As `domain.bookmarks.Bookmark` computes it, for queries to filter by.
    Column("watched", Boolean, nullable=False),
    # The largest share that was ever watched; 1 if it ever counted as watched.
    Column("reached", Float(53), nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
)

# Bookmarks in programmes. They are neither history nor signals of taste, and are deleted when no catch-up window
# can hold the programme any more.
programme_bookmarks = Table(
    "programme_bookmark",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("programme_id", Uuid(as_uuid=False), primary_key=True),
    Column("channel_id", Uuid(as_uuid=False), nullable=False),
    Column("position", Interval, nullable=False),
    Column("duration", Interval, nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
)
Index("programme_bookmark_update", programme_bookmarks.c.update_time)

# Everything that a profile did with a title, except for its bookmarks; see `domain.title_state.TitleState`.
title_states = Table(
    "title_state",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # marquee.viewing.v1.Thumb. What was deleted keeps the time of that, so that no late change brings it back.
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
    # What was watched, and viewed, up to then is deleted.
    Column("watch_floor_time", DateTime(timezone=True)),
    Column("view_floor_time", DateTime(timezone=True)),
    # Derived from the bookmarks: the time and the episode of the latest one, and sums over them.
    Column("watch_time", DateTime(timezone=True)),
    Column("episode_id", Text, nullable=False),
    # The time of the latest bookmark that counts for continue watching; NULL if the title cannot be continued.
    Column("continue_time", DateTime(timezone=True)),
    # The episodes that were ever watched to their end; an empty id for titles without episodes.
    Column("ended_episode_ids", ARRAY(Text), nullable=False),
    Column("bookmark_count", Integer, nullable=False),
    Column("reached", Float(53), nullable=False),
    Column("watch_duration", Interval, nullable=False),
    # Whether there is any signal of the title; a row without one is deleted after a while.
    Column("has_signals", Boolean, nullable=False),
    # The time of the latest signal.
    Column("latest_time", DateTime(timezone=True)),
    Column("change_time", DateTime(timezone=True), nullable=False),
)

# The series that somebody watches, as catalog describes them.
series = Table(
    "series",
    metadata,
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # Zero until it is known.
    Column("episode_count", Integer, nullable=False),
    Column("last_episode_id", Text, nullable=False),
    # The catalog's revision of the title; zero if no event has stated it.
    Column("revision", BigInteger, nullable=False),
    # Whether the episodes have to be requested from catalog.
    Column("due", Boolean, nullable=False),
)

# Events that were counted.
counted_events = Table(
    "counted_event",
    metadata,
    # Clients generate the ids, so each profile has its own.
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), nullable=False),
    Column("count_time", DateTime(timezone=True), nullable=False),
)
