"""The predicate of visibility is the same in Python and in SQL."""

from datetime import timedelta

import asyncpg
import hypothesis
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, select
from sqlalchemy.dialects.postgresql import ARRAY, TSTZMULTIRANGE, Range
from sqlalchemy.ext.asyncio import create_async_engine

from services.kit import testing, visibility

COUNTRIES = ("US", "DE", "IN")
HOURS = st.integers(-3, 3)


def at(hours):
    return testing.NOW + timedelta(hours=hours)


@st.composite
def windows(draw):
    start, end = draw(st.none() | HOURS), draw(st.none() | HOURS)
    if start is not None and end is not None and start >= end:
        end = start + 1
    return visibility.Window(start_time=None if start is None else at(start), end_time=None if end is None else at(end))


FACTS = st.builds(
    visibility.Facts,
    state=st.integers(0, 5),
    maturity_age=st.none() | st.sampled_from([0, 8, 13, 17, 18]),
    territories=st.frozensets(st.sampled_from(COUNTRIES)),
    windows=st.lists(windows(), max_size=3).map(tuple),
    deleted=st.booleans(),
)
VIEWERS = st.builds(
    visibility.Viewer,
    maturity_ceiling=st.sampled_from([0, 8, 13, 17, 18]),
    country_code=st.sampled_from((*COUNTRIES, "")),
)

TITLES = Table(
    "titles",
    MetaData(),
    Column("position", Integer),
    Column("state", Integer),
    Column("maturity_age", Integer),
    Column("territories", ARRAY(Text)),
    Column("windows", TSTZMULTIRANGE),
    Column("deleted", Boolean),
)


def row(position, facts):
    return {
        "position": position,
        "state": facts.state,
        "maturity_age": facts.maturity_age,
        "territories": sorted(facts.territories),
        "windows": [Range(window.start_time, window.end_time) for window in facts.windows],
        "deleted": facts.deleted,
    }


async def test_python_and_sql_give_the_same_visible_titles(postgres):
    admin = await asyncpg.connect(postgres.dsn())
    await admin.execute("CREATE DATABASE visibility")
    engine = create_async_engine(postgres.dsn("visibility").replace("postgresql://", "postgresql+asyncpg://"))
    generated = []
    hypothesis.given(st.lists(FACTS, min_size=8, max_size=8), VIEWERS, HOURS)(
        hypothesis.settings(max_examples=60, database=None, deadline=None)(
            lambda facts, viewer, hours: generated.append((facts, viewer, at(hours)))
        )
    )()

    async with engine.connect() as connection:
        await connection.run_sync(TITLES.metadata.create_all)
        for facts, viewer, time in generated:
            await connection.execute(TITLES.delete())
            await connection.execute(TITLES.insert(), [row(position, each) for position, each in enumerate(facts)])
            condition = visibility.visible_in_sql(
                viewer,
                time,
                state=TITLES.c.state,
                maturity_age=TITLES.c.maturity_age,
                territories=TITLES.c.territories,
                windows=TITLES.c.windows,
                deleted=TITLES.c.deleted,
            )
            in_sql = set((await connection.execute(select(TITLES.c.position).where(condition))).scalars())
            in_memory = {position for position, each in enumerate(facts) if visibility.visible(each, viewer, time)}

            assert in_memory == in_sql
    await engine.dispose()
    await admin.execute("DROP DATABASE visibility WITH (FORCE)")
    await admin.close()


@hypothesis.given(FACTS, VIEWERS, HOURS)
def test_visibility_does_not_change_before_the_next_edge(facts, viewer, hours):
    now = at(hours)
    edge = visibility.next_edge(facts, now) or now + timedelta(days=365)
    before = edge - timedelta(microseconds=1)

    assert visibility.visible(facts, viewer, now) == visibility.visible(facts, viewer, before)


@hypothesis.settings(suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(FACTS, HOURS)
def test_a_title_is_closed_before_its_opening_time_and_open_from_it_on(facts, hours):
    opening = visibility.opens(facts, at(hours))
    hypothesis.assume(opening is not None)

    assert not visibility.in_window(facts, opening - timedelta(microseconds=1))
    assert visibility.in_window(facts, opening)
