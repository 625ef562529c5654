"""The schedule that is made of the programmes of a source."""

import itertools
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from services.epg.domain import schedule_repair, schedules
from services.epg.domain.source_records import ProblemKind, SourceProgramme

NOON = datetime(2026, 6, 28, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def stated(start, stop, name="News", line=0):
    """Returns a programme at hours after noon."""
    begin, end = (None if hours is None else NOON + hours * HOUR for hours in (start, stop))
    return SourceProgramme(line, begin, end, name)


def at(text, stop=None, name="News"):
    """Returns a programme at times of a clock."""
    start, end = (value and datetime.strptime(value, "%Y-%m-%d %H:%M") for value in (text, stop))  # noqa: DTZ007
    return SourceProgramme(0, start, end, name)


def repair(programmes, zone=UTC, now=NOON, **options):
    problems = []
    repaired = schedule_repair.repair(programmes, zone, now, lambda kind, _: problems.append(kind), **options)
    return repaired, problems


def hours(repaired):
    return [((each.start - NOON) / HOUR, (each.end - NOON) / HOUR, each.source.details) for each in repaired]


def test_a_good_schedule_stays_as_it_is_in_the_order_of_time():
    repaired, problems = repair([stated(1, 2, "B"), stated(0, 1, "A")])

    assert [(0, 1, "A"), (1, 2, "B")] == hours(repaired)
    assert not problems


def test_an_overlap_is_cut_at_the_next_start():
    repaired, problems = repair([stated(0, 3, "Long"), stated(1, 2, "Inner"), stated(3, 4, "Last")])

    assert [(0, 1, "Long"), (1, 2, "Inner"), (3, 4, "Last")] == hours(repaired)
    assert [ProblemKind.OVERLAP, ProblemKind.GAP] == problems


def test_a_short_gap_is_closed_and_a_long_one_is_kept():
    repaired, problems = repair([stated(0, 1 - 1 / 60), stated(1, 1.5), stated(2, 3)])

    assert [(0, 1), (1, 1.5), (2, 3)] == [each[:2] for each in hours(repaired)]
    assert [ProblemKind.GAP] * 2 == problems


def test_a_repeated_programme_is_taken_once_and_the_last_of_each_start_wins():
    repaired, problems = repair([stated(0, 1), stated(0, 1), stated(1, 2, "Old"), stated(1, 3, "New")])

    assert [(0, 1, "News"), (1, 3, "New")] == hours(repaired)
    assert [ProblemKind.PROGRAMME_REPEATED, ProblemKind.START_SHARED] == problems


def test_missing_negative_and_over_long_durations_end_at_the_next_start_or_after_an_hour():
    repaired, problems = repair([stated(0, None), stated(2, 1), stated(3, 60), stated(20, 20), stated(40, None)])

    assert [(0, 2), (2, 3), (3, 4), (20, 21), (40, 41)] == [each[:2] for each in hours(repaired)]
    assert [
        ProblemKind.STOP_MISSING,
        ProblemKind.STOP_INVALID,
        ProblemKind.DURATION_TOO_LONG,
        ProblemKind.STOP_INVALID,
        ProblemKind.STOP_MISSING,
    ] == problems


def test_what_nobody_can_play_and_what_is_years_ahead_is_skipped():
    repaired, problems = repair([stated(-24 * 500, -24 * 500 + 1), stated(0, 1), stated(24 * 500, 24 * 500 + 1)])

    assert [(0, 1, "News")] == hours(repaired)
    assert [ProblemKind.PROGRAMME_OUT_OF_RANGE] * 2 == problems


def test_times_without_an_offset_are_read_in_the_zone_and_others_by_their_offset():
    repaired, _ = repair([at("2026-06-28 14:00", "2026-06-28 15:00"), stated(1, 2)], BERLIN)

    assert [(0, 1), (1, 2)] == [each[:2] for each in hours(repaired)]


def test_wrong_offsets_can_be_ignored():
    local = NOON.replace(tzinfo=UTC) + 2 * HOUR
    repaired, _ = repair([SourceProgramme(0, local, local + HOUR, "News")], BERLIN, ignore_offsets=True)

    assert [(0, 1, "News")] == hours(repaired)


def test_the_hour_that_the_clock_skips_is_read_before_the_change():
    night = [
        at(f"2026-03-29 {start}", f"2026-03-29 {stop}") for start, stop in (("01:30", "02:30"), ("02:30", "04:00"))
    ]
    repaired, problems = repair(night, BERLIN, datetime(2026, 3, 29, tzinfo=UTC))

    assert ["00:30-01:30", "01:30-02:00"] == [f"{each.start:%H:%M}-{each.end:%H:%M}" for each in repaired]
    assert [ProblemKind.CLOCK_GAP] == problems


def test_the_hour_that_the_clock_repeats_is_read_in_the_order_of_the_file():
    starts = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]
    night = [
        at(f"2026-10-25 {start}", f"2026-10-25 {stop}", name=str(index))
        for index, (start, stop) in enumerate(itertools.pairwise(starts))
    ]
    repaired, problems = repair(night, BERLIN, datetime(2026, 10, 25, tzinfo=UTC))

    assert ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"] == [f"{each.start:%H:%M}" for each in repaired]
    assert [30 * MINUTE] * 6 == [each.end - each.start for each in repaired]
    assert [ProblemKind.CLOCK_FOLD] * 4 == problems


def test_a_programme_of_an_hour_in_the_repeated_hour_is_there_twice():
    night = [at("2026-10-25 02:00", "2026-10-25 02:00", "First"), at("2026-10-25 02:00", "2026-10-25 03:00", "Second")]
    repaired, _ = repair([*night, night[1]], BERLIN, datetime(2026, 10, 25, tzinfo=UTC))

    assert [("00:00", "First"), ("01:00", "Second")] == [
        (f"{each.start:%H:%M}", each.source.details) for each in repaired
    ]


def test_a_day_without_programmes_ends_a_window():
    repaired, _ = repair([stated(0, 1), stated(2, 3), stated(27, 28), stated(28, 29)])

    assert [2, 2] == [len(window) for window in schedule_repair.split_windows(repaired)]


_TIMES = st.one_of(
    st.integers(-120, 60 * 80).map(lambda minutes: NOON + minutes * MINUTE),
    st.integers(0, 60 * 6).map(lambda minutes: datetime(2026, 10, 24, 23) + minutes * MINUTE),  # noqa: DTZ001
    st.integers(0, 60 * 6).map(lambda minutes: datetime(2026, 3, 28, 23) + minutes * MINUTE),  # noqa: DTZ001
)
_PROGRAMMES = st.lists(
    st.builds(SourceProgramme, st.integers(1, 9), _TIMES, st.one_of(st.none(), _TIMES), st.sampled_from("abc")),
    max_size=15,
)


@given(_PROGRAMMES, st.sampled_from([NOON, datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]))
def test_whatever_a_source_states_the_schedule_is_valid_and_repairing_it_again_changes_nothing(programmes, now):
    repaired, _ = repair(programmes, BERLIN, now)
    scheduled = [schedules.Scheduled(each.start, each.end, {"display_names": {}}) for each in repaired]
    again, problems = repair(
        [SourceProgramme(0, each.start, each.end, each.source.details) for each in repaired], UTC, now
    )

    assert schedules.find_invalid(scheduled, datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)) is None
    assert {each.source.line for each in repaired} <= {each.line for each in programmes}
    assert hours(repaired) == hours(again)
    assert set(problems) <= {ProblemKind.GAP}


def test_the_page_about_the_guide_states_the_rule_of_each_problem():
    page = (Path(__file__).parents[3] / "docs" / "guide.md").read_text()

    assert [] == [kind.name for kind in ProblemKind if f"| `{kind.name}` | {kind.value} |" not in page]
