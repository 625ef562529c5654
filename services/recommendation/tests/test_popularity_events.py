"""Other services are told what is watched most: when that has changed, and not otherwise."""

import pytest
from marquee.event.v1 import event_internal_pb2

from services.kit import ids
from services.recommendation.tests import harness


@pytest.fixture
async def on(world):
    async with harness.open_stage(world) as running:
        yield running


async def watched_by(on, viewers, title_id):
    for _ in range(viewers):
        changed = event_internal_pb2.SignalsChanged(
            profile_id=ids.new(), revision=1, signals=[harness.watched(title_id)]
        )
        await on.hear(signals_changed=changed)


async def told(on):
    events = [each for each in await on.world.told() if each.HasField("popularity_ranked")]
    return [list(each.popularity_ranked.title_ids) for each in events]


async def test_the_most_watched_titles_are_told_when_their_order_changes(on):
    first, second = ids.new(), ids.new()
    await watched_by(on, 3, first)
    await watched_by(on, 2, second)
    await on.watching.refresh()
    assert await on.watching.tell()
    await watched_by(on, 1, second)
    await watched_by(on, 1, first)
    await on.watching.refresh()
    assert not await on.watching.tell()
    await watched_by(on, 4, second)
    await on.watching.refresh()
    assert await on.watching.tell()

    assert [[first, second], [second, first]] == await told(on)


async def test_while_nobody_watches_nothing_is_told(on):
    await on.watching.refresh()

    assert not await on.watching.tell()
    assert [] == await told(on)
