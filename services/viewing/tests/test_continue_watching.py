"""Continue watching: the titles that a profile started and did not finish."""

from datetime import timedelta

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import status, testing
from services.viewing.domain import continue_watching, episodes
from services.viewing.domain.bookmarks import Bookmark
from services.viewing.tests import builders


async def listed(viewer):
    """Returns the name, the episode and the position of the items."""
    items = (await viewer.continue_watching()).items
    return [(item.display_name, item.episode_label, item.position.seconds) for item in items]


async def test_started_titles_are_listed_the_latest_first(harness):
    viewer = harness.viewer()
    await viewer.save(harness.film("One"), 600)
    await viewer.save(harness.film("Two"), 700)

    assert [("Two", "", 700), ("One", "", 600)] == await listed(viewer)


async def test_a_watched_film_is_not_continued(harness):
    viewer = harness.viewer()

    await viewer.save(harness.film(), 3420, 3600)

    assert [] == await listed(viewer)


@pytest.mark.parametrize(
    ("position", "duration", "counts"),
    [(1, 3600, False), (59.9, 3600, False), (60, 3600, True), (1, 60, False), (1.2, 60, True)],
)
async def test_a_film_that_was_left_within_the_minimum_time_is_not_listed(harness, position, duration, counts):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(harness.film("Before"), 600)

    await viewer.save(film, position, duration)

    items = (await viewer.continue_watching()).items
    assert (2 if counts else 1) == len(items)
    assert counts == (items[0].subject.title_id == film)
    assert len(items) == len((await viewer.signals()).bookmarks)
    assert 2 == len((await viewer.bookmarks()).bookmarks)


async def test_an_episode_that_was_left_within_the_minimum_time_does_not_change_the_continued_episode(harness):
    viewer, series = harness.viewer(), harness.series("Harbour Lights")
    await viewer.save(series.title_id, 700, episode_id=series.ids[2, 1])

    await viewer.save(series.title_id, 2, episode_id=series.ids[1, 1])

    assert [("Harbour Lights", "S2 E1 · Night 1", 700)] == await listed(viewer)
    assert [700] == [each.position.seconds for each in (await viewer.signals()).bookmarks]


async def test_a_next_episode_that_was_left_within_the_minimum_time_starts_at_zero(harness):
    viewer, series = harness.viewer(), harness.series("Harbour Lights")
    await viewer.save(series.title_id, 3600, episode_id=series.ids[1, 1])

    await viewer.save(series.title_id, 2, episode_id=series.ids[1, 2])

    assert [("Harbour Lights", "S1 E2 · Night 2", 0)] == await listed(viewer)


async def test_a_series_is_one_item_at_its_latest_episode(harness):
    viewer, series = harness.viewer(), harness.series("Harbour Lights")
    await viewer.save(series.title_id, 100, episode_id=series.ids[2, 1])
    await viewer.save(series.title_id, 200, episode_id=series.ids[1, 2])

    [item] = (await viewer.continue_watching()).items

    assert (series.title_id, series.ids[1, 2]) == (item.subject.title_id, item.play.episode_id)
    assert ("Harbour Lights", "S1 E2 · Night 2", 200, 3600) == (
        item.display_name,
        item.episode_label,
        item.position.seconds,
        item.duration.seconds,
    )


async def test_an_item_of_a_film_has_no_episode_to_play(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film)

    [item] = (await viewer.continue_watching()).items

    assert (film, False, "") == (item.subject.title_id, item.HasField("play"), item.episode_label)


async def test_a_watched_episode_continues_with_the_next_across_seasons(harness):
    viewer, series = harness.viewer(), harness.series("Harbour Lights", seasons=(2, 1))
    pages = []

    for key in ((1, 1), (1, 2), (2, 1)):
        await viewer.save(series.title_id, 3600, episode_id=series.ids[key])
        pages.append(await listed(viewer))

    assert [
        [("Harbour Lights", "S1 E2 · Night 2", 0)],
        [("Harbour Lights", "S2 E1 · Night 1", 0)],
        [],  # The series is finished.
    ] == pages


async def test_a_next_episode_that_was_not_started_has_the_duration_of_the_catalog(harness):
    viewer, series = harness.viewer(), harness.series()
    saved = await viewer.save(series.title_id, 3600, episode_id=series.ids[1, 1])

    [item] = (await viewer.continue_watching()).items

    assert series.episodes[1].duration == item.duration
    assert saved.update_time == item.update_time


async def test_a_next_episode_resumes_where_it_was_left(harness):
    viewer, series = harness.viewer(), harness.series("Harbour Lights")

    await viewer.save(series.title_id, 300, episode_id=series.ids[1, 2])
    await viewer.save(series.title_id, 3600, episode_id=series.ids[1, 1])
    assert [("Harbour Lights", "S1 E2 · Night 2", 300)] == await listed(viewer)
    await viewer.save(series.title_id, 3600, episode_id=series.ids[1, 2])
    await viewer.save(series.title_id, 3600, episode_id=series.ids[1, 1])

    assert [("Harbour Lights", "S1 E2 · Night 2", 0)] == await listed(viewer)


async def test_an_episode_that_left_the_catalog_is_not_continued(harness):
    viewer, series = harness.viewer(), harness.series()
    await viewer.save(series.title_id, 300, episode_id=series.ids[1, 2])
    del series.episodes[:]

    assert [] == await listed(viewer)


async def test_titles_that_are_not_visible_are_left_out_at_once(harness):
    viewer, series = harness.viewer(), harness.series("Series")
    await viewer.save(harness.film("Film"))
    await viewer.save(series.title_id, episode_id=series.ids[1, 1])
    assert 2 == len(await listed(viewer))

    viewer.maturity_ceiling = 8

    assert [] == await listed(viewer)
    viewer.maturity_ceiling = 18
    del harness.catalog.titles[series.title_id]
    assert [("Film", "", 60)] == await listed(viewer)


async def test_pages_are_full_and_hold_each_item_once(harness):
    viewer = harness.viewer()
    expected = []
    for number in range(60):
        film = builders.a_film(f"Film {number}")
        await viewer.plays(harness.catalog.add(film), 100, at=harness.clock.now() - timedelta(minutes=number))
        if number % 3 == 0:
            del harness.catalog.titles[film.title_id]
        else:
            expected.append(film.display_name)

    pages, token = [], ""
    while True:
        page = await viewer.continue_watching(page_size=7, page_token=token)
        pages.append([item.display_name for item in page.items])
        token = page.next_page_token
        if not token:
            break

    assert expected == [name for page in pages for name in page]
    assert [7] * 5 + [5] == [len(page) for page in pages]


async def test_a_page_takes_two_calls_to_catalog_for_any_number_of_series(harness):
    viewer = harness.viewer()
    for series in (harness.series(), harness.series(), harness.series()):
        await viewer.save(series.title_id, episode_id=series.ids[1, 1])
    await viewer.save(harness.film())
    harness.catalog.calls.clear()

    assert 4 == len(await listed(viewer))

    assert ["BatchGetEpisodeIndex", "BatchGetTitles"] == sorted(harness.catalog.calls)


async def test_without_catalog_and_without_titles_in_memory_the_error_names_catalog(harness):
    viewer = harness.viewer()
    await viewer.save(harness.film())
    await harness.catalog_server.aclose()

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await viewer.continue_watching()

    error = status.raised_by(raised.value, "viewing")
    assert (grpc.StatusCode.UNAVAILABLE, "SERVICE_UNAVAILABLE") == (error.code, error.reason)
    assert {"service": "catalog"} == error.metadata
    assert 1 == len((await viewer.bookmarks()).bookmarks)


async def test_a_profile_that_watched_nothing_needs_no_catalog(harness):
    await harness.catalog_server.aclose()

    assert [] == await listed(harness.viewer())


async def test_pages_continue_to_the_end_if_nearly_all_titles_are_hidden(harness):
    viewer = harness.viewer()
    await harness.watched(viewer, 1200)
    await viewer.plays(harness.film("Old"), 60, at=harness.clock.now() - timedelta(days=365))

    pages, token = [], ""
    while not pages or token:
        page = await viewer.continue_watching(page_token=token)
        pages.append([item.display_name for item in page.items])
        token = page.next_page_token

    assert [[], [], ["Old"]] == pages


def continued(bookmarks, catalog):
    """Returns the items that continue, by the rule of the contract for the bookmarks of `GetSignals`."""
    first, positions = {}, {}
    for bookmark in bookmarks:
        first.setdefault((bookmark.parent.title_id or bookmark.subject.title_id), bookmark)
        positions[bookmark.subject.episode_id] = bookmark.position.seconds
    items = []
    for title_id, bookmark in first.items():
        if not bookmark.HasField("parent"):
            items.append((title_id, "", bookmark.position.seconds))
            continue
        order = list(catalog.series[title_id].ids.values())
        index = order.index(bookmark.subject.episode_id) + bookmark.watched
        if index < len(order):
            items.append((title_id, order[index], positions.get(order[index], 0)))
    return items


async def test_the_bookmarks_of_the_signals_give_the_same_items(harness):
    viewer, watching, finished, dismissed = harness.viewer(), harness.series(), harness.series(), harness.film()
    for key, position in (((2, 2), 2), ((1, 2), 900), ((2, 1), 1200), ((1, 1), 3600)):
        await viewer.save(watching.title_id, position, episode_id=watching.ids[key])
    await viewer.save(finished.title_id, 3600, episode_id=finished.ids[2, 2])
    await viewer.save(harness.film(), 100)
    await viewer.save(harness.film(), 10)
    await viewer.save(harness.film(), 3600)
    await viewer.save(dismissed, 100)
    await viewer.call("DismissContinueWatching", title_id=dismissed)
    harness.catalog.calls.clear()

    signals = await viewer.signals()

    assert [] == harness.catalog.calls
    items = (await viewer.continue_watching()).items
    assert [(item.subject.title_id, item.play.episode_id, item.position.seconds) for item in items] == continued(
        signals.bookmarks, harness.catalog
    )
    assert 2 == len(items)


async def test_the_signals_have_the_bookmarks_of_a_hundred_titles(harness):
    viewer = harness.viewer()
    titles = await harness.watched(viewer, 120)

    bookmarks = (await viewer.signals()).bookmarks

    assert titles[:100] == [bookmark.subject.title_id for bookmark in bookmarks]


BOOKMARKS = st.builds(
    lambda episode_id, minute, second: Bookmark(
        "t", episode_id, timedelta(minutes=minute), timedelta(hours=1), testing.NOW + timedelta(seconds=second)
    ),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from([0, 1, 30, 57, 60]),
    st.integers(0, 3),
)


@given(st.lists(BOOKMARKS, max_size=3, unique_by=lambda bookmark: bookmark.episode_id))
def test_watched_bookmarks_before_the_latest_make_no_difference(bookmarks):
    candidate = continue_watching.candidate(bookmarks)
    needed = [each for each in bookmarks if not each.watched or (candidate and each.update_time == candidate.time)]

    assert candidate == continue_watching.candidate(needed)
    if candidate:
        order = [episodes.Episode(number, "", None) for number in ("1", "2", "3")]
        item = continue_watching.continuation(episodes.Title("t", "", is_series=True), candidate, order)
        last_is_watched = candidate.latest.watched and candidate.latest.episode_id == "3"
        assert (item is None) == last_is_watched
