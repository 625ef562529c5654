"""Taking titles out of what to go on with, which is not watching them."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit import ids
from services.viewing.tests import builders


async def going_on(viewer):
    return [item.title_id for item in (await viewer.goes_on_with()).items]


async def test_a_dismissed_title_is_out_and_neither_watched_nor_forgotten(house):
    viewer, film, other = house.viewer(), house.film(), house.film()
    for title_id in (film, other):
        await viewer.save(title_id, 600)

    await viewer.call("DismissContinueWatching", title_id=film)

    assert [other] == await going_on(viewer)
    [bookmark] = (await viewer.bookmarks(title_id=film)).bookmarks
    assert (600, False) == (bookmark.position.seconds, bookmark.watched)
    told = await viewer.signal(film)
    assert told.HasField("dismiss_time")
    assert not told.HasField("snooze_until_time")


async def test_playing_a_dismissed_title_brings_it_back_on_whichever_way(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film, 600)
    for play in (
        lambda: viewer.save(film, 601),
        lambda: viewer.played(film, 602, at=house.clock.now() + timedelta(seconds=1)),
    ):
        await viewer.call("DismissContinueWatching", title_id=film)
        assert [] == await going_on(viewer)
        await play()

        assert [film] == await going_on(viewer)
        assert not (await viewer.signal(film)).HasField("dismiss_time")


async def test_progress_from_before_the_dismissal_does_not_bring_a_title_back(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film, 600)
    before = house.clock.now()
    await viewer.call("DismissContinueWatching", title_id=film)

    await viewer.played(film, 700, at=before)

    assert [] == await going_on(viewer)
    assert [700] == [bookmark.position.seconds for bookmark in (await viewer.bookmarks()).bookmarks]


async def test_a_title_that_is_put_off_comes_back_when_it_is_time(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film, 600)
    until = house.clock.now() + timedelta(minutes=10)

    await viewer.call("DismissContinueWatching", title_id=film, snooze_until_time=builders.at(until))

    assert [] == await going_on(viewer)
    assert builders.at(until) == (await viewer.signal(film)).snooze_until_time
    house.clock.advance(timedelta(minutes=9, seconds=59))
    assert [film] == await going_on(viewer)


async def test_no_title_is_put_off_until_a_moment_that_has_passed(house, refused):
    viewer, film = house.viewer(), house.film()

    async with refused("SNOOZE_IN_THE_PAST"):
        await viewer.call("DismissContinueWatching", title_id=film, snooze_until_time=builders.at(house.clock.now()))
    async with refused("TITLE_NOT_FOUND"):
        await viewer.call("DismissContinueWatching", title_id=ids.new())


@pytest.mark.parametrize("put_off", [False, True])
async def test_a_title_that_is_let_back_goes_on_where_it_was_at_once(house, put_off):
    viewer, film, later = house.viewer(), house.film(), house.film()
    for title_id in (film, later):
        await viewer.save(title_id, 600)
    until = {"snooze_until_time": builders.at(house.clock.now() + timedelta(hours=1))} if put_off else {}
    known = await viewer.signal(film)
    await viewer.call("DismissContinueWatching", title_id=film, **until)

    await viewer.call("RestoreContinueWatching", title_id=film.upper())

    assert [later, film] == await going_on(viewer)
    assert known == await viewer.signal(film)


async def test_letting_back_what_is_not_out_is_no_error_and_tells_nobody(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film, 600)
    revision = (await viewer.signals()).revision

    first = await viewer.call("RestoreContinueWatching", title_id=film)
    await viewer.call("RestoreContinueWatching", title_id=ids.new())

    assert str(revision) == first.consistency_token
    assert revision == (await viewer.signals()).revision


async def test_what_was_put_off_before_a_deletion_is_not_brought_back(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film, 600)
    await viewer.call("DismissContinueWatching", title_id=film)
    await viewer.call("DeleteHistory", title_id=film)

    await viewer.call("RestoreContinueWatching", title_id=film)

    assert [] == await going_on(viewer)
    assert [] == list((await viewer.bookmarks()).bookmarks)


async def test_one_profiles_dismissal_is_no_others(house):
    viewer, film = house.viewer(), house.film()
    sibling = viewer.sibling()
    for who in (viewer, sibling):
        await who.save(film, 600)

    await sibling.call("DismissContinueWatching", title_id=film)
    await viewer.call("RestoreContinueWatching", title_id=film)

    assert [film] == await going_on(viewer)
    assert [] == await going_on(sibling)


class Expected:
    """What should go on, told by deeds alone."""

    def __init__(self, house, films):
        self.house, self.viewer, self.films = house, house.viewer(), films
        self.begun, self.hidden, self.put_off = set(), set(), {}

    async def save(self, film):
        await self.viewer.save(film, 600)
        self.begun.add(film)
        self.put_off.pop(film, None)

    async def finish(self, film):
        await self.viewer.save(film, 3600)
        self.begun.discard(film)
        self.put_off.pop(film, None)

    async def dismiss(self, film):
        await self.viewer.call("DismissContinueWatching", title_id=film)
        self.put_off[film] = None

    async def snooze(self, film):
        until = self.house.clock.now() + timedelta(seconds=30)
        await self.viewer.call("DismissContinueWatching", title_id=film, snooze_until_time=builders.at(until))
        self.put_off[film] = until

    async def let_back(self, film):
        await self.viewer.call("RestoreContinueWatching", title_id=film)
        self.put_off.pop(film, None)

    async def suppress(self, film):
        await self.viewer.call("SuppressTitle", title_id=film)
        self.hidden.add(film)

    async def restore(self, film):
        await self.viewer.call("RestoreTitle", title_id=film)
        self.hidden.discard(film)

    async def delete(self, film):
        await self.viewer.call("DeleteHistory", title_id=film)
        self.begun.discard(film)
        self.put_off.pop(film, None)

    async def wait(self, film):
        self.house.clock.advance(timedelta(seconds=10))

    def going_on(self):
        now = self.house.clock.now()
        out = {film for film, until in self.put_off.items() if until is None or until > now}
        return self.begun - self.hidden - out


DEEDS = st.sampled_from(["save", "finish", "dismiss", "snooze", "let_back", "suppress", "restore", "delete", "wait"])


async def test_what_is_dismissed_hidden_or_finished_is_never_listed_whatever_was_done_before(house):
    loop = asyncio.get_running_loop()
    films = [house.film() for _ in range(2)]

    async def run(deeds):
        expected = Expected(house, films)
        for deed, film in deeds:
            await getattr(expected, deed)(film)
        return expected.going_on(), set(await going_on(expected.viewer))

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(DEEDS, st.sampled_from(films)), max_size=8))
    def holds(deeds):
        expected, actual = asyncio.run_coroutine_threadsafe(run(deeds), loop).result()
        assert expected == actual

    await asyncio.to_thread(holds)
