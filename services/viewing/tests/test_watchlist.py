"""The watchlist."""

import grpc
import pytest
from marquee.viewing.v1 import viewing_pb2

from services.kit import ids, status, testing
from services.viewing.domain import signals
from services.viewing.tests import builders


async def watchlist(viewer, **more):
    return [entry.title_id for entry in (await viewer.call("ListWatchlist", **more)).entries]


async def test_what_was_added_last_stands_first(house):
    viewer, one, two = house.viewer(), house.film(), house.film()
    await viewer.call("AddToWatchlist", title_id=one)
    added = await viewer.call("AddToWatchlist", title_id=two)

    assert [two, one] == await watchlist(viewer)
    assert added.entry == (await viewer.call("ListWatchlist", title_id=two)).entries[0]
    await viewer.call("RemoveFromWatchlist", title_id=two)
    assert [one] == await watchlist(viewer)
    assert [] == await watchlist(viewer, title_id=two)


async def test_what_is_on_the_list_keeps_its_place(house):
    viewer, one, two = house.viewer(), house.film(), house.film()
    first = await viewer.call("AddToWatchlist", title_id=one)
    await viewer.call("AddToWatchlist", title_id=two)
    await house.told()

    again = await viewer.call("AddToWatchlist", title_id=one)

    assert first.entry == again.entry
    assert [two, one] == await watchlist(viewer)
    assert [] == await house.told()


async def test_what_was_taken_off_may_come_back_to_the_top(house):
    viewer, one, two = house.viewer(), house.film(), house.film()
    for film in (one, two):
        await viewer.call("AddToWatchlist", title_id=film)
    await viewer.call("RemoveFromWatchlist", title_id=one)

    await viewer.call("AddToWatchlist", title_id=one)

    assert [one, two] == await watchlist(viewer)


async def test_only_what_the_profile_may_know_of_is_added(house, refused):
    child, film = house.viewer(maturity_ceiling=2), house.film(maturity_rating=4)

    for title_id in (film, ids.new()):
        async with refused("TITLE_NOT_FOUND"):
            await child.call("AddToWatchlist", title_id=title_id)
    await child.call("RemoveFromWatchlist", title_id=film)

    assert 0 == (await child.signals()).revision


async def test_a_title_that_is_hidden_for_a_while_comes_back_to_its_place(house):
    viewer, films = house.viewer(), [house.film(maturity_rating=3) for _ in range(3)]
    for film in films:
        await viewer.call("AddToWatchlist", title_id=film)
    house.catalog.titles[films[1]].maturity_rating = 5
    viewer.maturity_ceiling = 4

    assert [films[2], films[0]] == await watchlist(viewer)
    viewer.maturity_ceiling = 5
    assert films[::-1] == await watchlist(viewer)


async def test_pages_are_full_though_some_titles_are_hidden(house):
    viewer = house.viewer()
    films = [house.film() for _ in range(12)]
    for film in films:
        await viewer.call("AddToWatchlist", title_id=film)
    for film in films[::3]:
        del house.catalog.titles[film]

    first = await viewer.call("ListWatchlist", page_size=5)
    second = await viewer.call("ListWatchlist", page_size=5, page_token=first.next_page_token)

    expected = [film for film in films[::-1] if film in house.catalog.titles]
    assert [expected[:5], expected[5:]] == [[entry.title_id for entry in page.entries] for page in (first, second)]
    assert "" == second.next_page_token


async def test_a_full_watchlist_says_so_and_takes_again_what_is_on_it(house):
    viewer, film = house.viewer(), house.film()
    listed = [builders.a_signal(ids.new(), listed=True) for _ in range(signals.MOST_LISTED - 1)]
    await viewer.imports(*listed)
    await viewer.call("AddToWatchlist", title_id=film)

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await viewer.call("AddToWatchlist", title_id=house.film())
    assert "WATCHLIST_FULL" == testing.reason_of(caught.value)
    assert {"limit": "1000"} == status.raised_by(caught.value, "viewing").metadata

    await viewer.call("AddToWatchlist", title_id=film)
    with pytest.raises(grpc.aio.AioRpcError):
        await viewer.imports(builders.a_signal(ids.new(), listed=True))
    await viewer.call("RemoveFromWatchlist", title_id=listed[0].title_id)
    await viewer.call("AddToWatchlist", title_id=house.film())


async def test_another_profile_of_the_account_has_a_list_of_its_own(house):
    viewer, film = house.viewer(), house.film()
    sibling = viewer.sibling()
    await viewer.call("AddToWatchlist", title_id=film)

    await sibling.call("RemoveFromWatchlist", title_id=film)

    assert [] == await watchlist(sibling)
    assert [film] == await watchlist(viewer)
    assert viewing_pb2.GetSignalsResponse() == await sibling.signals()
