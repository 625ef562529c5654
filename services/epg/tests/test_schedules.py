"""The merge of a stated schedule into the stored one."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.epg.domain import schedules

START = datetime(2026, 6, 1, tzinfo=UTC)
END = START + timedelta(days=2)
HOUR = timedelta(hours=1)


def at(hour, hours=1.0, name="News", key="", **details):
    begin = START + hour * HOUR
    return schedules.Scheduled(begin, begin + hours * HOUR, {"display_names": {"en": name}, **details}, key)


def stored(*programmes):
    return [schedules.Programme(f"id-{index}", each) for index, each in enumerate(programmes)]


def merge(existing, stated, following_start=None):
    numbers = itertools.count(100)
    return schedules.merge(existing, stated, lambda: f"id-{next(numbers)}", following_start)


def test_the_same_schedule_changes_nothing():
    programmes = [at(0), at(1, name="Film", synopses={"en": "A film."}), at(2)]
    changes = merge(stored(*programmes), programmes)

    assert changes.is_empty
    assert 3 == changes.unchanged_count


def test_a_programme_that_moves_keeps_its_id():
    changes = merge(stored(at(0), at(1, name="Film")), [at(0), at(5, hours=2, name="Film")])

    assert ([], [], ["id-1"]) == (changes.created, changes.deleted_ids, [each.programme_id for each in changes.updated])
    assert START + 5 * HOUR == changes.updated[0].scheduled.start_time


def test_a_programme_with_a_key_keeps_its_id_under_another_name():
    changes = merge(stored(at(0, name="Film", key="f1")), [at(9, name="Filme", key="f1")])

    assert ["id-0"] == [each.programme_id for each in changes.updated]
    assert not changes.created and not changes.deleted_ids


def test_a_programme_that_is_replaced_by_another_is_deleted_and_not_kept_beside_it():
    changes = merge(stored(at(0, name="Film")), [at(0, name="Sport")])

    assert (["id-0"], ["id-100"]) == (changes.deleted_ids, [each.programme_id for each in changes.created])


def test_a_changed_text_is_an_update():
    changes = merge(stored(at(0)), [at(0, synopses={"en": "What happened."})])

    assert ["id-0"] == [each.programme_id for each in changes.updated]


def test_repeated_programmes_are_matched_with_the_nearest_airing():
    changes = merge(stored(at(0), at(6), at(12)), [at(0), at(7), at(12)])

    assert ["id-1"] == [each.programme_id for each in changes.updated]
    assert 2 == changes.unchanged_count


def test_an_airing_that_is_days_away_is_another_one():
    changes = merge(stored(at(0, name="Film")), [at(40, name="Film")])

    assert (["id-0"], 1) == (changes.deleted_ids, len(changes.created))


def test_a_programme_that_runs_into_the_next_window_is_cut():
    changes = merge([], [at(0, hours=5)], START + 3 * HOUR)

    assert START + 3 * HOUR == changes.created[0].scheduled.end_time


@pytest.mark.parametrize(
    ("programmes", "index"),
    [
        ([at(0), at(0.5)], 1),
        ([at(0), at(1, hours=0)], 1),
        ([at(0, hours=49)], 0),
        ([at(-1)], 0),
        ([at(0), at(48)], 1),
        ([at(3), at(1)], 1),
    ],
)
def test_a_wrong_schedule_is_refused_with_the_first_wrong_programme(programmes, index):
    assert index == schedules.find_invalid(programmes, START, END).index


_SLOTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 8), st.sampled_from("abc"), st.sampled_from(["", "", "k1", "k2"])),
    max_size=12,
)


def schedule_of(slots):
    programmes, hour, keys = [], 0, set()
    for gap, length, name, key in slots:
        hour += gap / 4
        programmes.append(at(hour, length / 4, name, "" if key in keys else key))
        keys.add(key)
        hour += length / 4
    return programmes


@given(_SLOTS, _SLOTS)
def test_after_a_merge_the_schedule_is_the_stated_one_and_ids_are_unique(before, after):
    existing, stated = stored(*schedule_of(before)), schedule_of(after)
    changes = merge(existing, stated)
    by_id = {each.programme_id: each for each in existing if each.programme_id not in changes.deleted_ids}
    by_id |= {each.programme_id: each for each in (*changes.created, *changes.updated)}
    result = sorted((each.scheduled for each in by_id.values()), key=lambda each: each.start_time)

    assert schedules.find_invalid(stated, START, END) is None
    assert stated == result
    assert len(stated) == len(changes.created) + len(changes.updated) + changes.unchanged_count
    assert merge(list(by_id.values()), stated).is_empty
