"""Bookmarks: the latest one is stored, and each profile has its own."""

import asyncio
import itertools
from datetime import timedelta

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_service_pb2

from services.kit import ids, status, testing, watchable_subjects
from services.viewing.domain import bookmarks as domain
from services.viewing.tests import builders


async def test_a_saved_bookmark_is_listed(harness):
    viewer, film = harness.viewer(), harness.film()

    saved = await viewer.save(film, 61.5)

    assert [saved] == list((await viewer.bookmarks()).bookmarks)
    assert (film, False, 61, 500_000_000) == (
        saved.subject.title_id,
        saved.HasField("parent"),
        saved.position.seconds,
        saved.position.nanos,
    )
    assert not saved.watched


@pytest.mark.parametrize(("position", "watched"), [(3419.9, False), (3420, True), (3600, True), (0, False)])
async def test_ninety_five_percent_counts_as_watched(harness, position, watched):
    viewer = harness.viewer()

    saved = await viewer.save(harness.film(), position, 3600)

    assert watched == saved.watched


async def test_an_earlier_position_makes_a_title_unwatched_again(harness):
    viewer, film = harness.viewer(), harness.film()

    await viewer.save(film, 3600)
    saved = await viewer.save(film, 10)

    assert (10, False) == (saved.position.seconds, saved.watched)


async def test_bookmarks_of_other_profiles_are_not_listed(harness):
    film = harness.film()
    viewer, other = harness.viewer(), harness.viewer()
    await other.save(film, 100)

    assert not (await viewer.bookmarks()).bookmarks
    assert not (await viewer.continue_watching()).items
    await viewer.save(film, 70)

    assert [70] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]
    assert [100] == [bookmark.position.seconds for bookmark in (await other.bookmarks()).bookmarks]


async def test_a_page_token_of_another_profile_is_refused(harness, refused):
    viewer, other = harness.viewer(), harness.viewer()
    for _ in range(2):
        await other.save(harness.film())
    bookmarks = (await other.bookmarks(page_size=1)).next_page_token
    items = (await other.continue_watching(page_size=1)).next_page_token

    async with refused("PAGE_TOKEN_INVALID"):
        await viewer.bookmarks(page_token=bookmarks)
    async with refused("PAGE_TOKEN_INVALID"):
        await viewer.continue_watching(page_token=items)


async def test_bookmarks_are_paged_the_latest_first(harness):
    viewer, series = harness.viewer(), harness.series(seasons=(3,))
    saved = [await viewer.save(harness.film()) for _ in range(2)]
    saved += [await viewer.save(series.title_id, episode_id=episode) for episode in series.ids.values()]

    pages, token = [], ""
    while True:
        page = await viewer.bookmarks(page_size=2, page_token=token)
        pages.append(list(page.bookmarks))
        token = page.next_page_token
        if not token:
            break

    assert [2, 2, 1] == [len(page) for page in pages]
    assert saved[::-1] == list(itertools.chain(*pages))
    assert saved[:1:-1] == list((await viewer.bookmarks(subject=watchable_subjects.title(series.title_id))).bookmarks)
    assert saved[2:3] == list((await viewer.bookmarks(subject=watchable_subjects.episode(series.ids[1, 1]))).bookmarks)


async def test_a_page_size_above_the_maximum_is_reduced(harness):
    viewer = harness.viewer()
    await viewer.save(harness.film())

    assert 1 == len((await viewer.bookmarks(page_size=2**31 - 1)).bookmarks)
    assert 1 == len((await viewer.continue_watching(page_size=2**31 - 1)).items)


async def test_a_bookmark_of_an_invisible_title_is_refused(harness, refused):
    adult, child = harness.viewer(maturity_ceiling=18), harness.viewer(maturity_ceiling=8)
    film = harness.film(age=17)
    await adult.save(film)

    for title_id in (film, ids.new()):
        async with refused("TITLE_NOT_FOUND") as raised:
            await child.save(title_id)
        assert "platform.marquee" == status.raised_by(raised.value, "viewing").domain


async def test_a_bookmark_of_a_series_names_an_episode(harness, refused):
    viewer, series, hidden = harness.viewer(maturity_ceiling=13), harness.series(), harness.series(age=17)

    async with refused("EPISODE_REQUIRED"):
        await viewer.save(series.title_id)
    for episode_id in (hidden.ids[1, 1], ids.new()):
        async with refused("EPISODE_NOT_FOUND"):
            await viewer.save("", episode_id=episode_id)
    async with refused("SUBJECT_NOT_SUPPORTED"):
        await viewer.bookmarks(subject=type_pb2.Subject(channel_id=ids.new()))

    saved = await viewer.save("", episode_id=series.ids[2, 1])
    assert (series.ids[2, 1], series.title_id) == (saved.subject.episode_id, saved.parent.title_id)


async def test_a_position_beyond_the_end_is_refused(harness):
    viewer, film = harness.viewer(), harness.film()

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await viewer.save(film, 3600.5, 3600)

    error = status.raised_by(raised.value, "viewing")
    assert ("POSITION_BEYOND_END", {"position": "3600.5", "duration": "3600"}) == (error.reason, error.metadata)


async def test_invalid_input_is_reported_field_by_field(harness):
    request = viewing_service_pb2.SaveBookmarkRequest(
        subject=watchable_subjects.title("no id"), position=builders.seconds(-1), duration=builders.seconds(0)
    )

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await harness.viewing.SaveBookmark(request, metadata=harness.viewer().bearing)

    [detail] = status.raised_by(raised.value, "viewing").details
    assert ["subject.title_id", "position", "duration"] == [violation.field for violation in detail.field_violations]


async def test_bookmarks_need_a_token_with_a_profile(harness, refused):
    request = viewing_service_pb2.ListBookmarksRequest()

    for metadata, reason in (
        (None, "TOKEN_REQUIRED"),
        (testing.bearing(testing.a_token(profile_id="")), "PROFILE_REQUIRED"),
        (testing.as_service("operator"), "PROFILE_REQUIRED"),
        (testing.as_service("playback"), "CALLER_NOT_ALLOWED"),
        (testing.bearing(testing.a_token(at=testing.NOW - timedelta(hours=1))), "TOKEN_EXPIRED"),
        (testing.bearing(testing.a_token(iss="marquee-playback")), "TOKEN_INVALID"),
    ):
        async with refused(reason):
            await harness.viewing.ListBookmarks(request, metadata=metadata)


async def test_progress_of_playback_saves_the_bookmark(harness):
    viewer, film = harness.viewer(), harness.film()

    await viewer.plays(film, 42, at=testing.NOW)

    assert [42] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]


async def test_an_older_event_never_replaces_a_newer_one(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.plays(film, 42, at=testing.NOW)

    await viewer.plays(film, 7, at=testing.NOW - timedelta(seconds=1))
    assert [42] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]
    await viewer.plays(film, 8, at=testing.NOW + timedelta(seconds=1))

    assert [8] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]


async def test_a_late_save_returns_the_newer_bookmark(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.plays(film, 42, at=testing.NOW + timedelta(hours=1))

    assert 42 == (await viewer.save(film, 7)).position.seconds


async def test_a_playback_position_beyond_the_end_is_set_to_the_end(harness):
    viewer, film = harness.viewer(), harness.film()

    await viewer.plays(film, 3601, at=testing.NOW)
    await viewer.plays(harness.film(), 10, duration=0, at=testing.NOW)

    [bookmark] = (await viewer.bookmarks()).bookmarks
    assert (3600, True) == (bookmark.position.seconds, bookmark.watched)


#: Progress: seconds after the first event, and the position.
PROGRESS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3600)), min_size=1, max_size=6)


async def test_the_order_of_events_does_not_matter(harness):
    film = harness.film()
    loop = asyncio.get_running_loop()

    async def last_of(events):
        viewer = harness.viewer()
        for later, position in events:
            await viewer.plays(film, position, at=testing.NOW + timedelta(seconds=later))
        [bookmark] = (await viewer.bookmarks()).bookmarks
        return bookmark.update_time.seconds - int(testing.NOW.timestamp()), bookmark.position.seconds

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(PROGRESS, st.randoms())
    def holds(progress, random):
        shuffled = random.sample(progress, len(progress))
        assert max(progress) == asyncio.run_coroutine_threadsafe(last_of(shuffled), loop).result()

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
def test_exactly_one_of_two_different_bookmarks_prevails(bookmarks):
    for first, second in itertools.combinations(bookmarks, 2):
        assert (first != second) == (domain.prevails(first, second) != domain.prevails(second, first))
        assert not (domain.prevails(first, second) and domain.prevails(second, first))


async def watches(harness, viewer, programme_id, minute, at, channel_id="0190a5f0-0000-7000-8000-000000000001"):
    progress = event_internal_pb2.PlaybackProgressed(
        account_id=viewer.account_id,
        profile_id=viewer.profile_id,
        subject=watchable_subjects.programme(programme_id),
        parent=watchable_subjects.channel(channel_id),
        position=builders.seconds(60 * minute),
        duration=builders.seconds(3600),
    )
    event = event_internal_pb2.Event(event_id=ids.new(), playback_progressed=progress)
    event.occur_time.FromDatetime(at)
    await harness.consume(event)


async def programme_bookmark(viewer, programme_id):
    listed = await viewer.bookmarks(subject=watchable_subjects.programme(programme_id))
    return [(each.subject.programme_id, each.position.seconds // 60, each.watched) for each in listed.bookmarks]


async def test_progress_on_a_channel_is_the_bookmark_of_the_programme(harness):
    viewer, other, programme_id = harness.viewer(), harness.viewer(), ids.new()
    now = harness.clock.now()
    await watches(harness, viewer, programme_id, 30, now)
    await watches(harness, viewer, programme_id, 20, now - timedelta(seconds=10))

    assert [(programme_id, 30, False)] == await programme_bookmark(viewer, programme_id)
    assert [] == await programme_bookmark(other, programme_id)
    assert not (await viewer.bookmarks()).bookmarks


async def test_bookmarks_of_programmes_are_deleted_with_the_history(harness):
    viewer, programme_id = harness.viewer(), ids.new()
    before = harness.clock.now()
    await watches(harness, viewer, programme_id, 58, before)
    assert [(programme_id, 58, True)] == await programme_bookmark(viewer, programme_id)
    harness.clock.advance(timedelta(seconds=1))
    await viewer.call("ClearHistory")
    await watches(harness, viewer, programme_id, 59, before)

    assert [] == await programme_bookmark(viewer, programme_id)
