"""The event with the most watched titles is published only when their order has changed."""

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


async def published_rankings(app):
    events = [each for each in await app.world.list_events() if each.HasField("popularity_ranked")]
    return [list(each.popularity_ranked.title_ids) for each in events]


async def test_the_most_watched_titles_are_published_when_their_order_changes(app):
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

    assert [[first, second], [second, first]] == await published_rankings(app)


async def test_without_interactions_no_ranking_is_published(app):
    await app.popularity_tracker.refresh()

    assert not await app.popularity_tracker.publish()
    assert [] == await published_rankings(app)
