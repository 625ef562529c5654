"""The tables of packager."""

from sqlalchemy import Column, DateTime, Double, ForeignKey, LargeBinary, MetaData, Table, Text, Uuid
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
    Column("asset_id", Uuid(as_uuid=False), ForeignKey("asset.asset_id", ondelete="CASCADE"), nullable=False),
    Column("key", LargeBinary, nullable=False),
    # The playlists contain it, so a resumed job must use the same one.
    Column("iv", LargeBinary, nullable=False),
)
