"""Creates the tables of the popularity of titles and of the ids of requests that start work."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_HALF_LIVES = {"day": 1.0, "days": 4.0, "fortnight": 14.0, "ever": 10_000.0}


def upgrade() -> None:
    op.create_table(
        "popularity",
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        *(sa.Column(f"interest_{name}", sa.Double(), nullable=False) for name in _HALF_LIVES),
    )
    age = "greatest(extract(epoch FROM time - day)::float8 / 86400 / {}, -600)"
    sums = (f"sum(weight * power(2::float8, {age.format(half_life)}))" for half_life in _HALF_LIVES.values())
    day = "date_trunc('day', max(time) OVER (PARTITION BY title_id), 'UTC')"
    op.execute(
        f"INSERT INTO popularity SELECT title_id, max(day) AT TIME ZONE 'UTC', count(*), {', '.join(sums)} "
        f"FROM (SELECT title_id, weight, time, {day} AS day FROM interaction) AS dated GROUP BY title_id"
    )
    op.create_table(
        "request",
        sa.Column("request_id", sa.Uuid(), primary_key=True),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("request_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("request_by_time", "request", ["request_time"])
