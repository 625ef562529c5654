"""Recently viewed titles: listing and deletion."""

from datetime import timedelta

from marquee.viewing.v1 import viewing_service_pb2

from services.kit import ids, testing
from services.viewing.domain import title_state
from services.viewing.tests import builders


async def view_titles(viewer, *title_ids):
    """Records views of the pages of titles, one after another, and has viewing count them."""
    for title_id in title_ids:
        await viewer.call("RecordEvents", events=[builders.an_event(title_id)])
    await viewer.harness.count_events()


async def listed(viewer, **more):
    return [each.subject.title_id for each in (await viewer.call("ListRecentlyViewed", **more)).subjects]


async def test_viewed_titles_are_listed_once_the_latest_first(harness):
    viewer, one, two = harness.viewer(), harness.film(), harness.film()
    await view_titles(viewer, one, two, one)
    latest = harness.clock.now()

    response = await viewer.call("ListRecentlyViewed")

    assert [one, two] == [each.subject.title_id for each in response.subjects]
    assert builders.at(latest) == response.subjects[0].view_time


async def test_only_views_put_a_title_on_the_list(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film)
    await viewer.rate(film)
    await viewer.call("AddToWatchlist", title_id=film)
    await viewer.call("RecordEvents", events=[builders.an_event(film, "PLAY")])
    await harness.count_events()

    assert [] == await listed(viewer)


async def test_a_profile_has_its_own_views(harness):
    viewer, film = harness.viewer(), harness.film()
    await view_titles(viewer, film)

    assert [] == await listed(viewer.sibling())
    await viewer.sibling().call("ClearRecentlyViewed")
    assert [film] == await listed(viewer)


async def test_suppressed_titles_are_left_out(harness):
    viewer, one, two = harness.viewer(), harness.film(), harness.film()
    await view_titles(viewer, one, two)
    await viewer.call("SuppressSubject", title_id=two)

    assert [one] == await listed(viewer)
    await viewer.call("UnsuppressSubject", title_id=two)
    assert [two, one] == await listed(viewer)


async def test_titles_that_are_not_visible_are_left_out(harness):
    viewer = harness.viewer(maturity_ceiling=13)
    visible, above, deleted = harness.film(), harness.film(), harness.film()
    await view_titles(viewer, visible, above, deleted, ids.new())
    harness.catalog.titles[above].maturity_rating.age = 17
    del harness.catalog.titles[deleted]

    assert [visible] == await listed(viewer)


async def test_pages_are_full_although_some_titles_are_hidden(harness, refused):
    viewer, films = harness.viewer(), [harness.film() for _ in range(9)]
    await view_titles(viewer, *films)
    await viewer.call("SuppressSubject", title_id=films[7])
    del harness.catalog.titles[films[6]]

    first = await viewer.call("ListRecentlyViewed", page_size=4)
    second = await listed(viewer, page_size=4, page_token=first.next_page_token)

    title_ids_of_pages = [each.subject.title_id for each in first.subjects] + second
    assert [films[8], *films[5::-1]] == title_ids_of_pages
    assert 4 == len(first.subjects)
    for token in ("nonsense", first.next_page_token[:-4]):
        async with refused("PAGE_TOKEN_INVALID"):
            await listed(viewer, page_token=token)
    async with refused("PAGE_TOKEN_INVALID"):
        await listed(viewer.sibling(), page_token=first.next_page_token)


async def test_clearing_deletes_only_the_views(harness):
    viewer, watched, added, viewed = harness.viewer(), harness.film(), harness.film(), harness.film()
    saved = await viewer.save(watched)
    entry = (await viewer.call("AddToWatchlist", title_id=added)).entry
    await view_titles(viewer, watched, added, viewed)
    await harness.published()

    cleared = await viewer.call("ClearRecentlyViewed")

    assert 3 == cleared.deleted_count
    assert [] == await listed(viewer)
    response = await viewer.signals()
    assert str(response.revision) == cleared.consistency_token
    # The title with the latest remaining signal is first.
    assert [added, watched] == [each.subject.title_id for each in response.signals]
    assert (entry.add_time, saved.update_time) == (response.signals[0].add_time, response.signals[1].watch_time)
    assert not any(each.view_count or each.HasField("view_time") for each in response.signals)
    [event] = await harness.published()
    assert {watched, added, viewed} == {each.subject.title_id for each in event.signals_changed.signals}


async def test_clearing_includes_views_that_are_not_counted_yet(harness):
    viewer, early, late, later = harness.viewer(), harness.film(), harness.film(), harness.film()
    await view_titles(viewer, early)
    await viewer.call("RecordEvents", events=[builders.an_event(early), builders.an_event(late)])

    await viewer.call("ClearRecentlyViewed")
    await harness.count_events()
    assert [] == await listed(viewer)

    await view_titles(viewer, later, early)
    assert [early, later] == await listed(viewer)
    assert 1 == (await viewer.signal(early)).view_count


async def test_clearing_twice_deletes_nothing_the_second_time(harness):
    viewer, film = harness.viewer(), harness.film()
    assert 0 == (await viewer.call("ClearRecentlyViewed")).deleted_count
    await view_titles(viewer, film)

    assert [1, 0] == [(await viewer.call("ClearRecentlyViewed")).deleted_count for _ in range(2)]


async def test_the_views_of_a_title_are_deleted_with_its_history_or_its_signal(harness):
    viewer, one, two, three = harness.viewer(), harness.film(), harness.film(), harness.film()
    await view_titles(viewer, one, two, three)

    await viewer.call("DeleteHistory", title_id=one)
    await viewer.forgets(two, "VIEWED")

    assert [three] == await listed(viewer)


async def test_clearing_the_history_deletes_the_views(harness):
    viewer, film = harness.viewer(), harness.film()
    await view_titles(viewer, film)

    await viewer.call("ClearHistory")

    assert [] == await listed(viewer)


async def test_recently_viewed_needs_a_profile(harness, refused):
    async with refused("PROFILE_REQUIRED"):
        await harness.viewing.ListRecentlyViewed(
            viewing_service_pb2.ListRecentlyViewedRequest(), metadata=testing.bearing(testing.a_token(profile_id=""))
        )


def test_the_later_of_two_clears_counts():
    hour = timedelta(hours=1)
    state = title_state.TitleState("t", view_floor_time=testing.NOW)

    for clear_time, view_clear_time, floor in (
        (None, None, testing.NOW),
        (testing.NOW + hour, None, testing.NOW + hour),
        (testing.NOW + hour, testing.NOW + 2 * hour, testing.NOW + 2 * hour),
        (testing.NOW - hour, testing.NOW - hour, testing.NOW),
    ):
        assert floor == title_state.apply_clears(state, clear_time, view_clear_time).view_floor_time
    assert title_state.apply_clears(state, None, testing.NOW + hour).watch_floor_time is None
