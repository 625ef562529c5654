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

#: How many numbers a vector has.
DIMENSION = 384

#: Numbers the changes of titles, and those of vectors. Writers take turns, so who has seen one has seen all before it.
epochs = Sequence("epochs", metadata=metadata)
versions = Sequence("versions", metadata=metadata)

#: Titles as they are now, as far as embedding them needs it.
titles = Table(
    "title",
    metadata,
    # A title of catalog's: no key leads out of the schema.
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # Its newest version.
    Column("epoch", BigInteger, nullable=False, unique=True),
    # Catalog's own number of that version.
    Column("revision", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    # Of the text to embed; unset where there is none.
    Column("text_hash", LargeBinary),
    # When the text became what it is.
    Column("text_time", DateTime(timezone=True), nullable=False),
    # Until when whoever took the title is trusted to be embedding it.
    Column("claim_time", DateTime(timezone=True)),
)

#: What catalog said of titles, and when: only ever added to, and pruned when too old to be asked for.
title_versions = Table(
    "title_version",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("title_id", Uuid(as_uuid=False), nullable=False),
    # A serialised marquee.catalog.v1.TitleFacts and TitleDocument.
    Column("facts", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("write_time", DateTime(timezone=True), nullable=False),
)

#: The vectors of titles. Those that were superseded are kept as long as decisions that used them.
title_vectors = Table(
    "title_vector",
    metadata,
    Column("version", BigInteger, primary_key=True),
    Column("title_id", Uuid(as_uuid=False), nullable=False),
    # What was embedded, and by which model: a vector is fresh while both are those of now.
    Column("text_hash", LargeBinary, nullable=False),
    Column("model_version", Text, nullable=False),
    # Unset where the version says that the title has no vector any more.
    Column("vector", Vector(DIMENSION)),
    Column("write_time", DateTime(timezone=True), nullable=False),
    # Whether no later version of the title's vector is there.
    Column("current", Boolean, nullable=False),
)

#: The models that ever embedded, and since when.
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
    # A UUIDv7: in its order runs were asked for.
    Column("run_id", Uuid(as_uuid=False), primary_key=True),
    # Vectors up to this version are to be made anew; zero if only missing and stale ones are.
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

#: What of the taste of profiles is kept here: the signals that rest.
tastes = Table(
    "taste",
    metadata,
    # A profile of identity's: no key leads out of the schema.
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    # Grows with each write.
    Column("revision", BigInteger, nullable=False),
    Column("paused", ARRAY(Text), nullable=False),
)

#: Who took an interest in what, and when: what popularity and the collaborative model are made of.
interactions = Table(
    "interaction",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # How much: 1 for what was watched to its end, 2 with a thumb up.
    Column("weight", Double, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    # Viewing's number of the write that it comes from: an older telling never undoes a newer one.
    Column("revision", BigInteger, nullable=False),
)

#: How many interactions each title has, and how much interest that is: sums of `interaction`, updated in the
#: transaction that writes it.
popularity = Table(
    "popularity",
    metadata,
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
    # Until the beginning of which day, by UTC, the interest has decayed: the day of the latest interaction ever.
    Column("day", Date, nullable=False),
    Column("count", Integer, nullable=False),
    # By the half-lives of domain.popularity.
    Column("interest_day", Double, nullable=False),
    Column("interest_days", Double, nullable=False),
    Column("interest_fortnight", Double, nullable=False),
    Column("interest_ever", Double, nullable=False),
)

#: What decisions were made from, each kind of content once.
inputs = Table(
    "input",
    metadata,
    # The SHA-256 of the content before it was compressed.
    Column("digest", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("keep_until_time", DateTime(timezone=True), nullable=False),
)

#: What was decided: from which inputs, and the digest of what came out. The home itself comes out again of its inputs.
decisions = Table(
    "decision",
    metadata,
    # A UUIDv7: in its order decisions were made.
    Column("decision_id", Uuid(as_uuid=False), primary_key=True),
    # Unset for callers who are not signed in.
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
    # The collaborative model; unset without one.
    Column("model_id", Uuid(as_uuid=False)),
    # The digest of the rules that it was made by; empty where that was not written down.
    Column("rules", LargeBinary, nullable=False),
    Column("degradations", ARRAY(Integer), nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

#: Requests to train a model or to embed titles, and what they started.
requests = Table(
    "request",
    metadata,
    Column("request_id", Uuid(as_uuid=False), primary_key=True),
    # The method and what it was asked for: a request with the same id and other contents is refused.
    Column("contents", Text, nullable=False),
    # The run or the model.
    Column("work_id", Uuid(as_uuid=False), nullable=False),
    Column("request_time", DateTime(timezone=True), nullable=False),
)

#: Collaborative models.
models = Table(
    "model",
    metadata,
    # A UUIDv7: in its order models were asked for.
    Column("model_id", Uuid(as_uuid=False), primary_key=True),
    # queued, running, ready or failed.
    Column("state", Text, nullable=False),
    Column("profile_count", Integer, nullable=False),
    Column("title_count", Integer, nullable=False),
    Column("interaction_count", BigInteger, nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True)),
    Column("failure_message", Text, nullable=False),
    # The model itself; unset until it is ready.
    Column("content", LargeBinary),
)
