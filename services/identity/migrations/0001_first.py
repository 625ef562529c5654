"""Accounts, profiles, token families, and events."""

import sqlalchemy as sa
from alembic import op

from services.kit import events

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("email", sa.Text(), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("tier_revision", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "profile",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.account_id", ondelete="CASCADE"), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("avatar", sa.Text(), nullable=False),
        sa.Column("maturity_ceiling", sa.SmallInteger(), nullable=False),
        sa.Column("language_code", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        # Imports find a profile by its name.
        sa.UniqueConstraint("account_id", "display_name"),
    )
    op.create_table(
        "family",
        sa.Column("family_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.account_id", ondelete="CASCADE"), nullable=False),
        sa.Column("profile_id", sa.Uuid(), sa.ForeignKey("profile.profile_id", ondelete="CASCADE"), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_index("family_account", "family", ["account_id"])
    op.create_index("family_profile", "family", ["profile_id"])
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column(
            "family_id",
            sa.Uuid(),
            sa.ForeignKey("family.family_id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("issue_time", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("use_time", sa.DateTime(timezone=True)),
        sa.Column("salt", sa.LargeBinary()),
    )
    events.create_tables(op)
