"""The tables of identity."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()

accounts = Table(
    "account",
    metadata,
    Column("account_id", Uuid(as_uuid=False), primary_key=True),
    # In the form of `domain.normalized_email`.
    Column("email", Text, nullable=False, unique=True),
    # In the format of argon2, with its parameters and salt.
    Column("password_hash", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    # marquee.identity.v1.Role by its numbers, ascending.
    Column("roles", ARRAY(SmallInteger), nullable=False),
    Column("country_code", Text, nullable=False),
    # marquee.type.v1.Tier, and the revision of the subscription that it comes from.
    Column("tier", SmallInteger, nullable=False),
    Column("tier_revision", BigInteger, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
)

profiles = Table(
    "profile",
    metadata,
    Column("profile_id", Uuid(as_uuid=False), primary_key=True),
    Column("account_id", Uuid(as_uuid=False), ForeignKey("account.account_id", ondelete="CASCADE"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("avatar", Text, nullable=False),
    # The highest maturity age that the profile sees, in years.
    Column("maturity_ceiling", SmallInteger, nullable=False),
    Column("language_code", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    # What the profile prefers, and when it answered; unset if it has not been asked yet.
    Column("genre_ids", ARRAY(Text), nullable=False),
    Column("liked_language_codes", ARRAY(Text), nullable=False),
    Column("answer_time", DateTime(timezone=True)),
    # Grows with each change.
    Column("revision", BigInteger, nullable=False),
)

# One log-in. Revoking it deletes it with its tokens.
families = Table(
    "family",
    metadata,
    Column("family_id", Uuid(as_uuid=False), primary_key=True),
    Column("account_id", Uuid(as_uuid=False), ForeignKey("account.account_id", ondelete="CASCADE"), nullable=False),
    # The profile that was selected last; unset if none was.
    Column("profile_id", Uuid(as_uuid=False), ForeignKey("profile.profile_id", ondelete="CASCADE")),
    # When its latest refresh token expires.
    Column("expire_time", DateTime(timezone=True), nullable=False),
)

refresh_tokens = Table(
    "refresh_token",
    metadata,
    # The SHA-256 of the token. It needs no salt, since the token has 256 random bits.
    Column("token_hash", LargeBinary, primary_key=True),
    Column("family_id", Uuid(as_uuid=False), ForeignKey("family.family_id", ondelete="CASCADE"), nullable=False),
    Column("issue_time", DateTime(timezone=True), nullable=False),
    # When the token was used first, and the salt of its successor; unset before.
    Column("use_time", DateTime(timezone=True)),
    Column("salt", LargeBinary),
    # The request that used it first, and the profile that it named, so that a retry is recognized.
    Column("request_id", Uuid(as_uuid=False), index=True),
    Column("request_profile_id", Uuid(as_uuid=False)),
)
