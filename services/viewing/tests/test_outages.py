"""Viewing while catalog is away: it answers from the titles in memory, and reveals no more than catalog does."""

import asyncio
import dataclasses

import pytest
from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_pb2

from services.kit import event_streams, ids, testing
from services.kit import redis as kit_redis
from services.viewing.tests import builders, fakes


@dataclasses.dataclass
class Titles:
    """The titles of the catalog that is away."""

    film: str
    #: Above the ceiling of the child.
    mature: str
    series: fakes.Series


@pytest.fixture
async def titles(harness):
    made = Titles(harness.film(genres=["Mystery"]), harness.film(age=17), harness.series())
    await harness.title_sync.load()
    return made


@pytest.fixture
def viewer(harness):
    return harness.viewer()


@pytest.fixture
def child(harness):
    return harness.viewer(maturity_ceiling=8)


async def test_writes_about_visible_titles_call_nobody(harness, titles, viewer):
    episode_id = titles.series.ids[1, 1]
    harness.catalog.calls.clear()
    await harness.catalog_server.aclose()

    await viewer.rate(titles.film)
    await viewer.save(titles.film)
    await viewer.save("", episode_id=episode_id)
    for method in ("AddToWatchlist", "SuppressSubject", "DismissContinueWatching"):
        await viewer.call(method, title_id=titles.film)
    events = [builders.an_event(titles.film), builders.an_event(episode_id=episode_id)]
    recorded = await viewer.call("RecordEvents", events=events)

    assert 2 == recorded.accepted_count
    assert [] == harness.catalog.calls
    signals = await viewer.signal(titles.film)
    assert (viewing_pb2.THUMB_UP, True) == (signals.thumb, signals.HasField("suppress_time"))
    assert titles.series.title_id in {each.parent.title_id for each in (await viewer.bookmarks()).bookmarks}


async def test_a_series_still_has_no_position_of_its_own(harness, titles, viewer, refused):
    await harness.catalog_server.aclose()

    async with refused("EPISODE_REQUIRED"):
        await viewer.save(titles.series.title_id)


async def test_a_hidden_title_is_refused_like_one_that_does_not_exist(harness, titles, child, refused):
    for method in ("AddToWatchlist", "SuppressSubject", "DismissContinueWatching"):
        for title_id in (titles.mature, ids.new()):
            async with refused("TITLE_NOT_FOUND"):
                await child.call(method, title_id=title_id)
    await harness.catalog_server.aclose()

    for title_id in (titles.mature, ids.new()):
        async with refused("SERVICE_UNAVAILABLE"):
            await child.rate(title_id)
    for episode_id in (titles.series.ids[1, 1], ids.new()):
        async with refused("SERVICE_UNAVAILABLE"):
            await child.save("", episode_id=episode_id)


async def test_lists_are_complete_and_keep_the_names_that_were_read_before(harness, titles, viewer):
    other = harness.film("The Short Tide")
    await harness.title_sync.load()
    for title_id in (titles.film, titles.mature, titles.series.title_id, other):
        await viewer.call("AddToWatchlist", title_id=title_id)
    await viewer.save(titles.film, 600)
    await viewer.save("", 600, episode_id=titles.series.ids[1, 1])
    continued = await viewer.continue_watching()
    await viewer.save(other, 600)
    await harness.catalog_server.aclose()

    watchlist = (await viewer.call("ListWatchlist")).entries
    items = (await viewer.continue_watching()).items
    history = (await viewer.call("ListHistory")).entries
    stats = await viewer.call("GetStats")

    added = [other, titles.series.title_id, titles.mature, titles.film]
    assert added == [entry.subject.title_id for entry in watchlist]
    assert [other] == [item.subject.title_id for item in items if not item.display_name]
    assert list(continued.items) == [item for item in items if item.display_name]
    named = {titles.film: "The Long Tide", titles.series.title_id: "Harbour Lights", other: ""}
    assert named == {entry.subject.title_id: entry.display_name for entry in history}
    assert (3, ["Mystery"]) == (len(stats.titles), [genre.display_name for genre in stats.genres])


async def test_a_series_continues_with_its_next_episode_without_names(harness, titles, viewer):
    await viewer.save("", 3600, episode_id=titles.series.ids[1, 2])
    await harness.catalog_server.aclose()

    [item] = (await viewer.continue_watching()).items

    assert titles.series.ids[2, 1] == item.play.episode_id
    assert ("", False) == (item.episode_label, item.HasField("duration"))


async def test_lists_leave_out_what_is_hidden_from_the_profile(harness, titles):
    viewer = harness.viewer()
    for title_id in (titles.mature, titles.film):
        await viewer.call("AddToWatchlist", title_id=title_id)
        await viewer.call("SuppressSubject", title_id=title_id)
        await viewer.save(title_id, 600)
    await viewer.call("ListHistory")
    restricted = dataclasses.replace(viewer, maturity_ceiling=13)
    await harness.catalog_server.aclose()

    watchlist = (await restricted.call("ListWatchlist")).entries
    history = {entry.subject.title_id: entry.display_name for entry in (await restricted.call("ListHistory")).entries}
    stats = await restricted.call("GetStats")

    assert [titles.film] == [entry.subject.title_id for entry in watchlist]
    assert {titles.film: "The Long Tide", titles.mature: ""} == history
    assert [titles.film] == [title.subject.title_id for title in stats.titles]


async def test_the_titles_in_memory_follow_the_events_of_catalog(harness, viewer, redis_url):
    redis, title_id = kit_redis.connect(redis_url, timeout=None), ids.new()
    facts = catalog_internal_pb2.TitleFacts(
        title_id=title_id,
        revision=1,
        state=catalog_pb2.TITLE_STATE_PUBLISHED,
        maturity_rating=type_pb2.MaturityRating(age=8),
    )
    event = event_internal_pb2.Event(
        event_id=ids.new(), titles_changed=event_internal_pb2.TitlesChanged(titles=[facts])
    )
    following = asyncio.create_task(harness.title_sync.run())
    async with asyncio.timeout(testing.PATIENCE):
        while "StreamTitleFacts" not in harness.catalog.calls:
            await asyncio.sleep(0)
        await redis.xadd(event_streams.name_of("catalog"), {event_streams.FIELD: event.SerializeToString()})
        while not harness.title_sync.titles.get(title_id):
            await asyncio.sleep(0)
    await harness.catalog_server.aclose()

    assert title_id == (await viewer.rate(title_id)).rating.subject.title_id
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await redis.aclose()
