"""The watchlist."""

import grpc
import pytest
from marquee.viewing.v1 import viewing_internal_pb2

from services.kit import ids, status, testing
from services.viewing.domain import title_state
from services.viewing.tests import builders


async def watchlist(viewer, **more):
    return [entry.subject.title_id for entry in (await viewer.call("ListWatchlist", **more)).entries]


async def test_the_latest_addition_is_first(harness):
    viewer, one, two = harness.viewer(), harness.film(), harness.film()
    await viewer.call("AddToWatchlist", title_id=one)
    added = await viewer.call("AddToWatchlist", title_id=two)

    assert [two, one] == await watchlist(viewer)
    assert added.entry == (await viewer.call("ListWatchlist", title_id=two)).entries[0]
    await viewer.call("RemoveFromWatchlist", title_id=two)
    assert [one] == await watchlist(viewer)
    assert [] == await watchlist(viewer, title_id=two)


async def test_adding_a_title_on_the_watchlist_again_keeps_its_position(harness):
    viewer, one, two = harness.viewer(), harness.film(), harness.film()
    first = await viewer.call("AddToWatchlist", title_id=one)
    await viewer.call("AddToWatchlist", title_id=two)
    await harness.published()

    again = await viewer.call("AddToWatchlist", title_id=one)

    assert first.entry == again.entry
    assert [two, one] == await watchlist(viewer)
    assert [] == await harness.published()


async def test_a_removed_title_is_added_at_the_top(harness):
    viewer, one, two = harness.viewer(), harness.film(), harness.film()
    for film in (one, two):
        await viewer.call("AddToWatchlist", title_id=film)
    await viewer.call("RemoveFromWatchlist", title_id=one)

    await viewer.call("AddToWatchlist", title_id=one)

    assert [one, two] == await watchlist(viewer)


async def test_only_visible_titles_are_added(harness, refused):
    child, film = harness.viewer(maturity_ceiling=8), harness.film(age=17)

    for title_id in (film, ids.new()):
        async with refused("TITLE_NOT_FOUND"):
            await child.call("AddToWatchlist", title_id=title_id)
    await child.call("RemoveFromWatchlist", title_id=film)

    assert 0 == (await child.signals()).revision


async def test_a_title_that_is_visible_again_has_its_previous_position(harness):
    viewer, films = harness.viewer(), [harness.film(age=13) for _ in range(3)]
    for film in films:
        await viewer.call("AddToWatchlist", title_id=film)
    harness.catalog.titles[films[1]].maturity_rating.age = 18
    viewer.maturity_ceiling = 17

    assert [films[2], films[0]] == await watchlist(viewer)
    viewer.maturity_ceiling = 18
    assert films[::-1] == await watchlist(viewer)


async def test_pages_are_full_although_some_titles_are_hidden(harness):
    viewer = harness.viewer()
    films = [harness.film() for _ in range(12)]
    for film in films:
        await viewer.call("AddToWatchlist", title_id=film)
    for film in films[::3]:
        del harness.catalog.titles[film]

    first = await viewer.call("ListWatchlist", page_size=5)
    second = await viewer.call("ListWatchlist", page_size=5, page_token=first.next_page_token)

    expected = [film for film in films[::-1] if film in harness.catalog.titles]
    assert [expected[:5], expected[5:]] == [
        [entry.subject.title_id for entry in page.entries] for page in (first, second)
    ]
    assert "" == second.next_page_token


async def test_a_full_watchlist_is_refused_except_for_titles_on_it(harness):
    viewer, film = harness.viewer(), harness.film()
    listed = [builders.a_signal(ids.new(), on_watchlist=True) for _ in range(title_state.MOST_LISTED - 1)]
    await viewer.imports(*listed)
    await viewer.call("AddToWatchlist", title_id=film)

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await viewer.call("AddToWatchlist", title_id=harness.film())
    assert "WATCHLIST_FULL" == testing.reason_of(raised.value)
    assert {"limit": "1000"} == status.raised_by(raised.value, "viewing").metadata

    await viewer.call("AddToWatchlist", title_id=film)
    with pytest.raises(grpc.aio.AioRpcError):
        await viewer.imports(builders.a_signal(ids.new(), on_watchlist=True))
    await viewer.call("RemoveFromWatchlist", title_id=listed[0].subject.title_id)
    await viewer.call("AddToWatchlist", title_id=harness.film())


async def test_each_profile_has_its_own_watchlist(harness):
    viewer, film = harness.viewer(), harness.film()
    sibling = viewer.sibling()
    await viewer.call("AddToWatchlist", title_id=film)

    await sibling.call("RemoveFromWatchlist", title_id=film)

    assert [] == await watchlist(sibling)
    assert [film] == await watchlist(viewer)
    assert viewing_internal_pb2.GetSignalsResponse() == await sibling.signals()
