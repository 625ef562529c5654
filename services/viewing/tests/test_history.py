"""The history, and that what was deleted is gone."""

from datetime import timedelta

import pytest

from services.kit import ids, testing
from services.viewing import storage
from services.viewing.domain import signals
from services.viewing.tests import builders


async def history(viewer, **more):
    return list((await viewer.call("ListHistory", **more)).entries)


async def test_a_film_is_in_the_history_as_far_as_it_was_ever_watched(house):
    viewer, film = house.viewer(), house.film("The Long Tide")
    await viewer.save(film, 1800)
    await viewer.save(film, 360)

    [entry] = await history(viewer)

    assert (film, "The Long Tide", 0.5, False) == (entry.title_id, entry.title, entry.completion, entry.finished)
    assert [360] == [bookmark.position.seconds for bookmark in entry.bookmarks]
    assert entry.watch_time == entry.bookmarks[0].update_time


async def test_a_film_that_was_watched_stays_finished_when_it_is_begun_again(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film, 3420)
    await viewer.save(film, 10)

    [entry] = await history(viewer)

    assert (1.0, True, False) == (entry.completion, entry.finished, entry.bookmarks[0].watched)
    assert 1 == len((await viewer.goes_on_with()).items)


async def test_a_series_is_as_complete_as_its_episodes_and_finished_with_the_last(house):
    viewer, series = house.viewer(), builders.a_series(seasons=(2, 2))
    house.catalog.add(series)
    episodes = builders.episodes_of(series)
    seen = []

    for key, position in (((1, 1), 3600), ((1, 2), 1800), ((2, 2), 3600)):
        await viewer.save(series.title_id, position, episode_id=episodes[key])
        [entry] = await history(viewer)
        seen.append((entry.completion, entry.finished, len(entry.bookmarks)))

    assert [(0.25, False, 1), (0.375, False, 2), (0.625, True, 3)] == seen
    assert episodes[2, 2] == entry.bookmarks[0].episode_id


async def test_a_series_nobody_has_told_of_yet_is_never_complete(house):
    viewer, series = house.viewer(), builders.a_series(seasons=(2,))
    house.catalog.add(series)
    one, two = (builders.episodes_of(series)[1, number] for number in (1, 2))

    await viewer.played(series.title_id, 3600, episode_id=one, at=house.clock.now())
    before = await viewer.signal(series.title_id)
    await house.follower.ask()
    known = await viewer.signal(series.title_id)
    await viewer.played(series.title_id, 3600, episode_id=two, at=house.clock.now())
    after = await viewer.signal(series.title_id)

    assert [(0.5, False), (0.5, False), (1.0, True)] == [
        (told.completion, told.finished) for told in (before, known, after)
    ]
    await house.follower.ask()
    assert 0 == await house.rows("series WHERE due")


async def test_a_new_episode_leaves_a_series_unfinished(house):
    viewer, series = house.viewer(), builders.a_series(seasons=(2,))
    house.catalog.add(series)
    for episode_id in builders.episodes_of(series).values():
        await viewer.played(series.title_id, 3600, episode_id=episode_id, at=house.clock.now())
    await house.follower.ask()
    assert (await viewer.signal(series.title_id)).finished

    series.seasons[0].episodes.add(episode_id=ids.new(), episode_number=3, season_number=1)
    await house.hear(builders.titles_changed(series, revision=4))
    await house.follower.ask()

    told = await viewer.signal(series.title_id)
    assert (round(2 / 3, 6), False) == (round(told.completion, 6), told.finished)


async def test_what_the_profile_may_not_know_of_any_more_has_no_name(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film)
    del house.catalog.titles[film]

    assert [(film, "")] == [(entry.title_id, entry.title) for entry in await history(viewer)]


async def test_the_history_is_paged_the_latest_first(house):
    viewer, films = house.viewer(), [house.film() for _ in range(5)]
    for film in films:
        await viewer.save(film)

    first = await viewer.call("ListHistory", page_size=3)
    second = await viewer.call("ListHistory", page_size=3, page_token=first.next_page_token)

    assert [films[:1:-1], films[1::-1]] == [[entry.title_id for entry in page.entries] for page in (first, second)]


async def everything(house, viewer, title_id, episode_id=""):
    """Tells everything there is to tell of a title."""
    await viewer.save(title_id, 360, episode_id=episode_id)
    await viewer.rate(title_id)
    await viewer.call("AddToWatchlist", title_id=title_id)
    seen = [
        builders.an_event(title_id),
        builders.an_event(title_id, "ABANDON", position=builders.seconds(1), duration=builders.seconds(3600)),
    ]
    await viewer.call("RecordEvents", events=seen)
    await house.count()
    await viewer.call("DismissContinueWatching", title_id=title_id)
    return seen


@pytest.mark.parametrize("whole", [False, True])
async def test_deleting_the_history_leaves_the_thumb_and_the_watchlist_and_nothing_else(house, whole):
    viewer, film = house.viewer(), house.film()
    await everything(house, viewer, film)

    answer = await (viewer.call("ClearHistory") if whole else viewer.call("DeleteHistory", title_id=film))

    assert [] == await history(viewer)
    assert not (await viewer.bookmarks()).bookmarks
    assert not (await viewer.goes_on_with()).items
    assert 0 == (await viewer.call("GetStats")).title_count
    told = await viewer.signal(film)
    assert {"title_id", "thumb", "rate_time", "add_time"} == {field.name for field, _ in told.ListFields()}
    assert (0, 0) == (await house.rows("bookmark"), await house.rows("counted_event"))
    [event] = (event.signals_changed for event in (await house.told())[-1:])
    assert ([told], answer.consistency_token) == (list(event.titles), str(event.revision))


async def test_clearing_the_history_leaves_no_row_of_what_was_only_watched(house):
    viewer, other = house.viewer(), house.viewer()
    for _ in range(3):
        await viewer.save(house.film())
    await other.save(house.film())

    cleared = await viewer.call("ClearHistory")

    assert 3 == cleared.deleted_count
    assert (1, 1) == (await house.rows("title_state"), await house.rows("bookmark"))
    assert 0 == (await viewer.call("ClearHistory")).deleted_count
    assert 1 == len(await history(other))


@pytest.mark.parametrize("whole", [False, True])
async def test_what_comes_late_does_not_bring_back_what_was_deleted(house, whole):
    viewer, film, stranger = house.viewer(), house.film(), house.film()
    seen = await everything(house, viewer, film)
    watched = house.clock.now()
    await (viewer.call("ClearHistory") if whole else viewer.call("DeleteHistory", title_id=film))

    await viewer.played(film, 500, at=watched)
    for event in seen:
        event.occur_time.CopyFrom(builders.at(watched))
    await viewer.call("RecordEvents", events=[*seen, builders.an_event(film, occur_time=builders.at(watched))])
    await house.count()
    await viewer.imports(builders.a_signal(film, watched, completion=0.9))
    if whole:
        await viewer.played(stranger, 500, at=watched)

    assert [] == await history(viewer)
    assert {"title_id", "thumb", "rate_time", "add_time"} == {
        field.name for field, _ in (await viewer.signal(film)).ListFields()
    }
    await viewer.played(film, 700, at=house.clock.now())
    assert [film] == [entry.title_id for entry in await history(viewer)]


async def test_deleting_what_is_not_there_writes_nothing(house):
    viewer = house.viewer()
    await viewer.rate(house.film())
    before = (await viewer.signals()).revision

    answer = await viewer.call("DeleteHistory", title_id=ids.new())

    assert str(before) == answer.consistency_token
    assert 1 == await house.rows("title_state")


async def test_nobody_deletes_what_another_profile_watched(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film)

    for other in (viewer.sibling(), house.viewer()):
        await other.call("DeleteHistory", title_id=film)
        await other.call("ClearHistory")

    assert [film] == [entry.title_id for entry in await history(viewer)]


async def test_that_something_was_deleted_is_forgotten_too_in_the_end(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film)
    await viewer.rate(kept := house.film())
    await viewer.call("DeleteHistory", title_id=film)
    for later, rows in ((timedelta(days=29), 2), (timedelta(days=31), 1)):
        async with house.database.transaction() as tx:
            await storage.title_states.sweep(tx, testing.NOW + later - signals.REMEMBERED)
        assert rows == await house.rows("title_state")
    assert [kept] == [told.title_id for told in (await viewer.signals()).titles]
