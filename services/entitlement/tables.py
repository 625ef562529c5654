"""The tables of entitlement."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()

packages = Table(
    "package",
    metadata,
    Column("package_id", Uuid(as_uuid=False), primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    # marquee.type.v1.Tier by its number, so that tiers compare as numbers.
    Column("tier", SmallInteger, nullable=False),
    Column("price_minor_units", BigInteger, nullable=False),
    Column("price_currency_code", Text, nullable=False),
    Column("max_streams", Integer, nullable=False),
    Column("includes_all_titles", Boolean, nullable=False),
)

assignments = Table(
    "assignment",
    metadata,
    Column("package_id", Uuid(as_uuid=False), ForeignKey("package.package_id"), primary_key=True),
    # A title of catalog's: no key leads out of the schema.
    Column("title_id", Uuid(as_uuid=False), primary_key=True),
)

subscriptions = Table(
    "subscription",
    metadata,
    # An account of identity's.
    Column("account_id", Uuid(as_uuid=False), primary_key=True),
    Column("tier", SmallInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("start_time", DateTime(timezone=True), nullable=False),
)
