"""Dismissing titles from continue watching, which does not mark them as watched."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit import ids, watchable_subjects
from services.viewing.tests import builders


async def listed(viewer):
    return [item.subject.title_id for item in (await viewer.continue_watching()).items]


async def test_a_dismissed_title_is_not_listed_and_keeps_its_bookmark(harness):
    viewer, film, other = harness.viewer(), harness.film(), harness.film()
    for title_id in (film, other):
        await viewer.save(title_id, 600)

    await viewer.call("DismissContinueWatching", title_id=film)

    assert [other] == await listed(viewer)
    [bookmark] = (await viewer.bookmarks(subject=watchable_subjects.title(film))).bookmarks
    assert (600, False) == (bookmark.position.seconds, bookmark.watched)
    signals = await viewer.signal(film)
    assert signals.HasField("dismiss_time")
    assert not signals.HasField("snooze_until_time")


async def test_playing_a_dismissed_title_lists_it_again(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film, 600)
    for play in (
        lambda: viewer.save(film, 601),
        lambda: viewer.plays(film, 602, at=harness.clock.now() + timedelta(seconds=1)),
    ):
        await viewer.call("DismissContinueWatching", title_id=film)
        assert [] == await listed(viewer)
        await play()

        assert [film] == await listed(viewer)
        assert not (await viewer.signal(film)).HasField("dismiss_time")


async def test_progress_before_the_dismissal_does_not_list_a_title_again(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film, 600)
    before = harness.clock.now()
    await viewer.call("DismissContinueWatching", title_id=film)

    await viewer.plays(film, 700, at=before)

    assert [] == await listed(viewer)
    assert [700] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]


async def test_a_snoozed_title_is_listed_again_when_the_snooze_ends(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film, 600)
    until = harness.clock.now() + timedelta(minutes=10)

    await viewer.call("DismissContinueWatching", title_id=film, snooze_until_time=builders.at(until))

    assert [] == await listed(viewer)
    assert builders.at(until) == (await viewer.signal(film)).snooze_until_time
    harness.clock.advance(timedelta(minutes=9, seconds=59))
    assert [film] == await listed(viewer)


async def test_a_snooze_until_a_time_in_the_past_is_refused(harness, refused):
    viewer, film = harness.viewer(), harness.film()

    async with refused("SNOOZE_IN_THE_PAST"):
        await viewer.call("DismissContinueWatching", title_id=film, snooze_until_time=builders.at(harness.clock.now()))
    async with refused("TITLE_NOT_FOUND"):
        await viewer.call("DismissContinueWatching", title_id=ids.new())


@pytest.mark.parametrize("snoozed", [False, True])
async def test_a_restored_title_has_its_previous_position(harness, snoozed):
    viewer, film, later = harness.viewer(), harness.film(), harness.film()
    for title_id in (film, later):
        await viewer.save(title_id, 600)
    until = {"snooze_until_time": builders.at(harness.clock.now() + timedelta(hours=1))} if snoozed else {}
    before = await viewer.signal(film)
    await viewer.call("DismissContinueWatching", title_id=film, **until)

    await viewer.call("RestoreContinueWatching", title_id=film.upper())

    assert [later, film] == await listed(viewer)
    assert before == await viewer.signal(film)


async def test_restoring_a_title_that_was_not_dismissed_changes_nothing(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film, 600)
    revision = (await viewer.signals()).revision

    first = await viewer.call("RestoreContinueWatching", title_id=film)
    await viewer.call("RestoreContinueWatching", title_id=ids.new())

    assert str(revision) == first.consistency_token
    assert revision == (await viewer.signals()).revision


async def test_restoring_does_not_bring_back_a_deleted_history(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film, 600)
    await viewer.call("DismissContinueWatching", title_id=film)
    await viewer.call("DeleteHistory", title_id=film)

    await viewer.call("RestoreContinueWatching", title_id=film)

    assert [] == await listed(viewer)
    assert [] == list((await viewer.bookmarks()).bookmarks)


async def test_a_dismissal_concerns_one_profile(harness):
    viewer, film = harness.viewer(), harness.film()
    sibling = viewer.sibling()
    for profile in (viewer, sibling):
        await profile.save(film, 600)

    await sibling.call("DismissContinueWatching", title_id=film)
    await viewer.call("RestoreContinueWatching", title_id=film)

    assert [film] == await listed(viewer)
    assert [] == await listed(sibling)


class Expected:
    """A model of continue watching: it computes the listed titles from the actions."""

    def __init__(self, harness, films):
        self.harness, self.viewer, self.films = harness, harness.viewer(), films
        self.started, self.suppressed, self.dismissed = set(), set(), {}

    async def save(self, film):
        await self.viewer.save(film, 600)
        self.started.add(film)
        self.dismissed.pop(film, None)

    async def finish(self, film):
        await self.viewer.save(film, 3600)
        self.started.discard(film)
        self.dismissed.pop(film, None)

    async def dismiss(self, film):
        await self.viewer.call("DismissContinueWatching", title_id=film)
        self.dismissed[film] = None

    async def snooze(self, film):
        until = self.harness.clock.now() + timedelta(seconds=30)
        await self.viewer.call("DismissContinueWatching", title_id=film, snooze_until_time=builders.at(until))
        self.dismissed[film] = until

    async def restore(self, film):
        await self.viewer.call("RestoreContinueWatching", title_id=film)
        self.dismissed.pop(film, None)

    async def suppress(self, film):
        await self.viewer.call("SuppressSubject", title_id=film)
        self.suppressed.add(film)

    async def unsuppress(self, film):
        await self.viewer.call("UnsuppressSubject", title_id=film)
        self.suppressed.discard(film)

    async def delete(self, film):
        await self.viewer.call("DeleteHistory", title_id=film)
        self.started.discard(film)
        self.dismissed.pop(film, None)

    async def wait(self, film):
        self.harness.clock.advance(timedelta(seconds=10))

    def listed(self):
        now = self.harness.clock.now()
        dismissed = {film for film, until in self.dismissed.items() if until is None or until > now}
        return self.started - self.suppressed - dismissed


ACTIONS = st.sampled_from(
    ["save", "finish", "dismiss", "snooze", "restore", "suppress", "unsuppress", "delete", "wait"]
)


async def test_dismissed_suppressed_and_finished_titles_are_not_listed_after_any_actions(harness):
    loop = asyncio.get_running_loop()
    films = [harness.film() for _ in range(2)]

    async def run(actions):
        expected = Expected(harness, films)
        for action, film in actions:
            await getattr(expected, action)(film)
        return expected.listed(), set(await listed(expected.viewer))

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(ACTIONS, st.sampled_from(films)), max_size=8))
    def holds(actions):
        expected, actual = asyncio.run_coroutine_threadsafe(run(actions), loop).result()
        assert expected == actual

    await asyncio.to_thread(holds)
