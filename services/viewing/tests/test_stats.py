"""Watch statistics of a profile."""

from marquee.viewing.v1 import viewing_service_pb2

from services.viewing.tests import builders


async def test_each_title_counts_once_with_its_watched_share(harness):
    viewer = harness.viewer()
    series = harness.series(seasons=(2,), genres=["Drama"])
    film, hidden = harness.film(genres=["Mystery", "Drama"]), harness.film(genres=["Horror"])
    await viewer.save(film, 3600)
    await viewer.save(film, 60)
    for episode_id in series.ids.values():
        await viewer.save(series.title_id, 900, 1800, episode_id=episode_id)
    await viewer.save(hidden, 7200, 7200)
    await viewer.sibling().save(film, 3600)
    del harness.catalog.titles[hidden]

    await harness.series_sync.sync()
    stats = await viewer.call("GetStats")

    assert (3600 + 1800 + 7200, 3, 2) == (stats.watch_duration.seconds, stats.title_count, stats.finished_count)
    assert [("drama", "Drama", 5400), ("mystery", "Mystery", 3600)] == [
        (stat.genre_id, stat.display_name, stat.watch_duration.seconds) for stat in stats.genres
    ]
    assert [(film, 3600), (series.title_id, 1800)] == [
        (stat.subject.title_id, stat.watch_duration.seconds) for stat in stats.titles
    ]


async def test_ten_genres_and_ten_titles_are_returned(harness):
    viewer = harness.viewer()
    for number in range(12):
        await viewer.save(harness.film(genres=[f"Genre {number:02}"]), 60 * (number + 1))

    stats = await viewer.call("GetStats")

    assert [f"Genre {number:02}" for number in range(11, 1, -1)] == [stat.display_name for stat in stats.genres]
    assert 10 == len(stats.titles)


async def test_a_profile_that_watched_nothing_needs_no_catalog(harness):
    await harness.catalog_server.aclose()

    assert viewing_service_pb2.GetStatsResponse(watch_duration=builders.seconds(0)) == await harness.viewer().call(
        "GetStats"
    )
