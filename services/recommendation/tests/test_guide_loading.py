"""Schedules of epg: loaded after events, embedded in batches, and held in memory."""

import asyncio

import numpy as np
import pytest
from marquee.embedding.v1 import embedding_internal_pb2
from marquee.event.v1 import event_internal_pb2
from sqlalchemy import text

from services.kit import errors, ids
from services.recommendation import storage
from services.recommendation.domain import vectors
from services.recommendation.guide import guide_store
from services.recommendation.tests import fakes, guide_harness, harness
from services.recommendation.tests.guide_harness import DAY, HOUR, a_channel, an_item


@pytest.fixture
async def app(world):
    async with harness.open_app(world) as running:
        await world.put_title("The Long Tide")
        await world.embed()
        yield running


@pytest.fixture
def guide(app):
    return app.guide


def embedded(world, since):
    """Returns the texts that were embedded by the calls from a number on."""
    return [text_ for call in world.embedding.calls[since:] for text_ in call]


async def vector_of(guide, row_id):
    """Returns the vector of a row of the guide; None if it has none."""
    current = await guide.store.get_guide()
    row = current.matrix.matrix.rows[row_id]
    return current.vectors.rows([row])[0] if current.vectors.present[row] else None


async def count(world, table):
    async with world.database.reading() as session:
        return (await session.scalars(text(f"SELECT count(*) FROM {table}"))).one()


async def test_a_new_schedule_is_loaded_and_reruns_share_one_vector(world, guide):
    before = len(world.embedding.calls)
    details = {"synopses": {"en": "What happened."}, "genre_ids": ["current-affairs"]}
    reruns = [an_item(start, **details) for start in range(5)]
    channel_id = await guide.put(a_channel(), *reruns, an_item(6, name="Weather"))
    current = await guide.store.get_guide()
    airings = current.matrix.airings

    assert ["News. current affairs. What happened", "Weather"] == sorted(
        each for each in embedded(world, before) if not each.startswith("Channel")
    )
    assert [each.programme_id for each in reruns] == list(airings.programme_ids[:5])
    assert 1 == len({*airings.rows[:5].tolist()})
    assert 2 == len({*airings.rows.tolist()})
    assert current.vectors.present[airings.rows].all()
    assert [channel_id] == [each.channel_id for each in current.matrix.channels]


async def test_a_programme_of_the_catalog_has_the_vector_of_its_title(world, guide):
    episode_id = ids.new()
    [title_id] = world.title_store.titles
    series_id = await world.put_title(
        "The Lighthouse", words={"episodes": [{"episode_id": episode_id, "season_number": 1, "episode_number": 1}]}
    )
    await world.embed()
    before = len(world.embedding.calls)
    await guide.put(a_channel(), an_item(0, title_id=title_id), an_item(1, episode_id=episode_id))
    current = await guide.store.get_guide()
    rows = current.matrix.airings.rows.tolist()

    assert [title_id, series_id] == [current.matrix.matrix.titles[row].title_id for row in rows]
    assert not [each for each in embedded(world, before) if "News" in each]
    assert np.array_equal(world.vector_index.vector(series_id), current.vectors.rows(rows)[1])


async def test_a_programme_of_an_unknown_title_is_embedded_by_its_text(world, guide):
    before = len(world.embedding.calls)
    await guide.put(a_channel(), an_item(0, title_id=ids.new()), an_item(1, episode_id=ids.new(), name="Weather"))

    assert {"News", "Weather"} <= set(embedded(world, before))


async def test_a_channel_has_the_mean_vector_of_its_airings_or_that_of_its_name_and_genre(guide):
    items = [an_item(0), an_item(1), an_item(2, name="Weather")]
    full = await guide.put(a_channel(), *items)
    empty = await guide.put(a_channel(display_name="Sailing TV", genre_id="water-sport"))
    news, weather = (vectors.exact(fakes.vector(name)) for name in ("News", "Weather"))

    assert np.array_equal(vectors.exact((2 * news + weather) / 3), await vector_of(guide, full))
    assert np.array_equal(vectors.exact(fakes.vector("Sailing TV. water sport")), await vector_of(guide, empty))


async def test_a_changed_schedule_replaces_the_former_one_and_unused_texts_are_deleted(world, guide):
    channel = a_channel()
    await guide.put(channel, an_item(0), an_item(1, name="Weather"))
    remaining = an_item(1, name="Sport")
    await guide.put(channel, remaining)
    before = await count(world, "guide_text")
    world.clock.advance(DAY)
    await guide.update()

    assert (remaining.programme_id,) == (await guide.store.get_guide()).matrix.airings.programme_ids
    assert (4, 2, 1) == (before, await count(world, "guide_text"), await count(world, "guide_programme"))


async def test_what_can_no_longer_be_watched_is_dropped(world, guide):
    last_week, today = an_item(-7 * 24), an_item(-3)
    await guide.put(a_channel(catch_up=8 * DAY), last_week, today)
    await guide.put(a_channel(catch_up=None), an_item(-3))
    before = (await guide.store.get_guide()).matrix.airings.programme_ids
    world.clock.advance(2 * DAY)
    await guide.update()

    assert (last_week.programme_id, today.programme_id) == before
    assert (today.programme_id,) == (await guide.store.get_guide()).matrix.airings.programme_ids


async def test_a_channel_that_epg_deleted_is_removed(world, guide):
    channel_id = await guide.put(a_channel(), an_item(0))
    del guide.epg.channels[channel_id]
    await guide.handle_event(channels_changed=event_internal_pb2.ChannelsChanged(channel_ids=[channel_id]))
    await guide.update()

    assert () == (await guide.store.get_guide()).matrix.channels
    assert 0 == await count(world, "guide_programme")


async def test_channels_whose_events_were_lost_are_found_at_the_start_and_later(world, guide):
    gone = await guide.put(a_channel(), an_item(0))
    del guide.epg.channels[gone]
    new = guide.epg.put(a_channel(), an_item(0))
    await guide.update()
    at_once = [each.channel_id for each in (await guide.store.get_guide()).matrix.channels]
    world.clock.advance(DAY)
    await guide.update()

    assert [gone] == at_once
    assert [new] == [each.channel_id for each in (await guide.store.get_guide()).matrix.channels]


async def test_while_epg_is_down_the_last_schedules_stay_and_no_change_is_lost(world, guide):
    channel = a_channel()
    first = an_item(0)
    await guide.put(channel, first)
    changed = an_item(1)
    guide.epg.put(channel, changed)
    guide.epg.is_down = True
    with pytest.raises(errors.Unavailable):
        await guide.change(channel.channel_id)
    meanwhile = (await guide.store.get_guide()).matrix.airings.programme_ids
    guide.epg.is_down = False
    await guide.update()

    assert (first.programme_id,) == meanwhile
    assert (changed.programme_id,) == (await guide.store.get_guide()).matrix.airings.programme_ids


async def test_texts_wait_while_there_is_no_model(world, guide):
    world.embedding.state = embedding_internal_pb2.MODEL_STATE_FAILED
    channel_id = await guide.put(a_channel(), an_item(0))
    without = await vector_of(guide, channel_id)
    world.embedding.state = embedding_internal_pb2.MODEL_STATE_READY
    await guide.update()

    assert without is None
    assert await vector_of(guide, channel_id) is not None


async def test_texts_are_embedded_again_by_a_new_model_and_until_then_not_compared(world, guide):
    channel_id = await guide.put(a_channel(), an_item(0))
    world.embedding.model_version = "fake/2"
    await world.embed()
    between = await vector_of(guide, channel_id)
    await guide.update()

    assert between is None
    assert await vector_of(guide, channel_id) is not None


async def test_the_texts_of_a_worker_that_was_killed_are_embedded_by_another(world, guide):
    channel_id = guide.epg.put(a_channel(), an_item(0))
    await guide.handle_event(schedule_changed=event_internal_pb2.ScheduleChanged(channel_id=channel_id))
    await guide.loader.load()
    async with world.database.transaction() as tx:
        claimed = await storage.guide.claim_texts(tx, fakes.MODEL, lifetime=HOUR, limit=100)
    await guide.update()
    waiting = await vector_of(guide, channel_id)
    async with world.database.transaction() as tx:  # The claim expires.
        await tx.execute(text("UPDATE guide_text SET claim_time = now() - interval '1 second'"))
    await guide.update()

    assert 2 == len(claimed)
    assert waiting is None
    assert await vector_of(guide, channel_id) is not None


async def test_a_load_that_is_overtaken_by_a_later_one_changes_nothing(world, guide):
    channel = a_channel()
    await guide.put(channel, an_item(0))
    current = an_item(1)
    await guide.put(channel, current)
    late = storage.guide.LoadedChannel(channel.channel_id, 1, None)
    async with world.database.transaction() as tx:
        await storage.guide.take_turn(tx)
        was_stored = await storage.guide.store_channel(tx, late, world.clock.now())
    await guide.store.load()

    assert not was_stored
    assert (current.programme_id,) == (await guide.store.get_guide()).matrix.airings.programme_ids


async def test_two_replicas_share_the_channels_that_are_behind(world, app):
    first = app.guide
    mesh_guide = guide_harness.build(world, app.mesh, app.gatherer, first.epg, first.entitlement)
    channel_ids = [first.epg.put(a_channel(), an_item(0)) for _ in range(40)]
    for channel_id in channel_ids:
        await first.handle_event(schedule_changed=event_internal_pb2.ScheduleChanged(channel_id=channel_id))
    await asyncio.gather(first.loader.load(), mesh_guide.loader.load())
    await first.store.load()

    assert sorted(channel_ids) == [each.channel_id for each in (await first.store.get_guide()).matrix.channels]
    assert sorted(channel_ids) == sorted(first.epg.calls)


async def test_a_replica_that_starts_has_the_guide_without_epg(world, app):
    channel_id = await app.guide.put(a_channel(), an_item(0))
    app.guide.epg.is_down = True
    started = guide_store.GuideStore(world.database, world.title_store, world.vector_index)
    await started.load()
    current = await started.get_guide()

    assert [channel_id] == [each.channel_id for each in current.matrix.channels]
    assert current.vectors.present[current.matrix.airings.rows].all()


async def test_nothing_is_loaded_before_the_titles_are(world, app):
    world.title_store.is_loaded = False
    channel_id = await app.guide.put(a_channel(), an_item(0))
    before = list(app.guide.epg.calls)
    world.title_store.is_loaded = True
    await app.guide.update()

    assert ([], [channel_id]) == (before, app.guide.epg.calls)
