"""How soon something can be watched, as a factor of its score."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import availability, guide

_NOW = 1_000_000.0
_HOUR, _MINUTE = 3600.0, 60.0


def airings(*times, start_over=False):
    """Returns airings of which each is given by its start, its end, and until when it can be caught up."""
    starts, ends, catch_up_ends = (np.array(column, dtype=np.float64) for column in zip(*times, strict=True))
    count = len(starts)
    zeros = np.zeros(count, dtype=np.int64)
    return guide.Airings(
        tuple(map(str, range(count))),
        zeros,
        starts,
        ends,
        catch_up_ends,
        np.full(count, start_over),
        zeros,
        zeros,
        {},
    )


def factors(given_airings, last_chances=None):
    """Returns the factors; what an airing shows can be watched for as long as the airing itself, or as stated."""
    last_chances = given_airings.catch_up_ends if last_chances is None else np.array(last_chances)
    return availability.factors(given_airings, availability.kinds(given_airings, _NOW), last_chances, _NOW)


@pytest.mark.parametrize(
    ("start", "end", "catch_up", "kind"),
    [
        (-1, 1, 0, availability.LIVE),
        (0, 1, 0, availability.LIVE),
        (-1, 0, 0, 0),
        (-1, 0, 1, availability.CATCH_UP),
        (-3, -1, 0, 0),
        (1, 2, 0, availability.UPCOMING),
        (6, 7, 9, availability.UPCOMING),
        (6.1, 7, 9, 0),
    ],
)
def test_an_airing_is_live_upcoming_or_to_be_caught_up(start, end, catch_up, kind):
    times = [_NOW + hours * _HOUR for hours in (start, end)]
    given_airings = airings((*times, _NOW + catch_up * _HOUR if catch_up else 0.0))

    assert [kind] == availability.kinds(given_airings, _NOW).tolist()


def test_the_factors_are_those_of_the_formula():
    live, half, gone, soon, later, ending, ended_long_ago = range(7)
    given_airings = airings(
        (_NOW, _NOW + _HOUR, 0),
        (_NOW - _HOUR, _NOW + _HOUR, 0),
        (_NOW - _HOUR, _NOW + 1e-6, 0),
        (_NOW + 90 * _MINUTE, _NOW + 91 * _MINUTE, 0),
        (_NOW + 3 * _HOUR, _NOW + 4 * _HOUR, 0),
        (_NOW - 2 * _HOUR, _NOW - _HOUR, _NOW + 12 * _HOUR),
        (_NOW - 2 * _HOUR, _NOW - _HOUR, _NOW + 240 * _HOUR),
    )
    found = factors(given_airings)

    assert (1.0, 0.625) == (found[live], found[half])
    assert [0.25, 0.5, 0.25, 0.75, 0.5] == pytest.approx(
        [found[each] for each in (gone, soon, later, ending, ended_long_ago)], abs=1e-6
    )
    assert [1.0] == factors(airings((_NOW - _HOUR, _NOW + 1e-6, 0), start_over=True)).tolist()


_MOMENT = st.integers(-48 * 3600, 48 * 3600)


@st.composite
def some_airings(draw, count=12):
    times = []
    for _ in range(draw(st.integers(1, count))):
        start, duration = _NOW + draw(_MOMENT), draw(st.integers(1, 12 * 3600))
        times.append((start, start + duration, draw(st.sampled_from([0.0, start + duration + 7 * 86_400]))))
    return airings(*times, start_over=draw(st.booleans()))


@given(some_airings())
def test_every_factor_is_above_zero_and_up_to_one_exactly_for_what_can_be_watched(given_airings):
    kinds, found = availability.kinds(given_airings, _NOW), factors(given_airings)

    assert ((found > 0) == (kinds > 0)).all()
    assert (found <= 1).all()
    assert (found[kinds == availability.CATCH_UP] >= availability.ANY_TIME).all()


@given(st.lists(st.integers(1, 6 * 3600), min_size=2, unique=True))
def test_what_begins_earlier_counts_more(waits):
    found = factors(airings(*[(_NOW + wait, _NOW + wait + 60, 0) for wait in sorted(waits)]))

    assert all(earlier > later for earlier, later in itertools.pairwise(found.tolist()))


@given(st.lists(st.integers(1, 30 * 86_400), min_size=2, unique=True))
def test_what_can_be_caught_up_for_less_time_counts_more(remaining):
    found = factors(airings(*[(_NOW - 60, _NOW - 1, _NOW + each) for each in sorted(remaining)]))

    assert all(sooner >= later for sooner, later in itertools.pairwise(found.tolist()))


@given(some_airings())
def test_nothing_changes_its_kind_before_the_next_change(given_airings):
    numbers = np.arange(len(given_airings.starts))
    after = availability.next_change(given_airings, numbers, _NOW)
    shortly_before = min(after, _NOW + 1e9) - 1e-3
    # What is still beyond the horizon joins as time passes, without an edge of its own.
    is_near = given_airings.starts <= _NOW + availability.HORIZON.total_seconds()
    before, later = (availability.kinds(given_airings, now)[is_near] for now in (_NOW, max(_NOW, shortly_before)))

    assert (before == later).all()


def test_what_is_shown_again_or_is_on_demand_is_not_urgent():
    ending = (_NOW - 2 * _HOUR, _NOW - _HOUR, _NOW + _HOUR)
    given_airings = airings(ending, ending, ending)
    last_chances = np.array([_NOW + _HOUR, _NOW + 96 * _HOUR, np.inf])
    kinds = availability.kinds(given_airings, _NOW)

    assert [0.9719, 0.502, 0.5] == pytest.approx(factors(given_airings, last_chances), abs=1e-4)
    assert [True, False, False] == availability.is_timely(kinds, last_chances, _NOW).tolist()
