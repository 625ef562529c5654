"""The log of the latest changes of the guide."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.epg.guide import change_log
from services.epg.guide.change_log import Change, ChangeLog
from services.epg.tests.harness import HOUR, TODAY


def a_change(number, channel_id="one", hours=1):
    return Change((number, 0, 0), channel_id, (TODAY, TODAY + hours * HOUR))


def a_log(*numbers, most=100):
    log = ChangeLog(most)
    log.add(a_change(number, f"channel {number}") for number in numbers)
    return log


def channels_since(log, version):
    found = log.since(version, "profile")
    return None if found is None else list(found.windows)


def test_a_reader_gets_what_it_has_not_read():
    log = a_log(1, 2, 3)

    assert ["channel 2", "channel 3"] == channels_since(log, (1, 0, 0))
    assert [] == channels_since(log, (3, 0, 0))
    assert (3, 0, 0) == log.since((1, 0, 0), "profile").version


@pytest.mark.parametrize("version", [None, (0, 9, 0), (4, 0, 0)])
def test_a_version_that_is_not_known_is_refused(version):
    assert None is channels_since(a_log(1, 2, 3), version)


def test_a_reader_that_falls_behind_the_log_is_refused():
    log = a_log(*range(1, 11), most=5)

    assert None is channels_since(log, (4, 0, 0))
    assert [f"channel {number}" for number in range(6, 11)] == channels_since(log, (5, 0, 0))


def test_changes_of_a_channel_are_merged_into_one_window():
    log = ChangeLog()
    log.add(
        [Change((0, 1, 0), channels_changed=True), a_change(1, hours=1), a_change(2, hours=5), a_change(3, hours=2)]
    )
    found = log.since((0, 1, 0), "profile")

    assert {"one": (TODAY, TODAY + 5 * HOUR)} == found.windows
    assert not found.channels_changed


def test_a_reader_gets_the_reminders_of_its_profile_alone():
    log = a_log(1)
    log.add(
        Change((number, 0, 0), profile_id=profile_id, reminder_id=f"of {profile_id}")
        for number, profile_id in ((2, "other"), (3, "profile"))
    )

    assert ["of profile"] == log.since((1, 0, 0), "profile").reminder_ids


def test_after_a_loss_every_earlier_version_is_refused_also_that_of_the_last_event():
    log = a_log(1, 2)
    log.reset((2, 0))
    after_loss = log.version
    log.reset((2, 0))
    log.add([a_change(3)])

    assert None is channels_since(log, (2, 0, 0)) is channels_since(log, after_loss)
    assert ["one"] == channels_since(log, (2, 0, 2))


async def test_waiting_ends_with_the_next_change():
    log = a_log(1)
    waiting = asyncio.create_task(log.wait_beyond((1, 0, 0), 300))
    await asyncio.sleep(0)
    log.add([])
    await asyncio.sleep(0)
    assert not waiting.done()
    log.add([a_change(2)])
    await waiting
    await log.wait_beyond((1, 0, 0), 300)
    await log.wait_beyond((2, 0, 0), 0.01)

    assert (2, 0, 0) == log.version


@given(st.tuples(st.integers(0, 10**12), st.integers(0, 10**6), st.integers(0, 9)), st.text(max_size=30))
def test_versions_are_read_as_they_were_written_and_other_texts_are_none(version, text):
    assert version == change_log.parse_version(change_log.write_version(version))
    assert change_log.parse_version(f"{text}-x") is None
