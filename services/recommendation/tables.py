"""The tables of recommendation."""

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()

#: The dimension of vectors.
DIMENSION = 384

#: Numbers the versions of titles, and those of vectors. Writers are serialized, so numbers become visible in order.
epochs = Sequence("epochs", metadata=metadata)
versions = Sequence("versions", metadata=metadata)

#: Titles as they are now, with the properties that embedding depends on.
titles = Table(
    "title",
    metadata,
    # The id in catalog. No foreign key leaves the schema.
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # The newest version.
    Column("epoch", BigInteger, nullable=False, unique=True),
    # The revision of that version in catalog.
    Column("revision", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    # The digest of the text to embed; NULL without a text.
    Column("text_hash", LargeBinary),
    # When the text last changed.
    Column("text_time", DateTime(timezone=True), nullable=False),
    # When the claim of the worker that embeds the title ends.
    Column("claim_time", DateTime(timezone=True)),
)

#: Versions of titles as catalog reported them: append-only, and deleted when no decision refers to them any more.
title_versions = Table(
    "title_version",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("title_id", Uuid(as_uuid=False), nullable=False),
    # A serialized marquee.catalog.v1.TitleFacts and TitleDocument.
    Column("facts", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("write_time", DateTime(timezone=True), nullable=False),
)

#: Versions of the vectors of titles. Superseded ones are kept as long as decisions that used them.
title_vectors = Table(
    "title_vector",
    metadata,
    Column("version", BigInteger, primary_key=True),
    Column("title_id", Uuid(as_uuid=False), nullable=False),
    # A vector is fresh while its text and its model are the current ones.
    Column("text_hash", LargeBinary, nullable=False),
    Column("model_version", Text, nullable=False),
    # NULL if the title has no vector from this version on.
    Column("vector", Vector(DIMENSION)),
    Column("write_time", DateTime(timezone=True), nullable=False),
    # Whether it is the newest version of the title's vector.
    Column("current", Boolean, nullable=False),
)

#: The models that have embedded, and since when.
embedders = Table(
    "embedder",
    metadata,
    Column("model_version", Text, primary_key=True),
    Column("first_seen_time", DateTime(timezone=True), nullable=False),
)

#: Runs of embedding.
runs = Table(
    "run",
    metadata,
    # A UUIDv7, in the order of the requests.
    Column("run_id", Uuid(as_uuid=False), primary_key=True),
    # Vectors up to this version are replaced; zero if only missing and stale ones are made.
    Column("renewed_version", BigInteger, nullable=False),
    # queued, running, ready or failed.
    Column("state", Text, nullable=False),
    Column("title_count", Integer, nullable=False),
    Column("done_count", Integer, nullable=False),
    Column("skipped_count", Integer, nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True)),
    Column("failure_message", Text, nullable=False),
)

#: The paused signals of profiles. Viewing and identity have the signals themselves.
tastes = Table(
    "taste",
    metadata,
    # The id in identity. No foreign key leaves the schema.
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    # Grows with each write.
    Column("revision", BigInteger, nullable=False),
    Column("paused", ARRAY(Text), nullable=False),
)

#: The interest of profiles in titles, from which popularity and the collaborative model are computed.
interactions = Table(
    "interaction",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # 1 for a title that was watched to its end, 2 more with a thumb up.
    Column("weight", Double, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    # The revision of the write in viewing: an older event does not undo a newer one.
    Column("revision", BigInteger, nullable=False),
)

#: The number and the interest of the interactions of each title: sums of `interaction`, updated in the same
#: transaction.
popularity = Table(
    "popularity",
    metadata,
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # The interest has decayed until the beginning of this day, in UTC: the day of the latest interaction.
    Column("day", Date, nullable=False),
    Column("count", Integer, nullable=False),
    # One for each half-life of domain.popularity.
    Column("interest_day", Double, nullable=False),
    Column("interest_days", Double, nullable=False),
    Column("interest_fortnight", Double, nullable=False),
    Column("interest_ever", Double, nullable=False),
)

#: The contents of inputs of decisions, each stored once.
inputs = Table(
    "input",
    metadata,
    # The SHA-256 of the content before it was compressed.
    Column("digest", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("keep_until_time", DateTime(timezone=True), nullable=False),
)

#: Decisions: their inputs, and the digest of the home, which can be computed again from the inputs.
decisions = Table(
    "decision",
    metadata,
    # A UUIDv7, in the order of the decisions.
    Column("decision_id", Uuid(as_uuid=False), primary_key=True),
    # NULL for callers who are not signed in.
    Column("profile_id", Uuid(as_uuid=False)),
    Column("decide_time", DateTime(timezone=True), nullable=False),
    Column("expire_time", DateTime(timezone=True), nullable=False),
    Column("language", Text, nullable=False),
    Column("maturity_ceiling", Integer, nullable=False),
    Column("country_code", Text, nullable=False),
    Column("signals", LargeBinary, nullable=False),
    Column("preferences", LargeBinary, nullable=False),
    Column("popularity", LargeBinary, nullable=False),
    Column("weights", LargeBinary, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("vectors_version", BigInteger, nullable=False),
    # The model that made the vectors; empty without vectors.
    Column("embedder", Text, nullable=False),
    # The collaborative model; NULL without one.
    Column("model_id", Uuid(as_uuid=False)),
    # The digest of the rules; empty in rows that are older than the column.
    Column("rules", LargeBinary, nullable=False),
    Column("degradations", ARRAY(Integer), nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

#: Requests to train a model or to embed titles, and the work that they started.
requests = Table(
    "request",
    metadata,
    Column("request_id", Uuid(as_uuid=False), primary_key=True),
    # The method and its arguments: a request with the same id and other contents is refused.
    Column("contents", Text, nullable=False),
    # The run or the model.
    Column("work_id", Uuid(as_uuid=False), nullable=False),
    Column("request_time", DateTime(timezone=True), nullable=False),
)

#: Collaborative models.
models = Table(
    "model",
    metadata,
    # A UUIDv7, in the order of the requests.
    Column("model_id", Uuid(as_uuid=False), primary_key=True),
    # queued, running, ready or failed.
    Column("state", Text, nullable=False),
    Column("profile_count", Integer, nullable=False),
    Column("title_count", Integer, nullable=False),
    Column("interaction_count", BigInteger, nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True)),
    Column("failure_message", Text, nullable=False),
    # The encoded neighbors; NULL until the model is ready.
    Column("content", LargeBinary),
)

#: Numbers the changes of the guide. Writers are serialized, so numbers become visible in order.
guide_epochs = Sequence("guide_epochs", metadata=metadata)

#: Channels, and how far their schedules are loaded from epg.
guide_channels = Table(
    "guide_channel",
    metadata,
    # The id in epg. No foreign key leaves the schema.
    Column("channel_id", Uuid(as_uuid=False), primary_key=True),
    # Grows with each change that an event reports; the channel is behind until this change is loaded.
    Column("change_number", BigInteger, nullable=False),
    Column("loaded_number", BigInteger, nullable=False),
    # When the schedule is loaded again although nothing changed, because its window moves.
    Column("refresh_time", DateTime(timezone=True)),
    # When the claim of the worker that loads the schedule ends.
    Column("claim_time", DateTime(timezone=True)),
    # The newest load; zero before the first one.
    Column("epoch", BigInteger, nullable=False),
    # A serialized marquee.epg.v1.Channel; NULL if epg does not have the channel.
    Column("channel", LargeBinary),
    # The text of its name and its genre.
    Column("text_hash", LargeBinary),
)

#: The programmes of the channels that can be watched or are announced.
guide_programmes = Table(
    "guide_programme",
    metadata,
    # The id in epg.
    Column("programme_id", Uuid(as_uuid=False), primary_key=True),
    Column("channel_id", Uuid(as_uuid=False), nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True), nullable=False),
    Column("maturity_age", Integer),
    # What is shown of the catalog; at most one of both.
    Column("title_id", Uuid(as_uuid=False)),
    Column("episode_id", Uuid(as_uuid=False)),
    # The text to embed if it shows nothing of the catalog.
    Column("text_hash", LargeBinary, nullable=False),
    # The digest of the name.
    Column("name_key", LargeBinary, nullable=False),
    Column("genre_ids", ARRAY(Text), nullable=False),
)

#: The texts of programmes and channels, each once, with their vectors.
guide_texts = Table(
    "guide_text",
    metadata,
    Column("text_hash", LargeBinary, primary_key=True),
    Column("text", Text, nullable=False),
    # When the claim of the worker that embeds the text ends.
    Column("claim_time", DateTime(timezone=True)),
    # The model that made the vector; empty before.
    Column("model_version", Text, nullable=False),
    Column("vector", Vector(DIMENSION)),
    # The newest write of the vector; zero before the first one.
    Column("epoch", BigInteger, nullable=False),
)
