"""The tables of packager."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()

assets = Table(
    "asset",
    metadata,
    # A UUIDv7, so that its order is the order of creation.
    Column("asset_id", Uuid(as_uuid=False), primary_key=True),
    Column("request_id", Uuid(as_uuid=False), unique=True),
    # The SHA-256 of the request, so that a request id is not used for another one.
    Column("request_digest", LargeBinary),
    # What it plays: `title_id` or `episode_id`, and the id in catalog.
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Uuid(as_uuid=False), nullable=False),
    Column("source_uri", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    # A list of {language, source_uri}.
    Column("captions", JSONB, nullable=False),
    Column("profile", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    # queued, running, ready, failed or canceled.
    Column("state", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("progress", Double, nullable=False),
    Column("failure_message", Text, nullable=False),
    # Empty while the job does not wait.
    Column("waiting_reason", Text, nullable=False, server_default=""),
    # The content of the source, set when the source is probed.
    Column("content", JSONB),
    # A list of {width, height, bitrate}, the smallest first, set when the asset is ready.
    Column("renditions", JSONB, nullable=False),
    Column("caption_languages", ARRAY(Text), nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("end_time", DateTime(timezone=True)),
)

steps = Table(
    "step",
    metadata,
    Column("asset_id", Uuid(as_uuid=False), ForeignKey("asset.asset_id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("end_time", DateTime(timezone=True), nullable=False),
)

content_keys = Table(
    "content_key",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    # Either the asset or the channel that the key encrypts.
    Column("asset_id", Uuid(as_uuid=False), ForeignKey("asset.asset_id", ondelete="CASCADE")),
    Column("channel_id", Uuid(as_uuid=False), ForeignKey("channel_encoder.channel_id")),
    # The cells of the channel that the key encrypts.
    Column("first_cell", BigInteger),
    Column("end_cell", BigInteger),
    Column("key", LargeBinary, nullable=False),
    # The playlists of an asset contain it, so a resumed job must use the same one. Empty for a channel, where it is the
    # number of the cell.
    Column("iv", LargeBinary, nullable=False),
)

channel_encoders = Table(
    "channel_encoder",
    metadata,
    Column("channel_id", Uuid(as_uuid=False), primary_key=True),
    # The input: a list of sources, or a feed; the other one is empty.
    Column("source_uris", ARRAY(Text), nullable=False),
    Column("feed_uri", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("catch_up_seconds", Integer, nullable=False),
    # Whether the encoder is to run.
    Column("enabled", Boolean, nullable=False),
    # Grows with each change after which the encoder must start again.
    Column("generation", Integer, nullable=False),
    # The replica that runs the encoder, until its lease ends.
    Column("owner", Uuid(as_uuid=False)),
    Column("lease_end_time", DateTime(timezone=True)),
    # starting, running, retrying, waiting or stopped.
    Column("state", Text, nullable=False),
    Column("state_time", DateTime(timezone=True), nullable=False),
    Column("waiting_reason", Text, nullable=False),
    Column("restart_count", Integer, nullable=False),
    Column("failure_message", Text, nullable=False),
    Column("failure_time", DateTime(timezone=True)),
    Column("speed", Double, nullable=False),
    # How many runs the channel has had, and the cell after its last one. Neither ever shrinks.
    Column("run_count", BigInteger, nullable=False, server_default="0"),
    Column("end_cell", BigInteger, nullable=False, server_default="0"),
)

encoder_runs = Table(
    "encoder_run",
    metadata,
    # A UUIDv7; also the name of the directory in the media store.
    Column("run_id", Uuid(as_uuid=False), primary_key=True),
    Column("channel_id", Uuid(as_uuid=False), ForeignKey("channel_encoder.channel_id"), nullable=False),
    # How many runs of the channel began before this one.
    Column("sequence", BigInteger, nullable=False),
    # The cells whose segments are complete and were not removed.
    Column("first_cell", BigInteger, nullable=False),
    Column("end_cell", BigInteger, nullable=False),
    # A list of domain.encoded_tracks.EncodedTrack.
    Column("tracks", JSONB, nullable=False),
)

as_run_items = Table(
    "as_run_item",
    metadata,
    Column("channel_id", Uuid(as_uuid=False), ForeignKey("channel_encoder.channel_id"), primary_key=True),
    Column("start_time", DateTime(timezone=True), primary_key=True),
    # NULL while the item is on air.
    Column("end_time", DateTime(timezone=True)),
    Column("source_uri", Text, nullable=False),
    # Its place in the playlist, counted from zero.
    Column("item_index", Integer, nullable=False),
    # The position in the source at which the item began.
    Column("start_seconds", Double, nullable=False),
)
