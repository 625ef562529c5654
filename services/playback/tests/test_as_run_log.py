"""What channels showed is written once, whoever writes it and whatever happens meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit import clock as kit_clock
from services.kit import db, errors, ids
from services.playback.linear import as_run_log, cells, runs, schedules

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CELL = cells.CELL


class Epg:
    """Has the schedule of one channel."""

    def __init__(self):
        self.channel = schedules.Channel(ids.new(), "One", catch_up_window=timedelta(days=7), start_over=True)
        self.programmes = []
        self.is_down = False
        self.is_deleted = False

    def add(self, minutes, subject_id=None, start=None, age=None):
        """Adds a programme behind the last one."""
        start = start or (self.programmes[-1].end_time if self.programmes else NOON)
        on_demand = ("title_id", subject_id) if subject_id else None
        programme = schedules.ScheduledProgramme(
            ids.new(), start, start + minutes * MINUTE, on_demand=on_demand, maturity_age=age
        )
        self.programmes.append(programme)
        return programme

    async def get(self, channel_id, start, end):
        if self.is_deleted:
            raise errors.NotFound("No.", reason="CHANNEL_NOT_FOUND", domain="epg.marquee")
        if self.is_down:
            raise errors.Unavailable("Not now.", reason="NOT_NOW", domain="epg.marquee")
        return schedules.Schedule(
            self.channel, tuple(each for each in self.programmes if each.start_time < end and each.end_time > start)
        )


class Packager:
    """Has media of some subjects."""

    def __init__(self):
        self.items = {}
        self.is_down = False

    def add(self, segment_count):
        """Adds a subject with an asset of so many segments; returns the ids of both."""
        subject_id, item = ids.new(), runs.PackagedItem(ids.new(), segment_count)
        self.items["title_id", subject_id] = item
        return subject_id, item.asset_id

    async def load_item(self, subject):
        if self.is_down:
            raise errors.Unavailable("Not now.", reason="NOT_NOW", domain="packager.marquee")
        return self.items.get(subject)


class Setting:
    """A channel, its media, and a replica of playback."""

    def __init__(self, database, clock):
        self.database, self.clock = database, clock
        self.epg, self.packager = Epg(), Packager()
        self.channel_id = self.epg.channel.channel_id
        self.log = self.a_replica()

    def a_replica(self):
        return as_run_log.AsRunLog(self.database, self.epg, self.packager.load_item, self.clock)

    async def read(self, start=NOON, end=NOON + timedelta(days=2), log=None):
        return await (log or self.a_replica()).items(self.channel_id, cells.cell_at(start), cells.cell_at(end))

    async def stated(self):
        """Returns the rows as they are, with nothing written first."""
        self.epg.is_down = True
        try:
            return await self.a_replica().items(self.channel_id, 0, cells.cell_at(NOON + timedelta(days=9)))
        finally:
            self.epg.is_down = False


@pytest.fixture
async def setting(database_url):
    database = db.Database(await database_url("playback"), "playback")
    yield Setting(database, kit_clock.FixedClock(NOON + 10 * MINUTE))
    await database.close()


def spans(items):
    return [(cells.cell_start(item.first_cell), cells.cell_start(item.end_cell), item.asset_id) for item in items]


async def test_a_log_states_what_the_schedule_says_until_a_minute_ahead(setting):
    subject_id, asset_id = setting.packager.add(1000)
    programme = setting.epg.add(60, subject_id, age=12)

    [item] = await setting.read()

    assert (programme.programme_id, asset_id, 12) == (item.programme_id, item.asset_id, item.maturity_age)
    assert [(NOON, NOON + 11 * MINUTE, asset_id)] == spans([item])


async def test_a_log_that_goes_on_extends_its_last_item(setting):
    subject_id, asset_id = setting.packager.add(1000)
    setting.epg.add(60, subject_id)
    for _ in range(5):
        await setting.read(setting.clock.now())
        setting.clock.advance(MINUTE)

    [item] = await setting.read(setting.clock.now() - 2 * MINUTE)

    assert (asset_id, NOON + 16 * MINUTE) == (item.asset_id, cells.cell_start(item.end_cell))


async def test_several_replicas_at_once_write_each_cell_once(setting):
    first, second = setting.packager.add(100), setting.packager.add(9)
    setting.epg.add(7, first[0])
    setting.epg.add(60, second[0])
    replicas = [setting.a_replica() for _ in range(6)]

    read = await asyncio.gather(*(setting.read(log=log) for log in replicas))

    assert all(items == read[0] for items in read)
    assert sum(item.cell_count for item in await setting.stated()) == 11 * 15
    assert [(NOON, NOON + 7 * MINUTE, first[1]), (NOON + 7 * MINUTE, NOON + 11 * MINUTE, second[1])] == spans(read[0])


async def test_a_replica_that_starts_again_continues_the_log(setting):
    subject_id, _ = setting.packager.add(6)
    setting.epg.add(60, subject_id)
    before = await setting.read()
    setting.clock.advance(30 * CELL)

    [after] = await setting.read(log=setting.a_replica())

    assert (before[0].first_cell, before[0].runs_before) == (after.first_cell, after.runs_before)
    assert before[0].cell_count + 30 == after.cell_count


async def test_an_edit_of_a_running_programme_takes_effect_behind_the_end_of_the_log(setting):
    (old, old_asset), (new, new_asset) = setting.packager.add(1000), setting.packager.add(1000)
    setting.epg.add(60, old)
    before = await setting.read()
    setting.epg.programmes.clear()
    setting.epg.add(60, new)
    setting.clock.advance(MINUTE)

    after = await setting.read()

    assert before == after[:1]
    assert [(NOON, NOON + 11 * MINUTE, old_asset), (NOON + 11 * MINUTE, NOON + 12 * MINUTE, new_asset)] == spans(after)
    assert after[1].runs_before == after[0].runs_before + 1


async def test_media_that_is_withdrawn_is_replaced_behind_the_end_of_the_log(setting):
    (film, film_asset), (loop, loop_asset) = setting.packager.add(1000), setting.packager.add(3)
    setting.epg.channel = schedules.Channel(setting.channel_id, "One", filler=("title_id", loop))
    setting.epg.add(60, film)
    await setting.read()
    del setting.packager.items["title_id", film]
    setting.clock.advance(MINUTE)

    assert [film_asset, loop_asset] == [item.asset_id for item in await setting.read()]


@pytest.mark.parametrize("service", ["epg", "packager"])
async def test_the_log_waits_while_a_service_is_down(setting, service):
    subject_id, asset_id = setting.packager.add(1000)
    setting.epg.channel = schedules.Channel(setting.channel_id, "One", filler=("title_id", setting.packager.add(3)[0]))
    setting.epg.add(60, subject_id)
    before = await setting.read()
    getattr(setting, service).is_down = True
    setting.clock.advance(3 * MINUTE)

    assert before == await setting.read()
    with pytest.raises(errors.Unavailable):
        await setting.log.extend(setting.channel_id)

    getattr(setting, service).is_down = False
    assert [(NOON, NOON + 14 * MINUTE, asset_id)] == spans(await setting.read())


async def test_a_clock_that_steps_back_writes_nothing_twice(setting):
    subject_id, _ = setting.packager.add(6)
    setting.epg.add(60, subject_id)
    before = await setting.read()
    setting.clock.advance(-5 * MINUTE)
    await setting.log.extend(setting.channel_id)
    setting.clock.advance(5 * MINUTE)

    assert before == await setting.read()


async def test_a_clock_that_steps_forward_leaves_no_hole(setting):
    subject_id, asset_id = setting.packager.add(6)
    setting.epg.add(180, subject_id)
    await setting.read()
    setting.clock.advance(60 * MINUTE)
    await setting.log.extend(setting.channel_id)

    assert [(NOON, NOON + 71 * MINUTE, asset_id)] == spans(await setting.stated())


async def test_cells_before_the_log_are_written_when_they_are_requested(setting):
    subject_id, asset_id = setting.packager.add(6)
    setting.epg.add(60, subject_id)
    live = await setting.read(NOON + 8 * MINUTE)
    past = await setting.read(NOON)

    assert [(NOON + 8 * MINUTE, NOON + 11 * MINUTE, asset_id)] == spans(live)
    assert [(NOON, NOON + 8 * MINUTE, asset_id), *spans(live)] == spans(past)
    assert past[1].runs_before == past[0].runs_before + runs.count_runs(past[0])


async def test_a_programme_without_media_repeats_the_nearest_earlier_media(setting):
    (_, _), (near, near_asset) = setting.packager.add(6), setting.packager.add(6)
    setting.epg.add(5, near)
    setting.epg.add(60)

    assert [(NOON + 8 * MINUTE, NOON + 11 * MINUTE, near_asset)] == spans(await setting.read(NOON + 8 * MINUTE))


async def test_a_log_waits_for_media_and_begins_with_the_first_programme_that_has_some(setting):
    late, late_asset = ids.new(), ids.new()
    setting.epg.add(10, late)
    subject_id, asset_id = setting.packager.add(60)

    assert await setting.read() == []

    setting.epg.add(60, subject_id)
    setting.clock.advance(2 * MINUTE)
    assert [(NOON + 10 * MINUTE, NOON + 13 * MINUTE, asset_id)] == spans(await setting.read())

    setting.packager.items["title_id", late] = runs.PackagedItem(late_asset, 6)
    setting.clock.advance(MINUTE)
    assert late_asset == (await setting.read())[0].asset_id


async def test_what_was_read_ahead_outlives_an_outage_of_the_database(setting):
    subject_id, asset_id = setting.packager.add(6)
    setting.epg.add(60, subject_id)
    now = setting.clock.now()
    await setting.read(end=now, log=setting.log)
    setting.log._database = None  # Nothing is read or written any more.
    setting.clock.advance(50 * timedelta(seconds=1))

    assert [asset_id] == [item.asset_id for item in await setting.read(end=setting.clock.now(), log=setting.log)]


async def test_rows_are_deleted_a_day_after_the_catch_up_window(setting):
    subject_id, _ = setting.packager.add(6)
    first, second = setting.epg.add(5, subject_id), setting.epg.add(24 * 60, subject_id)
    await setting.read()
    setting.clock.advance(timedelta(days=8))

    await setting.log.clean_up()
    assert [second.programme_id] == [item.programme_id for item in await setting.stated()]

    setting.epg.is_deleted = True
    await setting.log.clean_up()
    setting.epg.is_deleted = False
    assert await setting.stated() == []
    assert first.end_time == second.start_time


async def test_the_periodic_task_extends_the_logs_of_channels_that_were_played(setting):
    subject_id, asset_id = setting.packager.add(6)
    setting.epg.add(60, subject_id)
    await setting.log.extend_all()
    assert await setting.stated() == []

    await setting.read()
    setting.clock.advance(MINUTE)
    await setting.log.extend_all()
    assert [(NOON, NOON + 12 * MINUTE, asset_id)] == spans(await setting.stated())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lengths=st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0, 1, 3, 40])), min_size=2, max_size=6),
    steps=st.lists(st.integers(1, 90), min_size=1, max_size=8),
)
async def test_windows_never_change_across_midnight_however_often_the_log_is_extended(setting, lengths, steps):
    """Each playlist window agrees with those before it: the same cells show the same runs under the same numbers."""
    setting.epg.channel = schedules.Channel(ids.new(), "One")
    setting.channel_id = setting.epg.channel.channel_id
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    setting.epg.programmes.clear()
    setting.epg.add(30, setting.packager.add(5)[0], start=midnight - 34 * MINUTE)
    for minutes, segments in lengths:
        setting.epg.add(minutes, setting.packager.add(segments)[0] if segments else None)
    setting.clock = kit_clock.FixedClock(midnight - 5 * MINUTE)
    setting.log = setting.a_replica()
    seen = {}
    for step in steps:
        now_cell = cells.cell_at(setting.clock.now())
        items = await setting.log.items(setting.channel_id, now_cell - 30, now_cell)
        for run in runs.runs_in(items, now_cell - 30, now_cell):
            for offset in range(run.cell_count):
                shown = (run.number, run.asset_id, run.first_segment + offset)
                assert seen.setdefault(run.first_cell + offset, shown) == shown
        setting.clock.advance(step * CELL)
