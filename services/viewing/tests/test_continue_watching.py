"""What a profile goes on with."""

from datetime import timedelta

import grpc
import pytest

from services.kit import status
from services.viewing.tests import builders


async def told(viewer, **more):
    """Answers title, episode label and position of each item."""
    items = (await viewer.goes_on_with(**more)).items
    return [(item.title, item.episode_label, item.position.seconds) for item in items]


async def test_what_was_begun_goes_on_the_latest_first(house):
    viewer = house.viewer()
    for title, position in (("One", 10), ("Two", 20), ("Three", 30)):
        await viewer.save(house.catalog.add(builders.a_film(title)), position)

    assert [("Three", "", 30), ("Two", "", 20), ("One", "", 10)] == await told(viewer)


async def test_a_film_that_was_watched_does_not_go_on(house):
    viewer, film = house.viewer(), house.catalog.add(builders.a_film())

    await viewer.save(film, 3420, 3600)

    assert [] == await told(viewer)


async def test_a_series_has_one_entry_at_its_latest_episode(house):
    viewer, series = house.viewer(), builders.a_series("Harbour Lights")
    house.catalog.add(series)
    episodes = builders.episodes_of(series)
    await viewer.save(series.title_id, 100, episode_id=episodes[2, 1])
    await viewer.save(series.title_id, 200, episode_id=episodes[1, 2])

    [item] = (await viewer.goes_on_with()).items

    assert (series.title_id, episodes[1, 2]) == (item.title_id, item.episode_id)
    assert ("Harbour Lights", "S1 E2 · Night 2", 200, 3600) == (
        item.title,
        item.episode_label,
        item.position.seconds,
        item.duration.seconds,
    )


async def test_a_finished_episode_goes_on_with_the_next_across_seasons(house):
    viewer, series = house.viewer(), builders.a_series("Harbour Lights", seasons=(2, 1))
    house.catalog.add(series)
    seen = []

    for key in ((1, 1), (1, 2), (2, 1)):
        await viewer.save(series.title_id, 3600, episode_id=builders.episodes_of(series)[key])
        seen.append(await told(viewer))

    assert [
        [("Harbour Lights", "S1 E2 · Night 2", 0)],
        [("Harbour Lights", "S2 E1 · Night 1", 0)],
        [],  # The series is finished.
    ] == seen


async def test_a_next_episode_that_was_not_begun_has_no_length_yet(house):
    viewer, series = house.viewer(), builders.a_series()
    house.catalog.add(series)
    saved = await viewer.save(series.title_id, 3600, episode_id=builders.episodes_of(series)[1, 1])

    [item] = (await viewer.goes_on_with()).items

    assert not item.HasField("duration")
    assert saved.update_time == item.update_time


async def test_a_next_episode_goes_on_where_it_was_left(house):
    viewer, series = house.viewer(), builders.a_series("Harbour Lights")
    house.catalog.add(series)
    episodes = builders.episodes_of(series)

    await viewer.save(series.title_id, 300, episode_id=episodes[1, 2])
    await viewer.save(series.title_id, 3600, episode_id=episodes[1, 1])
    assert [("Harbour Lights", "S1 E2 · Night 2", 300)] == await told(viewer)
    await viewer.save(series.title_id, 3600, episode_id=episodes[1, 2])
    await viewer.save(series.title_id, 3600, episode_id=episodes[1, 1])

    assert [("Harbour Lights", "S1 E2 · Night 2", 0)] == await told(viewer)


async def test_an_episode_that_left_the_catalogue_does_not_go_on(house):
    viewer, series = house.viewer(), builders.a_series()
    house.catalog.add(series)
    await viewer.save(series.title_id, 300, episode_id=builders.episodes_of(series)[1, 2])
    del series.seasons[:]
    house.clock.advance(timedelta(minutes=1))

    assert [] == await told(viewer)


async def test_what_is_hidden_from_the_viewer_is_left_out_at_once(house):
    viewer, film, series = house.viewer(), builders.a_film("Film"), builders.a_series("Series")
    await viewer.save(house.catalog.add(film))
    await viewer.save(house.catalog.add(series), episode_id=builders.episodes_of(series)[1, 1])
    assert 2 == len(await told(viewer))

    viewer.maturity_ceiling = 2

    assert [] == await told(viewer)
    viewer.maturity_ceiling = 5
    del house.catalog.titles[series.title_id]
    assert [("Film", "", 60)] == await told(viewer)


async def test_pages_hold_every_entry_once_and_are_full(house):
    viewer = house.viewer()
    expected = []
    for number in range(60):
        film = builders.a_film(f"Film {number}")
        await viewer.played(house.catalog.add(film), 10, at=house.clock.now() - timedelta(minutes=number))
        if number % 3 == 0:
            del house.catalog.titles[film.title_id]
        else:
            expected.append(film.title)

    pages, token = [], ""
    while True:
        page = await viewer.goes_on_with(page_size=7, page_token=token)
        pages.append([item.title for item in page.items])
        token = page.next_page_token
        if not token:
            break

    assert expected == [title for page in pages for title in page]
    assert [7] * 5 + [5] == [len(page) for page in pages]


async def test_the_episodes_of_a_series_are_asked_for_once_in_a_while(house):
    viewer, series = house.viewer(), builders.a_series()
    house.catalog.add(series)
    await viewer.save(series.title_id, episode_id=builders.episodes_of(series)[1, 1])
    before = house.catalog.title_calls

    for _ in range(3):
        await told(viewer)
    house.clock.advance(timedelta(seconds=30))
    await told(viewer)

    assert 1 == house.catalog.title_calls - before


async def test_without_catalog_the_list_says_what_is_missing(house):
    viewer = house.viewer()
    await viewer.save(house.catalog.add(builders.a_film()))
    await house.stop_catalog.aclose()

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await viewer.goes_on_with()

    error = status.raised_by(caught.value, "viewing")
    assert (grpc.StatusCode.UNAVAILABLE, "SERVICE_UNAVAILABLE") == (error.code, error.reason)
    assert {"service": "catalog"} == error.metadata
    assert 1 == len((await viewer.bookmarks()).bookmarks)


async def test_whoever_watched_nothing_needs_no_catalog(house):
    await house.stop_catalog.aclose()

    assert [] == await told(house.viewer())


async def test_where_nearly_all_is_hidden_the_pages_go_on_until_the_end(house):
    viewer = house.viewer()
    await house.watched(viewer, 1200)
    old = house.catalog.add(builders.a_film("Old"))
    await viewer.played(old, 60, at=house.clock.now() - timedelta(days=365))

    pages, token = [], ""
    while not pages or token:
        page = await viewer.goes_on_with(page_token=token)
        pages.append([item.title for item in page.items])
        token = page.next_page_token

    assert [[], [], ["Old"]] == pages


async def test_services_are_told_of_the_same_with_the_signals(house):
    viewer, series = house.viewer(), builders.a_series("Harbour Lights")
    house.catalog.add(series)
    episodes = builders.episodes_of(series)
    await viewer.save(series.title_id, 3600, 3600, episode_id=episodes[1, 1])
    await viewer.save(house.catalog.add(builders.a_film("One")), 10)
    await viewer.save(house.catalog.add(builders.a_film("Seen")), 3600, 3600)
    signals = await viewer.signals_on_behalf()

    assert list((await viewer.goes_on_with()).items) == list(signals.going.items)
    assert ["", "S1 E2 · Night 2"] == [item.episode_label for item in signals.going.items]


async def test_who_asks_for_somebody_else_is_not_told_what_goes_on(house):
    viewer = house.viewer()
    await viewer.save(house.catalog.add(builders.a_film()), 10)
    signals = await viewer.signals()

    assert 1 == len(signals.titles)
    assert not signals.HasField("going")


async def test_nothing_that_goes_on_is_told_apart_from_nothing_known(house):
    viewer = house.viewer()
    before = await viewer.signals_on_behalf()
    await viewer.save(house.catalog.add(builders.a_film()), 10)
    await house.stop_catalog.aclose()
    after = await viewer.signals_on_behalf()

    assert (True, 0) == (before.HasField("going"), len(before.going.items))
    assert (False, 1) == (after.HasField("going"), len(after.titles))
