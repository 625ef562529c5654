"""Thumbs."""

from marquee.viewing.v1 import viewing_pb2

from services.kit import ids
from services.viewing.tests import builders


async def ratings(viewer, **more):
    return list((await viewer.call("ListRatings", **more)).ratings)


async def test_a_thumb_is_kept_changed_and_taken_back(house):
    viewer, film = house.viewer(), house.film()

    up = await viewer.rate(film)
    assert [up.rating] == await ratings(viewer)
    down = await viewer.rate(film, "DOWN")
    assert (viewing_pb2.THUMB_DOWN, [down.rating]) == (down.rating.thumb, await ratings(viewer))
    back = await viewer.rate(film, "UNSPECIFIED")

    assert [] == await ratings(viewer)
    assert (viewing_pb2.THUMB_UNSPECIFIED, False) == (back.rating.thumb, back.rating.HasField("rate_time"))
    assert int(up.consistency_token) < int(down.consistency_token) < int(back.consistency_token)


async def test_the_same_thumb_again_writes_nothing(house):
    viewer, film = house.viewer(), house.film()
    first = await viewer.rate(film)

    again = await viewer.rate(film)

    assert first == again
    assert 1 == len(await house.told())


async def test_only_what_the_profile_may_know_of_is_rated(house, refused):
    child, film = house.viewer(maturity_ceiling=2), house.film(maturity_rating=4)

    for title_id in (film, ids.new()):
        async with refused("TITLE_NOT_FOUND"):
            await child.rate(title_id)
    await child.rate(ids.new(), "UNSPECIFIED")

    assert [] == await ratings(child)
    assert [] == await house.told()


async def test_ratings_are_paged_the_latest_first_and_found_by_title(house):
    viewer, films = house.viewer(), [house.film() for _ in range(5)]
    for film in films:
        await viewer.rate(film)
    await house.viewer().rate(films[0], "DOWN")

    pages, token = [], ""
    for _ in range(3):
        page = await viewer.call("ListRatings", page_size=2, page_token=token)
        pages.append([rating.title_id for rating in page.ratings])
        token = page.next_page_token

    assert [films[4:2:-1], films[2:0:-1], films[:1]] == pages
    assert "" == token
    assert [viewing_pb2.THUMB_UP] == [rating.thumb for rating in await ratings(viewer, title_id=films[0].upper())]


async def test_a_page_token_of_another_list_is_refused(house, refused):
    viewer = house.viewer()
    for film in (house.film(), house.film()):
        await viewer.rate(film)
    token = (await viewer.call("ListRatings", page_size=1)).next_page_token

    for method in ("ListWatchlist", "ListHistory", "ListSuppressions", "ListContinueWatching"):
        async with refused("PAGE_TOKEN_INVALID"):
            await viewer.call(method, page_token=token)
    async with refused("PAGE_TOKEN_INVALID"):
        await house.viewer().call("ListRatings", page_token=token)


async def test_an_id_in_capitals_names_the_same_title(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film, 600)

    house.catalog.titles[film.upper()] = house.catalog.titles[film]
    await viewer.rate(film.upper())

    [told] = (await viewer.signals()).titles
    assert (film, viewing_pb2.THUMB_UP) == (told.title_id, told.thumb)
    assert builders.seconds(600) == (await viewer.bookmarks()).bookmarks[0].position
