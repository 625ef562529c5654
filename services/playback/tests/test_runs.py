"""The plan of a channel, and its runs."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.playback.linear import cells, runs, schedules

FILM, OTHER = ("title_id", "film"), ("title_id", "other")
ASSETS = {FILM: runs.PackagedItem("a-film", 6), OTHER: runs.PackagedItem("another", 20)}
FILLER = runs.PackagedItem("filler", 4)


def a_programme(name, first, end, subject=FILM, age=0):
    start, stop = cells.cell_start(first), cells.cell_start(end)
    return schedules.ScheduledProgramme(name, start, stop, on_demand=subject, maturity_age=age)


def an_item(first, count, asset="a-film", segment=0, segments=6, before=0, programme="p"):
    return runs.AiredItem(first, count, programme, asset, segment, segments, before, 0)


def shown(items):
    """Returns the programme, the asset and the segment of each cell."""
    return {
        run.first_cell + index: (run.programme_id, run.asset_id, run.first_segment + index)
        for item in items
        for run in runs.runs_in([item], item.first_cell, item.end_cell)
        for index in range(run.cell_count)
    }


def test_a_cell_begins_at_a_multiple_of_four_seconds():
    assert cells.cell_at(datetime(1970, 1, 1, 0, 0, 7, 999_999, tzinfo=UTC)) == 1
    assert cells.cell_at(datetime(1970, 1, 1, 0, 0, 8, tzinfo=UTC)) == 2
    assert cells.cell_at(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1
    assert cells.cell_start(2) == datetime(1970, 1, 1, 0, 0, 8, tzinfo=UTC)


def test_filler_follows_an_item_that_is_shorter_than_its_programme():
    assert runs.plan_items([a_programme("p", 100, 110)], ASSETS, FILLER, 100, 112) == [
        runs.AiredItem(100, 6, "p", "a-film", 0, 6, 100, 0),
        runs.AiredItem(106, 4, "p", "filler", 0, 4, 101, 0),
        runs.AiredItem(110, 2, "", "filler", 0, 4, 102, 0),
    ]


def test_an_item_repeats_on_a_channel_without_filler():
    (item,) = runs.plan_items([a_programme("p", 100, 115)], ASSETS, None, 100, 115)

    assert item == runs.AiredItem(100, 15, "p", "a-film", 0, 6, 100, 0)
    assert [
        (run.first_cell, run.cell_count, run.first_segment, run.number) for run in runs.runs_in([item], 0, 200)
    ] == [
        (100, 6, 0, 100),
        (106, 6, 0, 101),
        (112, 3, 0, 102),
    ]


def test_the_next_programme_cuts_an_item_that_is_too_long():
    schedule = [a_programme("p", 100, 105, OTHER), a_programme("q", 105, 111)]

    assert [(item.asset_id, item.cell_count) for item in runs.plan_items(schedule, ASSETS, FILLER, 100, 111)] == [
        ("another", 5),
        ("a-film", 6),
    ]


def test_a_channel_that_starts_in_the_middle_of_a_programme_joins_it():
    schedule = [a_programme("p", 100, 130, OTHER)]

    assert shown(runs.plan_items(schedule, ASSETS, FILLER, 118, 123)) == {
        118: ("p", "another", 18),
        119: ("p", "another", 19),
        120: ("p", "filler", 0),
        121: ("p", "filler", 1),
        122: ("p", "filler", 2),
    }
    assert shown(runs.plan_items(schedule, ASSETS, None, 121, 122)) == {121: ("p", "another", 1)}


def test_a_programme_without_media_shows_filler():
    schedule = [a_programme("p", 100, 105), a_programme("q", 105, 108, ("title_id", "none"), age=18)]

    assert runs.plan_items(schedule, ASSETS, FILLER, 105, 108) == [runs.AiredItem(105, 3, "q", "filler", 0, 4, 105, 0)]


def test_without_filler_the_item_before_repeats_in_a_programme_without_media():
    schedule = [a_programme("p", 100, 105, age=16), a_programme("q", 105, 108, ("title_id", "none"), age=12)]

    assert runs.plan_items(schedule, ASSETS, None, 105, 110) == [
        runs.AiredItem(105, 3, "q", "a-film", 0, 6, 105, 16),
        runs.AiredItem(108, 2, "", "a-film", 0, 6, 106, 16),
    ]


def test_a_plan_without_anything_to_show_ends():
    schedule = [a_programme("q", 105, 108, None), a_programme("p", 108, 120)]

    assert runs.plan_items(schedule, ASSETS, None, 105, 120) == []


def test_an_item_of_unknown_age_makes_what_repeats_it_unknown():
    schedule = [a_programme("p", 100, 105, age=None), a_programme("q", 105, 108, None, age=12)]

    assert [item.maturity_age for item in runs.plan_items(schedule, ASSETS, None, 100, 108)] == [None, None]


def test_a_programme_that_is_moved_while_it_is_shown_goes_on_where_it_is():
    (last,) = runs.plan_items([a_programme("p", 100, 120, OTHER)], ASSETS, FILLER, 100, 105)

    moved = runs.plan_items([a_programme("p", 95, 120, OTHER)], ASSETS, FILLER, 105, 110, last)

    assert moved == [runs.AiredItem(100, 10, "p", "another", 0, 20, 100, 0)]


def test_a_window_cuts_runs_and_keeps_their_numbers():
    items = [an_item(100, 15, before=7), an_item(115, 4, asset="", before=10), an_item(119, 3, before=11)]

    assert runs.runs_in(items, 104, 121) == [
        runs.Run("a-film", 104, 2, 4, "p", 7, 4),
        runs.Run("a-film", 106, 6, 0, "p", 8),
        runs.Run("a-film", 112, 3, 0, "p", 9),
        runs.Run("", 115, 4, 0, "p", 10),
        runs.Run("a-film", 119, 2, 0, "p", 11),
    ]


def test_a_window_ends_before_a_hole():
    assert [run.end_cell for run in runs.runs_in([an_item(100, 3), an_item(104, 3)], 100, 107)] == [103]


def test_items_are_numbered_again_from_the_first():
    items = [an_item(100, 15, before=7), an_item(115, 3, before=8, asset=""), an_item(118, 3, before=9)]

    assert [item.runs_before for item in runs.renumber(items)] == [7, 10, 11]


@st.composite
def any_schedule(draw):
    """Returns programmes with gaps, of any length and at any second, some without media."""
    start = cells.cell_start(1_000)
    programmes = []
    for index in range(draw(st.integers(0, 6))):
        start += timedelta(seconds=draw(st.integers(0, 50)))
        end = start + timedelta(seconds=draw(st.integers(1, 160)))
        subject = draw(st.sampled_from([FILM, OTHER, ("title_id", "none"), None]))
        age = draw(st.sampled_from([None, 0, 16]))
        programmes.append(schedules.ScheduledProgramme(f"p{index}", start, end, (), subject, age))
        start = end
    return programmes


@pytest.mark.parametrize("filler", [FILLER, None])
@given(schedule=any_schedule(), first=st.integers(1_000, 1_060), steps=st.lists(st.integers(1, 40), min_size=1))
def test_a_plan_in_steps_is_the_plan_in_one_step(filler, schedule, first, steps):
    end = first + sum(steps)
    at_once = runs.plan_items(schedule, ASSETS, filler, first, end)
    log = {}
    last = None
    for step in steps:
        begin = last.end_cell if last else first
        goal = begin + step
        for item in runs.plan_items(schedule, ASSETS, filler, begin, goal, last):
            log[item.first_cell] = last = item
    in_steps = list(log.values())

    assert in_steps == at_once


@pytest.mark.parametrize("filler", [FILLER, None])
@given(schedule=any_schedule(), first=st.integers(1_000, 1_060), length=st.integers(1, 120))
def test_a_plan_has_no_hole_no_overlap_and_agrees_with_the_guide(filler, schedule, first, length):
    items = runs.plan_items(schedule, ASSETS, filler, first, first + length)
    planned = [cell for item in items for cell in range(item.first_cell, item.end_cell)]
    by_cell = {
        cell: programme.programme_id
        for programme in schedule
        for cell in range(cells.cell_at(programme.start_time), cells.cell_at(programme.end_time))
    }

    assert planned == list(range(first, first + len(planned)))
    assert len(planned) == length or (filler is None and len(planned) < length)
    assert runs.renumber(items) == items
    for cell, (programme_id, asset_id, segment) in shown(items).items():
        assert programme_id == by_cell.get(cell, "")
        assert (
            0 <= segment < next(item.segment_count for item in [*ASSETS.values(), FILLER] if item.asset_id == asset_id)
        )


@given(schedule=any_schedule(), first=st.integers(1_000, 1_060), length=st.integers(1, 120), data=st.data())
def test_a_window_that_slides_shows_the_same_segments_with_the_same_numbers(schedule, first, length, data):
    items = runs.plan_items(schedule, ASSETS, FILLER, first, first + length)
    begin = data.draw(st.integers(first, first + length - 1))
    whole = {cell: run.number for run in runs.runs_in(items, first, first + length) for cell in cells_of(run)}
    window = {cell: run.number for run in runs.runs_in(items, begin, begin + 30) for cell in cells_of(run)}

    assert window == {cell: number for cell, number in whole.items() if begin <= cell < begin + 30}


def cells_of(run):
    return range(run.first_cell, run.end_cell)
