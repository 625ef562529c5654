"""Prices by country, packages outside the tiers, and subscriptions to packages, with a state."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("package", "tier", nullable=True)
    op.add_column("package", sa.Column("prices", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.add_column("package", sa.Column("revision", sa.BigInteger(), nullable=False, server_default="1"))
    # A price in all countries, paid for each month.
    op.execute(
        "UPDATE package SET prices = jsonb_build_array(jsonb_build_object("
        "'minor_units', price_minor_units, 'currency_code', price_currency_code, 'country_code', '',"
        " 'billing_period', 2))"
    )
    op.drop_column("package", "price_minor_units")
    op.drop_column("package", "price_currency_code")
    op.add_column("subscription", sa.Column("state", sa.SmallInteger(), nullable=False, server_default="2"))
    op.add_column("subscription", sa.Column("package_ids", sa.ARRAY(sa.Uuid()), nullable=False, server_default="{}"))
    op.execute(
        "UPDATE subscription SET package_ids ="
        " ARRAY(SELECT package_id FROM package WHERE package.tier = subscription.tier ORDER BY package_id)"
    )
    op.drop_column("subscription", "tier")
    op.add_column("subscription", sa.Column("renew_time", sa.DateTime(timezone=True)))
    op.add_column("subscription", sa.Column("end_time", sa.DateTime(timezone=True)))
