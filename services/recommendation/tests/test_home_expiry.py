"""Promises of the moment until which a home is good though nobody does anything."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import visibility
from services.recommendation.domain import home_builder, signals
from services.recommendation.tests import scenarios

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)

#: When titles were put off, and until when, in seconds from now; for good where that is not told.
put_off = st.lists(st.tuples(st.none() | st.just(-10), st.none() | st.integers(-3, 3)), max_size=6)


def edge(*told, **changes):
    return home_builder.next_change(scenarios.inputs(None, *told, **changes))


def begun(number, until=None):
    return scenarios.watched(number, 0.5, dismiss_time=scenarios.NOW - HOUR, snooze_until_time=until)


def test_a_home_is_good_until_the_first_of_the_titles_that_are_put_off_comes_back():
    assert scenarios.NOW + HOUR == edge(begun(1, scenarios.NOW + 2 * HOUR), begun(2, scenarios.NOW + HOUR), begun(3))


def test_a_window_that_opens_before_is_what_counts():
    window = visibility.Window(scenarios.NOW + SECOND, None)
    soon = visibility.Facts(state=visibility.PUBLISHED, maturity_age=8, windows=(window,))
    some = [scenarios.a_title(0), scenarios.a_title(1, facts=soon)]

    assert scenarios.NOW + SECOND == home_builder.next_change(scenarios.inputs(some, begun(0, scenarios.NOW + HOUR)))


@pytest.mark.parametrize("told", [(), (begun(1),), (scenarios.watched(1, 0.5),), (begun(1, scenarios.NOW - HOUR),)])
def test_what_comes_back_by_nothing_but_a_deed_ends_no_home(told):
    assert edge(*told) is None


def test_who_asks_just_when_it_comes_back_asks_again_soon_since_clocks_may_be_apart():
    assert scenarios.NOW + SECOND == edge(begun(1, scenarios.NOW))
    assert edge(begun(1, scenarios.NOW - SECOND)) is None


@given(put_off, st.integers(0, 6))
def test_before_that_moment_nothing_comes_back(deeds, seconds):
    told = [
        signals.TitleSignals(
            scenarios.an_id(number),
            dismiss_time=None if since is None else scenarios.NOW + since * SECOND,
            snooze_until_time=None if until is None else scenarios.NOW + until * SECOND,
        )
        for number, (since, until) in enumerate(deeds)
    ]
    later = scenarios.NOW + seconds * SECOND
    end = signals.History(titles=tuple(told)).next_return(scenarios.NOW)

    assert end is None or end > scenarios.NOW
    if end is None or later < end:
        assert [is_out(each, scenarios.NOW) for each in told] == [is_out(each, later) for each in told]


def is_out(told, at):
    """Whether viewing leaves a title out of continue watching."""
    return told.dismiss_time is not None and (told.snooze_until_time is None or at < told.snooze_until_time)
