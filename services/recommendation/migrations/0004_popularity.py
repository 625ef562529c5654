"""The popularity of titles by day; the ids of requests that start work."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_HALF_LIVES = {"day": 1.0, "days": 4.0, "fortnight": 14.0, "ever": 10_000.0}


def upgrade() -> None:
    op.create_table(
        "popularity_day",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        *(sa.Column(f"interest_{name}", sa.BigInteger(), nullable=False) for name in _HALF_LIVES),
    )
    age = "extract(epoch FROM time - date_trunc('day', time, 'UTC'))::float8 / 86400"
    sums = ", ".join(
        f"sum(round(weight * power(2::float8, {age} / {half_life}) * 1048576)::bigint)"
        for half_life in _HALF_LIVES.values()
    )
    op.execute(
        "INSERT INTO popularity_day SELECT date_trunc('day', time, 'UTC') AT TIME ZONE 'UTC', title_id, count(*), "
        f"{sums} FROM interaction GROUP BY 1, 2"
    )
    op.create_table(
        "request",
        sa.Column("request_id", sa.Uuid(), primary_key=True),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("request_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("request_by_time", "request", ["request_time"])
