"""Other services are told what is watched most: when that has changed, and not otherwise."""

import pytest
from marquee.event.v1 import event_internal_pb2

from services.kit import ids
from services.recommendation.tests import harness


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        yield running


async def watched_by(app, viewers, title_id):
    for _ in range(viewers):
        changed = event_internal_pb2.SignalsChanged(
            profile_id=ids.new(), revision=1, signals=[harness.watched(title_id)]
        )
        await app.handle_event(signals_changed=changed)


async def told(app):
    events = [each for each in await app.world.list_events() if each.HasField("popularity_ranked")]
    return [list(each.popularity_ranked.title_ids) for each in events]


async def test_the_most_watched_titles_are_told_when_their_order_changes(app):
    first, second = ids.new(), ids.new()
    await watched_by(app, 3, first)
    await watched_by(app, 2, second)
    await app.popularity_tracker.refresh()
    assert await app.popularity_tracker.publish()
    await watched_by(app, 1, second)
    await watched_by(app, 1, first)
    await app.popularity_tracker.refresh()
    assert not await app.popularity_tracker.publish()
    await watched_by(app, 4, second)
    await app.popularity_tracker.refresh()
    assert await app.popularity_tracker.publish()

    assert [[first, second], [second, first]] == await told(app)


async def test_while_nobody_watches_nothing_is_told(app):
    await app.popularity_tracker.refresh()

    assert not await app.popularity_tracker.publish()
    assert [] == await told(app)
