"""The popularity sums, which are updated with each write, equal the sums over all interactions."""

import random
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, text

from services.kit import ids
from services.recommendation import storage, tables
from services.recommendation.domain import popularity
from services.recommendation.tests.input_builders import NOW, an_id

_DAY = timedelta(days=1)
#: Popularity is stored as 32-bit floats.
_TOLERANCE = 2**-20


async def write(world, profile_id, revision, *interactions, removed=()):
    async with world.database.transaction() as tx:
        await storage.signals.write(tx, profile_id, revision, interactions, removed)


async def forget(world, profile_id):
    async with world.database.transaction() as tx:
        await storage.signals.forget_profile(tx, profile_id)


async def stored_popularity(world):
    """Returns the stored popularity sums."""
    async with world.database.reading() as session:
        day = await storage.signals.latest_day(session)
        return {row[0]: row[1:] for row in await storage.signals.interest(session, day)} if day else {}


async def computed_popularity(world):
    """Returns popularity by its definition: the sum of all interactions, each decayed by its age."""
    async with world.database.reading() as session:
        rows = (await session.execute(select(tables.interactions))).all()
        latest = await storage.signals.latest_day(session)
    if latest is None:
        return {}
    day = datetime.combine(latest, time(), UTC)
    counts, interest = defaultdict(int), defaultdict(lambda: [0.0] * len(popularity.HALF_LIVES))
    for row in rows:
        counts[row.title_id] += 1
        for place, half_life in enumerate(popularity.HALF_LIVES.values()):
            interest[row.title_id][place] += row.weight * 2 ** ((row.time - day) / _DAY / half_life)
    return {
        title_id: (counts[title_id], pytest.approx(interest[title_id], rel=_TOLERANCE, abs=1e-5)) for title_id in counts
    }


def an_interaction(title_id, weight=1.0, at=NOW):
    return storage.signals.Interaction(title_id, weight, at)


@pytest.mark.parametrize("seed", range(4))
async def test_stored_sums_equal_the_computed_sums_after_random_writes(world, seed):
    generator = random.Random(seed)
    profiles, titles = [ids.new() for _ in range(6)], [an_id(number) for number in range(8)]
    for _ in range(120):
        profile_id = generator.choice(profiles)
        if generator.random() < 0.04:
            await forget(world, profile_id)
            continue
        title_ids = generator.sample(titles, generator.randint(1, 5))
        interactions = [
            an_interaction(each, generator.uniform(0.25, 3), NOW - timedelta(seconds=generator.randint(0, 60 * 86_400)))
            for each in title_ids[1:]
        ]
        # Events may arrive late and twice, so revisions do too.
        await write(world, profile_id, generator.randint(1, 60), *interactions, removed=title_ids[:1])

    assert await computed_popularity(world) == {
        title_id: (count, list(sums)) for title_id, (count, sums) in (await stored_popularity(world)).items()
    }


async def test_a_repeated_event_counts_once_and_an_older_one_changes_nothing(world):
    profile_id = ids.new()
    await write(world, profile_id, 2, an_interaction(an_id(1)), an_interaction(an_id(2), 0.5, NOW - 3 * _DAY))
    before = await stored_popularity(world)
    await write(world, profile_id, 2, an_interaction(an_id(1)), an_interaction(an_id(2), 0.5, NOW - 3 * _DAY))
    await write(world, profile_id, 1, an_interaction(an_id(1), 2.0), removed=[an_id(2)])

    assert {an_id(1): 1, an_id(2): 1} == {title_id: row[0] for title_id, row in before.items()}
    assert before == await stored_popularity(world)


async def test_removed_interactions_leave_no_rows(world):
    profile_id, other = ids.new(), ids.new()
    for owner in (profile_id, other):
        await write(world, owner, 1, an_interaction(an_id(1), 0.3), an_interaction(an_id(2), 1 / 3, NOW - _DAY / 3))
    await write(world, profile_id, 2, removed=[an_id(1), an_id(2)])
    await forget(world, other)

    async with world.database.reading() as session:
        assert 0 == await session.scalar(text("SELECT count(*) FROM popularity"))


async def test_interactions_years_apart_are_counted(world):
    for days in (3000, 0):
        await write(world, ids.new(), 1, an_interaction(an_id(1), 1.0, NOW - days * _DAY))
    await write(world, ids.new(), 1, an_interaction(an_id(2), 1.0, NOW - 2000 * _DAY))

    assert await computed_popularity(world) == {
        title_id: (count, list(sums)) for title_id, (count, sums) in (await stored_popularity(world)).items()
    }
