"""The states of the subjects that a screen shows."""

from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_pb2

from services.kit import ids, watchable_subjects
from services.viewing.tests import builders


async def states(viewer, *requested):
    return list((await viewer.call("BatchGetSubjectStates", subjects=requested)).states)


async def test_the_state_of_a_title_has_all_actions_of_the_profile(harness):
    viewer, film, other = harness.viewer(), harness.film(), harness.film()
    bookmark = await viewer.save(film)
    await viewer.rate(film, "DOWN")
    await viewer.call("AddToWatchlist", title_id=film)
    await viewer.call("SuppressSubject", title_id=film)
    await viewer.rate(other)
    requested = [watchable_subjects.title(title_id) for title_id in (other, film, ids.new())]

    assert [
        viewing_pb2.SubjectState(subject=requested[0], thumb=viewing_pb2.THUMB_UP),
        viewing_pb2.SubjectState(
            subject=requested[1],
            bookmark=bookmark,
            thumb=viewing_pb2.THUMB_DOWN,
            on_watchlist=True,
            suppressed=True,
        ),
        viewing_pb2.SubjectState(subject=requested[2]),
    ] == await states(viewer, *requested)
    assert [viewing_pb2.SubjectState(subject=requested[1])] == await states(viewer.sibling(), requested[1])


async def test_a_series_has_the_bookmark_of_its_latest_episode_and_each_episode_its_own(harness):
    viewer, series = harness.viewer(), harness.series(seasons=(3,))
    one = await viewer.save(series.title_id, 100, episode_id=series.ids[1, 1])
    two = await viewer.save(series.title_id, 200, episode_id=series.ids[1, 2])
    await viewer.rate(series.title_id)
    requested = [watchable_subjects.title(series.title_id), *map(watchable_subjects.episode, series.ids.values())]

    subject_states = await states(viewer, *requested)

    assert requested == [state.subject for state in subject_states]
    assert [two, one, two] == [state.bookmark for state in subject_states[:3]]
    assert not subject_states[3].HasField("bookmark")
    assert [viewing_pb2.THUMB_UP, 0, 0, 0] == [state.thumb for state in subject_states]


async def test_a_screen_of_a_hundred_subjects_needs_no_other_service(harness, refused):
    viewer = harness.viewer()
    titles = await harness.watched(viewer, 100)
    await harness.catalog_server.aclose()

    assert titles == [
        state.bookmark.subject.title_id for state in await states(viewer, *map(watchable_subjects.title, titles))
    ]
    for requested in ([], [watchable_subjects.title(ids.new())] * 101):
        async with refused("REQUEST_INVALID"):
            await states(viewer, *requested)
    async with refused("SUBJECT_NOT_SUPPORTED"):
        await states(viewer, type_pb2.Subject(programme_id=ids.new()))


async def test_an_upper_case_id_has_the_same_state(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.rate(film)

    [state] = await states(viewer, builders.a_subject(film.upper()))

    assert viewing_pb2.THUMB_UP == state.thumb
