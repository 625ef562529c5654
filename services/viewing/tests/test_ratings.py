"""Ratings of titles."""

from marquee.viewing.v1 import viewing_pb2

from services.kit import ids
from services.viewing.tests import builders


async def ratings(viewer, **more):
    return list((await viewer.call("ListRatings", **more)).ratings)


async def test_a_rating_is_stored_changed_and_deleted(harness):
    viewer, film = harness.viewer(), harness.film()

    up = await viewer.rate(film)
    assert [up.rating] == await ratings(viewer)
    down = await viewer.rate(film, "DOWN")
    assert (viewing_pb2.THUMB_DOWN, [down.rating]) == (down.rating.thumb, await ratings(viewer))
    deleted = await viewer.call("DeleteRating", title_id=film)

    assert [] == await ratings(viewer)
    assert int(up.consistency_token) < int(down.consistency_token) < int(deleted.consistency_token)


async def test_repeating_a_rating_writes_nothing(harness):
    viewer, film = harness.viewer(), harness.film()
    first = await viewer.rate(film)

    second = await viewer.rate(film)

    assert first == second
    assert 1 == len(await harness.published())


async def test_only_visible_titles_are_rated(harness, refused):
    child, film = harness.viewer(maturity_ceiling=8), harness.film(age=17)

    for title_id in (film, ids.new()):
        async with refused("TITLE_NOT_FOUND"):
            await child.rate(title_id)
    async with refused("REQUEST_INVALID"):
        await child.rate(film, "UNSPECIFIED")
    async with refused("SUBJECT_NOT_SUPPORTED"):
        await child.call("RateSubject", episode_id=ids.new(), thumb=viewing_pb2.THUMB_UP)
    await child.call("DeleteRating", title_id=ids.new())

    assert [] == await ratings(child)
    assert [] == await harness.published()


async def test_ratings_are_paged_the_latest_first_and_filtered_by_title(harness):
    viewer, films = harness.viewer(), [harness.film() for _ in range(5)]
    for film in films:
        await viewer.rate(film)
    await harness.viewer().rate(films[0], "DOWN")

    pages, token = [], ""
    for _ in range(3):
        page = await viewer.call("ListRatings", page_size=2, page_token=token)
        pages.append([rating.subject.title_id for rating in page.ratings])
        token = page.next_page_token

    assert [films[4:2:-1], films[2:0:-1], films[:1]] == pages
    assert "" == token
    assert [viewing_pb2.THUMB_UP] == [rating.thumb for rating in await ratings(viewer, title_id=films[0].upper())]


async def test_a_page_token_of_another_list_is_refused(harness, refused):
    viewer = harness.viewer()
    for film in (harness.film(), harness.film()):
        await viewer.rate(film)
    token = (await viewer.call("ListRatings", page_size=1)).next_page_token

    for method in ("ListWatchlist", "ListHistory", "ListSuppressions", "ListContinueWatching"):
        async with refused("PAGE_TOKEN_INVALID"):
            await viewer.call(method, page_token=token)
    async with refused("PAGE_TOKEN_INVALID"):
        await harness.viewer().call("ListRatings", page_token=token)


async def test_an_upper_case_id_identifies_the_same_title(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film, 600)

    harness.catalog.titles[film.upper()] = harness.catalog.titles[film]
    await viewer.rate(film.upper())

    [signals] = (await viewer.signals()).signals
    assert (film, viewing_pb2.THUMB_UP) == (signals.subject.title_id, signals.thumb)
    assert builders.seconds(600) == (await viewer.bookmarks()).bookmarks[0].position
