"""The tables of viewing."""

from sqlalchemy import Boolean, Column, DateTime, Interval, MetaData, Table, Text, Uuid

metadata = MetaData()

bookmarks = Table(
    "bookmark",
    metadata,
    # A profile of identity's, a title and an episode of catalog's: no key leads out of the schema.
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # Empty for what has no episodes, since a part of a key cannot be unset.
    Column("episode_id", Text, primary_key=True),
    Column("position", Interval, nullable=False),
    Column("duration", Interval, nullable=False),
    # As `domain.is_watched` says, kept for lists to filter by.
    Column("watched", Boolean, nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
)
