"""The tables of recommendation."""

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
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
