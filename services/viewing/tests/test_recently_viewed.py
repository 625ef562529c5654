"""What a profile looked at: it can be come back to, and forgotten."""

from datetime import timedelta

from marquee.viewing.v1 import viewing_pb2

from services.kit import ids, testing
from services.viewing.domain import signals
from services.viewing.tests import builders


async def looks_at(viewer, *title_ids):
    """Has a viewer open the pages of titles, one after the other, and has that counted."""
    for title_id in title_ids:
        await viewer.call("RecordEvents", events=[builders.an_event(title_id)])
    await viewer.house.count()


async def looked_at(viewer, **more):
    return [title.title_id for title in (await viewer.call("ListRecentlyViewed", **more)).titles]


async def test_what_was_looked_at_last_stands_first_and_each_title_once(house):
    viewer, one, two = house.viewer(), house.film(), house.film()
    await looks_at(viewer, one, two, one)
    latest = house.clock.now()

    answer = await viewer.call("ListRecentlyViewed")

    assert [one, two] == [title.title_id for title in answer.titles]
    assert builders.at(latest) == answer.titles[0].view_time


async def test_nothing_but_looking_puts_a_title_there(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film)
    await viewer.rate(film)
    await viewer.call("AddToWatchlist", title_id=film)
    await viewer.call("RecordEvents", events=[builders.an_event(film, "PLAY")])
    await house.count()

    assert [] == await looked_at(viewer)


async def test_a_profile_sees_its_own_looks_alone(house):
    viewer, film = house.viewer(), house.film()
    await looks_at(viewer, film)

    assert [] == await looked_at(viewer.sibling())
    await viewer.sibling().call("ClearRecentlyViewed")
    assert [film] == await looked_at(viewer)


async def test_hidden_titles_are_left_out_until_they_are_let_back(house):
    viewer, one, two = house.viewer(), house.film(), house.film()
    await looks_at(viewer, one, two)
    await viewer.call("SuppressTitle", title_id=two)

    assert [one] == await looked_at(viewer)
    await viewer.call("RestoreTitle", title_id=two)
    assert [two, one] == await looked_at(viewer)


async def test_titles_that_the_profile_may_not_know_of_are_left_out(house):
    viewer = house.viewer(maturity_ceiling=3)
    kept, above, gone = house.film(), house.film(), house.film()
    await looks_at(viewer, kept, above, gone, ids.new())
    house.catalog.titles[above].maturity_rating = 4
    del house.catalog.titles[gone]

    assert [kept] == await looked_at(viewer)


async def test_pages_are_full_though_some_titles_are_hidden(house, refused):
    viewer, films = house.viewer(), [house.film() for _ in range(9)]
    await looks_at(viewer, *films)
    await viewer.call("SuppressTitle", title_id=films[7])
    del house.catalog.titles[films[6]]

    first = await viewer.call("ListRecentlyViewed", page_size=4)
    second = await looked_at(viewer, page_size=4, page_token=first.next_page_token)

    told = [title.title_id for title in first.titles] + second
    assert [films[8], *films[5::-1]] == told
    assert 4 == len(first.titles)
    for token in ("nonsense", first.next_page_token[:-4]):
        async with refused("PAGE_TOKEN_INVALID"):
            await looked_at(viewer, page_token=token)
    async with refused("PAGE_TOKEN_INVALID"):
        await looked_at(viewer.sibling(), page_token=first.next_page_token)


async def test_clearing_forgets_the_looks_and_nothing_else(house):
    viewer, watched, listed, looked = house.viewer(), house.film(), house.film(), house.film()
    saved = await viewer.save(watched)
    added = await viewer.call("AddToWatchlist", title_id=listed)
    await looks_at(viewer, watched, listed, looked)
    await house.told()

    answer = await viewer.call("ClearRecentlyViewed")

    assert 3 == answer.deleted_count
    assert [] == await looked_at(viewer)
    told = await viewer.signals()
    assert str(told.revision) == answer.consistency_token
    # The latest word that is still known is first.
    assert [listed, watched] == [title.title_id for title in told.titles]
    assert (added.entry.add_time, saved.update_time) == (told.titles[0].add_time, told.titles[1].watch_time)
    assert not any(title.view_count or title.HasField("view_time") for title in told.titles)
    [event] = await house.told()
    assert {watched, listed, looked} == {title.title_id for title in event.signals_changed.titles}


async def test_what_was_still_on_its_way_is_cleared_too_and_what_comes_after_is_kept(house):
    viewer, seen, late, later = house.viewer(), house.film(), house.film(), house.film()
    await looks_at(viewer, seen)
    await viewer.call("RecordEvents", events=[builders.an_event(seen), builders.an_event(late)])

    await viewer.call("ClearRecentlyViewed")
    await house.count()
    assert [] == await looked_at(viewer)

    await looks_at(viewer, later, seen)
    assert [seen, later] == await looked_at(viewer)
    assert 1 == (await viewer.signal(seen)).view_count


async def test_clearing_nothing_is_not_an_error_and_a_second_clearing_finds_nothing(house):
    viewer, film = house.viewer(), house.film()
    assert 0 == (await viewer.call("ClearRecentlyViewed")).deleted_count
    await looks_at(viewer, film)

    assert [1, 0] == [(await viewer.call("ClearRecentlyViewed")).deleted_count for _ in range(2)]


async def test_a_single_title_leaves_with_its_history_or_with_its_signal(house):
    viewer, one, two, three = house.viewer(), house.film(), house.film(), house.film()
    await looks_at(viewer, one, two, three)

    await viewer.call("DeleteHistory", title_id=one)
    await viewer.forgets(two, "VIEWED")

    assert [three] == await looked_at(viewer)


async def test_the_whole_history_takes_the_looks_with_it(house):
    viewer, film = house.viewer(), house.film()
    await looks_at(viewer, film)

    await viewer.call("ClearHistory")

    assert [] == await looked_at(viewer)


async def test_who_is_not_watching_has_looked_at_nothing(house, refused):
    async with refused("PROFILE_REQUIRED"):
        await house.viewing.ListRecentlyViewed(
            viewing_pb2.ListRecentlyViewedRequest(), metadata=testing.bearing(testing.a_token(profile_id=""))
        )


def test_the_later_of_two_clearings_holds():
    hour = timedelta(hours=1)
    state = signals.State("t", view_floor_time=testing.NOW)

    for clear_time, view_clear_time, floor in (
        (None, None, testing.NOW),
        (testing.NOW + hour, None, testing.NOW + hour),
        (testing.NOW + hour, testing.NOW + 2 * hour, testing.NOW + 2 * hour),
        (testing.NOW - hour, testing.NOW - hour, testing.NOW),
    ):
        assert floor == signals.cleared(state, clear_time, view_clear_time).view_floor_time
    assert signals.cleared(state, None, testing.NOW + hour).watch_floor_time is None
