"""Bookmarks: the latest holds, and each profile sees its own."""

import asyncio
import itertools
from datetime import timedelta

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marquee.viewing.v1 import viewing_pb2

from services.kit import ids, status, testing
from services.viewing.domain import bookmarks as domain
from services.viewing.tests import builders


async def test_a_profile_finds_its_place_again(house):
    viewer, film = house.viewer(), house.catalog.add(builders.a_film())

    saved = await viewer.save(film, 61.5)

    assert [saved] == list((await viewer.bookmarks()).bookmarks)
    assert (film, "", 61, 500_000_000) == (
        saved.title_id,
        saved.episode_id,
        saved.position.seconds,
        saved.position.nanos,
    )
    assert not saved.watched


@pytest.mark.parametrize(("position", "watched"), [(3419.9, False), (3420, True), (3600, True), (0, False)])
async def test_ninety_five_percent_is_watched(house, position, watched):
    viewer = house.viewer()

    saved = await viewer.save(house.catalog.add(builders.a_film()), position, 3600)

    assert watched == saved.watched


async def test_going_back_makes_it_unwatched_again(house):
    viewer, film = house.viewer(), house.catalog.add(builders.a_film())

    await viewer.save(film, 3600)
    saved = await viewer.save(film, 10)

    assert (10, False) == (saved.position.seconds, saved.watched)


async def test_another_profiles_bookmarks_never_show(house):
    film = house.catalog.add(builders.a_film())
    ours, theirs = house.viewer(), house.viewer()
    await theirs.save(film, 100)

    assert not (await ours.bookmarks()).bookmarks
    assert not (await ours.goes_on_with()).items
    await ours.save(film, 7)

    assert [7] == [bookmark.position.seconds for bookmark in (await ours.bookmarks()).bookmarks]
    assert [100] == [bookmark.position.seconds for bookmark in (await theirs.bookmarks()).bookmarks]


async def test_a_page_token_of_another_profile_opens_nothing(house, refused):
    ours, theirs = house.viewer(), house.viewer()
    for _ in range(2):
        await theirs.save(house.catalog.add(builders.a_film()))
    bookmarks = (await theirs.bookmarks(page_size=1)).next_page_token
    items = (await theirs.goes_on_with(page_size=1)).next_page_token

    async with refused("PAGE_TOKEN_INVALID"):
        await ours.bookmarks(page_token=bookmarks)
    async with refused("PAGE_TOKEN_INVALID"):
        await ours.goes_on_with(page_token=items)


async def test_bookmarks_come_latest_first_a_page_at_a_time(house):
    viewer, series = house.viewer(), builders.a_series(seasons=(3,))
    house.catalog.add(series)
    saved = [await viewer.save(house.catalog.add(builders.a_film())) for _ in range(2)]
    saved += [
        await viewer.save(series.title_id, episode_id=episode) for episode in builders.episodes_of(series).values()
    ]

    pages, token = [], ""
    while True:
        page = await viewer.bookmarks(page_size=2, page_token=token)
        pages.append(list(page.bookmarks))
        token = page.next_page_token
        if not token:
            break

    assert [2, 2, 1] == [len(page) for page in pages]
    assert saved[::-1] == list(itertools.chain(*pages))
    assert saved[:1:-1] == list((await viewer.bookmarks(title_id=series.title_id)).bookmarks)


async def test_an_oversized_page_is_made_smaller(house):
    viewer = house.viewer()
    await viewer.save(house.catalog.add(builders.a_film()))

    assert 1 == len((await viewer.bookmarks(page_size=2**31 - 1)).bookmarks)
    assert 1 == len((await viewer.goes_on_with(page_size=2**31 - 1)).items)


async def test_a_title_that_the_viewer_may_not_know_of_takes_no_bookmark(house, refused):
    grown_up, child = house.viewer(maturity_ceiling=5), house.viewer(maturity_ceiling=2)
    film = house.catalog.add(builders.a_film(maturity_rating=4))
    await grown_up.save(film)

    for title_id in (film, ids.new()):
        async with refused("TITLE_NOT_FOUND") as caught:
            await child.save(title_id)
        assert "viewing.marquee" == status.raised_by(caught.value, "viewing").domain


async def test_a_bookmark_names_an_episode_where_there_are_episodes_only(house, refused):
    viewer, series, other, film = house.viewer(), builders.a_series(), builders.a_series(), builders.a_film()
    for title in (series, other, film):
        house.catalog.add(title)
    ours, theirs = builders.episodes_of(series)[2, 1], builders.episodes_of(other)[1, 1]

    for title_id, episode_id in ((series.title_id, theirs), (series.title_id, ""), (film.title_id, ours)):
        async with refused("EPISODE_NOT_FOUND"):
            await viewer.save(title_id, episode_id=episode_id)

    assert (await viewer.save(series.title_id, episode_id=ours)).episode_id == ours


async def test_no_position_lies_behind_the_end(house):
    viewer, film = house.viewer(), house.catalog.add(builders.a_film())

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await viewer.save(film, 3600.5, 3600)

    error = status.raised_by(caught.value, "viewing")
    assert ("POSITION_BEYOND_END", {"position": "3600.5", "duration": "3600"}) == (error.reason, error.metadata)


async def test_broken_input_is_named_field_by_field(house):
    request = viewing_pb2.SaveBookmarkRequest(
        title_id="no id", position=builders.seconds(-1), duration=builders.seconds(0)
    )

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await house.viewing.SaveBookmark(request, metadata=house.viewer().bearing)

    [detail] = status.raised_by(caught.value, "viewing").details
    assert ["title_id", "position", "duration"] == [violation.field for violation in detail.field_violations]


async def test_nobody_has_bookmarks_without_a_profile(house, refused):
    request = viewing_pb2.ListBookmarksRequest()

    for metadata, reason in (
        (None, "TOKEN_REQUIRED"),
        (testing.bearing(testing.a_token(profile_id="")), "PROFILE_REQUIRED"),
        (testing.as_service("playback"), "PROFILE_REQUIRED"),
        (testing.bearing(testing.a_token(at=testing.NOW - timedelta(hours=1))), "TOKEN_EXPIRED"),
        (testing.bearing(testing.a_token(iss="marquee-playback")), "TOKEN_INVALID"),
    ):
        async with refused(reason):
            await house.viewing.ListBookmarks(request, metadata=metadata)


async def test_playing_writes_the_bookmark(house):
    viewer, film = house.viewer(), house.catalog.add(builders.a_film())

    await viewer.played(film, 42, at=testing.NOW)

    assert [42] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]


async def test_an_older_event_never_undoes_a_newer_one(house):
    viewer, film = house.viewer(), house.catalog.add(builders.a_film())
    await viewer.played(film, 42, at=testing.NOW)

    await viewer.played(film, 7, at=testing.NOW - timedelta(seconds=1))
    assert [42] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]
    await viewer.played(film, 8, at=testing.NOW + timedelta(seconds=1))

    assert [8] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]


async def test_a_save_that_comes_too_late_is_answered_with_what_holds(house):
    viewer, film = house.viewer(), house.catalog.add(builders.a_film())
    await viewer.played(film, 42, at=testing.NOW + timedelta(hours=1))

    assert 42 == (await viewer.save(film, 7)).position.seconds


async def test_a_player_that_runs_past_the_end_is_at_the_end(house):
    viewer, film = house.viewer(), house.catalog.add(builders.a_film())

    await viewer.played(film, 3601, at=testing.NOW)
    await viewer.played(house.catalog.add(builders.a_film()), 10, duration=0, at=testing.NOW)

    [bookmark] = (await viewer.bookmarks()).bookmarks
    assert (3600, True) == (bookmark.position.seconds, bookmark.watched)


#: Progress as playback may tell it: seconds after the first, and the position.
PROGRESS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3600)), min_size=1, max_size=6)


async def test_the_order_in_which_events_come_does_not_matter(house):
    film = house.catalog.add(builders.a_film())
    loop = asyncio.get_running_loop()

    async def last_of(events):
        viewer = house.viewer()
        for later, position in events:
            await viewer.played(film, position, at=testing.NOW + timedelta(seconds=later))
        [bookmark] = (await viewer.bookmarks()).bookmarks
        return bookmark.update_time.seconds - int(testing.NOW.timestamp()), bookmark.position.seconds

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(PROGRESS, st.randoms())
    def holds(told, random):
        shuffled = random.sample(told, len(told))
        assert max(told) == asyncio.run_coroutine_threadsafe(last_of(shuffled), loop).result()

    await asyncio.to_thread(holds)


@given(
    st.lists(
        st.builds(
            domain.Bookmark,
            title_id=st.just(""),
            episode_id=st.just(""),
            position=st.timedeltas(timedelta(0), timedelta(hours=1)),
            duration=st.just(timedelta(hours=1)),
            update_time=st.datetimes(),
        ),
        min_size=2,
        max_size=5,
    )
)
def test_of_two_different_bookmarks_exactly_one_prevails(bookmarks):
    for one, two in itertools.combinations(bookmarks, 2):
        assert (one != two) == (domain.prevails(one, two) != domain.prevails(two, one))
        assert not (domain.prevails(one, two) and domain.prevails(two, one))
