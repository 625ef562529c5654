"""The tables of the catalog."""

from typing import Any, TypeAlias

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    FetchedValue,
    Float,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZMULTIRANGE, UUID

#: A row of a query, with columns as attributes.
Row: TypeAlias = sqlalchemy.Row[*tuple[Any, ...]]

_metadata = MetaData()

#: The revisions of titles. Writers hold a lock, so a reader that sees a revision sees all earlier ones.
revisions = Sequence("revisions", metadata=_metadata)

#: What titles are filtered and ordered by, and what decides who may see them. Lists scan it, so it is kept narrow.
titles = Table(
    "titles",
    _metadata,
    Column("title_id", UUID(as_uuid=False), primary_key=True),
    # The key in the source, by which a second import finds the title again.
    Column("source_key", Text, unique=True),
    Column("type", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    # NULL if the title is not rated.
    Column("maturity_age", SmallInteger),
    Column("maturity_system", Text, nullable=False),
    Column("maturity_label", Text, nullable=False),
    Column("territories", ARRAY(Text), nullable=False),
    Column("windows", TSTZMULTIRANGE, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("language_code", Text, nullable=False),
    # The release date as a number that sorts: 20240500 is May 2024, day unknown.
    Column("released", Integer, nullable=False),
    # The name without case, accents and article.
    Column("sort_key", Text(collation="C"), nullable=False),
    # The ids of terms.
    Column("genres", ARRAY(Text), nullable=False),
    Column("moods", ARRAY(Text), nullable=False),
    Column("themes", ARRAY(Text), nullable=False),
    Column("featured", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False, unique=True),
    # What a model generated, what an editor decided after the import, and what is shown as a result.
    Column("inferred_moods", ARRAY(Text), server_default="{}", nullable=False),
    Column("inferred_themes", ARRAY(Text), server_default="{}", nullable=False),
    Column("reviewed_moods", ARRAY(Text)),
    Column("reviewed_themes", ARRAY(Text)),
    Column("shown_moods", ARRAY(Text), FetchedValue()),
    Column("shown_themes", ARRAY(Text), FetchedValue()),
    Column("inferred_line", Text, server_default="", nullable=False),
    Column("reviewed_line", Text),
    # The hash of everything that was imported; a row with the same hash is not written again.
    Column("content_hash", LargeBinary, nullable=False),
)

#: What is shown of titles, read a few at a time: `{"texts": {"en": {"display_name", "tagline", "synopsis"}, …},
#: "original_display_name", "release_date": [year, month, day], "seconds", "usual_seconds", "source_uri",
#: "credits": [{"display_name", "role", "character"}], "artwork": {"palette", "motif"},
#: "images": [{"kind", "uri", "width", "height"}], "seasons": [{"number", "display_name", "episode_count"}]}`.
#: `usual_seconds` is the median duration of the episodes of a series.
documents = Table(
    "documents",
    _metadata,
    Column("title_id", ForeignKey(titles.c.title_id, ondelete="CASCADE"), primary_key=True),
    Column("document", JSONB, nullable=False),
)

#: The episodes of series. The document is `{"texts": {"en": {"display_name", "synopsis"}, …}, "seconds", "images"}`.
episodes = Table(
    "episodes",
    _metadata,
    Column("episode_id", UUID(as_uuid=False), primary_key=True),
    Column("title_id", ForeignKey(titles.c.title_id, ondelete="CASCADE"), nullable=False),
    Column("season_number", Integer, nullable=False),
    Column("episode_number", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    # When the episode was added to the platform.
    Column("publish_time", DateTime(timezone=True), nullable=False),
)

#: The names of genres, moods and themes in English, as an import or an editor wrote them first.
terms = Table(
    "terms",
    _metadata,
    Column("kind", Text, primary_key=True),
    Column("term_id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
)

#: The sources of values that were not imported. Generated values remain when an editor decides otherwise.
enrichment = Table(
    "enrichment",
    _metadata,
    Column("title_id", ForeignKey(titles.c.title_id, ondelete="CASCADE"), primary_key=True),
    Column("field", SmallInteger, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("source", SmallInteger, primary_key=True),
    Column("confidence", Float, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("write_time", DateTime(timezone=True), nullable=False),
)

#: Rankings of titles that other services publish, by name.
rankings = Table(
    "rankings",
    _metadata,
    Column("name", Text, primary_key=True),
    Column("title_ids", ARRAY(UUID(as_uuid=False)), nullable=False),
    Column("rank_time", DateTime(timezone=True), nullable=False),
)

#: The collections. The row of a deleted one remains, so that replicas notice.
collections = Table(
    "collections",
    _metadata,
    Column("collection_id", UUID(as_uuid=False), primary_key=True),
    # By language: `{"en": {"display_name", "tagline"}, …}`.
    Column("texts", JSONB, nullable=False),
    Column("start_time", DateTime(timezone=True)),
    Column("end_time", DateTime(timezone=True)),
    Column("featured", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
)

#: The titles of collections, in their order.
collected = Table(
    "collected",
    _metadata,
    Column("collection_id", ForeignKey(collections.c.collection_id, ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("title_id", ForeignKey(titles.c.title_id, ondelete="CASCADE"), nullable=False, index=True),
)

#: The titles to enrich; a title that is added again gets a new position.
queue = Table(
    "enrichment_queue",
    _metadata,
    Column("title_id", ForeignKey(titles.c.title_id, ondelete="CASCADE"), primary_key=True),
    Column("position", BigInteger, Identity(), nullable=False),
    # Whether generated values are replaced.
    Column("again", Boolean, nullable=False),
)
