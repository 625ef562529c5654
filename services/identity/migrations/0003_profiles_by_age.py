"""Ceilings as ages, genres by their ids, log-ins without a profile, and the requests of refreshes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Levels of the MPA, as ages in years.
    op.execute(
        "UPDATE profile SET maturity_ceiling ="
        " CASE maturity_ceiling WHEN 1 THEN 0 WHEN 2 THEN 8 WHEN 3 THEN 13 WHEN 4 THEN 17 WHEN 5 THEN 18 ELSE 0 END"
    )
    op.alter_column("profile", "genres", new_column_name="genre_ids")
    op.execute(
        "UPDATE profile SET genre_ids ="
        " ARRAY(SELECT trim(BOTH '-' FROM regexp_replace(lower(genre), '[^a-z0-9]+', '-', 'g'))"
        " FROM unnest(genre_ids) genre)"
    )
    op.alter_column("family", "profile_id", nullable=True)
    op.add_column("refresh_token", sa.Column("request_id", sa.Uuid(), index=True))
    op.add_column("refresh_token", sa.Column("request_profile_id", sa.Uuid()))
