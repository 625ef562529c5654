"""How long the rail for tonight is kept, and what drops it."""

import asyncio
from datetime import timedelta

import pytest
from marquee.epg.v1 import epg_pb2

from services.kit import testing, timestamps
from services.recommendation import replica_sync
from services.recommendation.tests import conftest, harness
from services.recommendation.tests.guide_harness import a_channel, an_item
from services.recommendation.tests.test_tonight import get, programmes, titles


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        await world.title_sync.load()
        yield running


async def test_a_response_is_kept_until_a_programme_begins_or_ends(app, world):
    running, following = an_item(-0.99), an_item(0.01, name="Weather")
    await app.guide.put(a_channel(start_over=False), running, following)
    first = await get(app)
    calls = app.viewing.calls
    same = await get(app)
    world.clock.advance(timedelta(seconds=36))
    later = await get(app)

    assert testing.NOW + timedelta(seconds=36) == timestamps.to_datetime(first.expire_time)
    assert (same, calls) == (first, app.viewing.calls - 1)
    assert following.programme_id == programmes(later)[0]


async def test_what_begins_elsewhere_does_not_end_a_response(app):
    second = 1 / 3600
    running = an_item(-1, 1 + 45 * second)
    await app.guide.put(a_channel(), running)
    await app.guide.put(a_channel(), an_item(5 * second, name="Weather"))
    response = await get(app, page_size=1)

    assert [running.programme_id] == programmes(response)
    assert testing.NOW + timedelta(seconds=45) == timestamps.to_datetime(response.expire_time)


async def test_a_changed_channel_changes_the_rail_at_once(app):
    channel = a_channel()
    await app.guide.put(channel, an_item(0))
    before = await get(app)
    channel = epg_pb2.Channel.FromString(channel.SerializeToString())
    channel.hidden = True
    await app.guide.put(channel, an_item(0))

    assert 1 == len(before.items)
    assert [] == list((await get(app)).items)


async def test_a_channel_that_is_hidden_disappears_before_its_schedule_is_loaded_again(app):
    channel, other = a_channel(), an_item(0, name="Weather")
    await app.guide.put(channel, an_item(0))
    await app.guide.put(a_channel(), other)
    facts = replica_sync.ChannelFactsSync(app.guide.epg_stub, app.guide.store)
    await facts.load()
    before = await get(app)
    channel.hidden = True
    await facts.load()

    assert 2 == len(before.items)
    assert [other.programme_id] == programmes(await get(app))


async def test_a_write_is_included_before_its_event_arrives(app):
    title_id, other_id = await app.add_titles(2)
    await app.guide.put(a_channel(), an_item(0, title_id=title_id), an_item(1, title_id=other_id))
    before = await get(app)
    token = app.add_signals(harness.hidden(title_id))
    after = await get(app, consistency_token=token)
    calls = app.viewing.calls
    for _ in range(2):  # A write that was never made has the rail computed once.
        await get(app, consistency_token="99")

    assert ({title_id, other_id}, [other_id]) == (set(titles(before)), titles(after))
    assert calls + 1 == app.viewing.calls


async def test_callers_who_ask_at_once_share_one_computation(app):
    await app.guide.put(a_channel(), an_item(0))
    app.viewing.open.clear()
    metadata = app.viewer()
    waiting = [asyncio.ensure_future(get(app, metadata)) for _ in range(5)]
    await conftest.until(lambda: calls_began(app))
    app.viewing.open.set()
    responses = await asyncio.gather(*waiting)

    assert 1 == app.viewing.calls
    assert all(response == responses[0] for response in responses)


async def calls_began(app):
    return app.viewing.calls > 0
