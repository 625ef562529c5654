"""The history of a profile, and its deletion."""

from datetime import timedelta

import pytest

from services.kit import ids, testing
from services.viewing import storage
from services.viewing.domain import title_state
from services.viewing.tests import builders


async def history(viewer, **more):
    return list((await viewer.call("ListHistory", **more)).entries)


async def test_the_completion_of_a_film_is_the_largest_watched_share(harness):
    viewer, film = harness.viewer(), harness.film("The Long Tide")
    await viewer.save(film, 1800)
    await viewer.save(film, 360)

    [entry] = await history(viewer)

    assert (film, "The Long Tide", 0.5, False) == (
        entry.subject.title_id,
        entry.display_name,
        entry.completion,
        entry.finished,
    )
    assert [360] == [bookmark.position.seconds for bookmark in entry.bookmarks]
    assert entry.watch_time == entry.bookmarks[0].update_time


async def test_a_finished_film_stays_finished_when_it_is_started_again(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film, 3420)
    await viewer.save(film, 100)

    [entry] = await history(viewer)

    assert (1.0, True, False) == (entry.completion, entry.finished, entry.bookmarks[0].watched)
    assert 1 == len((await viewer.continue_watching()).items)


async def test_the_completion_of_a_series_is_the_share_of_its_episodes(harness):
    viewer, series = harness.viewer(), harness.series(seasons=(2, 2))
    entries = []

    for key, position in (((1, 1), 3600), ((1, 2), 1800), ((2, 2), 3600)):
        await viewer.save(series.title_id, position, episode_id=series.ids[key])
        await harness.series_sync.sync()
        [entry] = await history(viewer)
        entries.append((entry.completion, entry.finished, len(entry.bookmarks)))

    assert [(0.25, False, 1), (0.375, False, 2), (0.625, True, 3)] == entries
    assert series.ids[2, 2] == entry.bookmarks[0].subject.episode_id


async def test_a_series_is_not_complete_until_its_episodes_are_known(harness):
    viewer, series = harness.viewer(), harness.series(seasons=(2,))
    one, two = (series.ids[1, number] for number in (1, 2))

    await viewer.plays(series.title_id, 3600, episode_id=one, at=harness.clock.now())
    before = await viewer.signal(series.title_id)
    await harness.series_sync.sync()
    during = await viewer.signal(series.title_id)
    await viewer.plays(series.title_id, 3600, episode_id=two, at=harness.clock.now())
    after = await viewer.signal(series.title_id)

    assert [(0.5, False), (0.5, False), (1.0, True)] == [
        (signals.completion, signals.finished) for signals in (before, during, after)
    ]
    await harness.series_sync.sync()
    assert 0 == await harness.rows("series WHERE due")


async def test_a_new_episode_makes_a_series_unfinished(harness):
    viewer, series = harness.viewer(), harness.series(seasons=(2,))
    for episode_id in series.ids.values():
        await viewer.plays(series.title_id, 3600, episode_id=episode_id, at=harness.clock.now())
    await harness.series_sync.sync()
    assert (await viewer.signal(series.title_id)).finished

    series.episodes.append(builders.an_episode(1, 3))
    await harness.consume(builders.titles_changed(series, revision=4))
    del series.episodes[-1]
    await harness.consume(builders.titles_changed(series, revision=3))

    signals = await viewer.signal(series.title_id)
    assert (round(2 / 3, 6), False) == (round(signals.completion, 6), signals.finished)


async def test_a_title_that_is_not_visible_any_more_has_no_name(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film)
    del harness.catalog.titles[film]

    assert [(film, "")] == [(entry.subject.title_id, entry.display_name) for entry in await history(viewer)]


async def test_the_history_is_paged_the_latest_first(harness):
    viewer, films = harness.viewer(), [harness.film() for _ in range(5)]
    for film in films:
        await viewer.save(film)

    first = await viewer.call("ListHistory", page_size=3)
    second = await viewer.call("ListHistory", page_size=3, page_token=first.next_page_token)

    assert [films[:1:-1], films[1::-1]] == [
        [entry.subject.title_id for entry in page.entries] for page in (first, second)
    ]


async def give_all_signals(harness, viewer, title_id):
    """Stores every kind of signal about a title; returns the recorded events."""
    await viewer.save(title_id, 360)
    await viewer.rate(title_id)
    await viewer.call("AddToWatchlist", title_id=title_id)
    events = [
        builders.an_event(title_id),
        builders.an_event(title_id, "ABANDON", position=builders.seconds(1), duration=builders.seconds(3600)),
    ]
    await viewer.call("RecordEvents", events=events)
    await harness.count_events()
    await viewer.call("DismissContinueWatching", title_id=title_id)
    return events


@pytest.mark.parametrize("clear_all", [False, True])
async def test_deleting_the_history_keeps_only_the_rating_and_the_watchlist_entry(harness, clear_all):
    viewer, film = harness.viewer(), harness.film()
    await give_all_signals(harness, viewer, film)

    response = await (viewer.call("ClearHistory") if clear_all else viewer.call("DeleteHistory", title_id=film))

    assert [] == await history(viewer)
    assert not (await viewer.bookmarks()).bookmarks
    assert not (await viewer.continue_watching()).items
    assert 0 == (await viewer.call("GetStats")).title_count
    signals = await viewer.signal(film)
    assert {"subject", "thumb", "rate_time", "add_time"} == {field.name for field, _ in signals.ListFields()}
    assert (0, 0) == (await harness.rows("bookmark"), await harness.rows("counted_event"))
    [event] = (event.signals_changed for event in (await harness.published())[-1:])
    assert ([signals], response.consistency_token) == (list(event.signals), str(event.revision))


async def test_clearing_the_history_deletes_the_rows_of_titles_that_were_only_watched(harness):
    viewer, other = harness.viewer(), harness.viewer()
    for _ in range(3):
        await viewer.save(harness.film())
    await other.save(harness.film())

    cleared = await viewer.call("ClearHistory")

    assert 3 == cleared.deleted_count
    assert (1, 1) == (await harness.rows("title_state"), await harness.rows("bookmark"))
    assert 0 == (await viewer.call("ClearHistory")).deleted_count
    assert 1 == len(await history(other))


@pytest.mark.parametrize("clear_all", [False, True])
async def test_late_changes_do_not_bring_back_a_deleted_history(harness, clear_all):
    viewer, film, other_film = harness.viewer(), harness.film(), harness.film()
    events = await give_all_signals(harness, viewer, film)
    watch_time = harness.clock.now()
    await (viewer.call("ClearHistory") if clear_all else viewer.call("DeleteHistory", title_id=film))

    await viewer.plays(film, 500, at=watch_time)
    for event in events:
        event.occur_time.CopyFrom(builders.at(watch_time))
    await viewer.call("RecordEvents", events=[*events, builders.an_event(film, occur_time=builders.at(watch_time))])
    await harness.count_events()
    await viewer.imports(builders.a_signal(film, watch_time, completion=0.9))
    if clear_all:
        await viewer.plays(other_film, 500, at=watch_time)

    assert [] == await history(viewer)
    assert {"subject", "thumb", "rate_time", "add_time"} == {
        field.name for field, _ in (await viewer.signal(film)).ListFields()
    }
    await viewer.plays(film, 700, at=harness.clock.now())
    assert [film] == [entry.subject.title_id for entry in await history(viewer)]


async def test_deleting_a_title_that_is_not_in_the_history_writes_nothing(harness):
    viewer = harness.viewer()
    await viewer.rate(harness.film())
    before = (await viewer.signals()).revision

    response = await viewer.call("DeleteHistory", title_id=ids.new())

    assert str(before) == response.consistency_token
    assert 1 == await harness.rows("title_state")


async def test_a_profile_deletes_only_its_own_history(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film)

    for other in (viewer.sibling(), harness.viewer()):
        await other.call("DeleteHistory", title_id=film)
        await other.call("ClearHistory")

    assert [film] == [entry.subject.title_id for entry in await history(viewer)]


async def test_rows_without_signals_are_deleted_after_the_retention(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film)
    await viewer.rate(rated := harness.film())
    await viewer.call("DeleteHistory", title_id=film)
    for age, rows in ((timedelta(days=29), 2), (timedelta(days=31), 1)):
        async with harness.database.transaction() as tx:
            await storage.title_states.remove_empty(tx, testing.NOW + age - title_state.RETENTION)
        assert rows == await harness.rows("title_state")
    assert [rated] == [each.subject.title_id for each in (await viewer.signals()).signals]
