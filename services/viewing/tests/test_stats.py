"""What a profile's watching amounts to."""

from marquee.viewing.v1 import viewing_pb2

from services.viewing.tests import builders


async def test_figures_are_what_was_watched_once(house):
    viewer = house.viewer()
    series = builders.a_series(seasons=(2,), genres=["Drama"])
    house.catalog.add(series)
    film, hidden = house.film(genres=["Mystery", "Drama"]), house.film(genres=["Horror"])
    await viewer.save(film, 3600)
    await viewer.save(film, 60)
    for episode_id in builders.episodes_of(series).values():
        await viewer.save(series.title_id, 900, 1800, episode_id=episode_id)
    await viewer.save(hidden, 7200, 7200)
    await viewer.sibling().save(film, 3600)
    del house.catalog.titles[hidden]

    stats = await viewer.call("GetStats")

    assert (3600 + 1800 + 7200, 3, 2) == (stats.watch_duration.seconds, stats.title_count, stats.finished_count)
    assert [("Drama", 5400), ("Mystery", 3600)] == [(told.genre, told.watch_duration.seconds) for told in stats.genres]
    assert [(film, 3600), (series.title_id, 1800)] == [
        (told.title_id, told.watch_duration.seconds) for told in stats.titles
    ]


async def test_no_more_than_ten_are_told_of_each(house):
    viewer = house.viewer()
    for number in range(12):
        await viewer.save(house.film(genres=[f"Genre {number:02}"]), 60 * (number + 1))

    stats = await viewer.call("GetStats")

    assert [f"Genre {number:02}" for number in range(11, 1, -1)] == [told.genre for told in stats.genres]
    assert 10 == len(stats.titles)


async def test_whoever_watched_nothing_needs_no_catalog(house):
    await house.stop_catalog.aclose()

    assert viewing_pb2.GetStatsResponse(watch_duration=builders.seconds(0)) == await house.viewer().call("GetStats")
