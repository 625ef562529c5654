"""The tables of entitlement."""

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
    Uuid,
    text,
)
from sqlalchemy.dialects import postgresql

metadata = MetaData()

packages = Table(
    "package",
    metadata,
    Column("package_id", Uuid(as_uuid=False), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    # marquee.type.v1.Tier by its number; NULL for a package outside the tiers.
    Column("tier", SmallInteger),
    # A list of objects with the fields of domain.Price.
    Column("prices", postgresql.JSONB, nullable=False),
    Column("max_streams", Integer, nullable=False),
    Column("includes_all_titles", Boolean, nullable=False),
    Column("includes_all_channels", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

assignments = Table(
    "assignment",
    metadata,
    Column("package_id", Uuid(as_uuid=False), ForeignKey("package.package_id"), primary_key=True),
    # A title of catalog; no foreign key leaves the schema.
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
)

channel_assignments = Table(
    "channel_assignment",
    metadata,
    Column("package_id", Uuid(as_uuid=False), ForeignKey("package.package_id"), primary_key=True),
    # A channel of epg; no foreign key leaves the schema.
    Column("channel_id", Uuid(as_uuid=False), primary_key=True),
)

subscriptions = Table(
    "subscription",
    metadata,
    # An account of identity.
    Column("account_id", Uuid(as_uuid=False), primary_key=True),
    # marquee.entitlement.v1.SubscriptionState by its number.
    Column("state", SmallInteger, nullable=False),
    Column("package_ids", postgresql.ARRAY(Uuid(as_uuid=False)), nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
    Column("renew_time", DateTime(timezone=True)),
    Column("end_time", DateTime(timezone=True)),
    Column("revision", BigInteger, nullable=False),
)

Index("subscription_end", subscriptions.c.end_time, postgresql_where=subscriptions.c.state == text("5"))
