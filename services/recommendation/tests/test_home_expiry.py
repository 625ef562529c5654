"""The time at which a home expires because a dismissed title returns or an availability window opens."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import visibility
from services.recommendation.domain import home_builder, signals
from services.recommendation.tests import input_builders

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)

#: When each title was dismissed and until when it is snoozed, in seconds from now; None means without an end.
dismissals = st.lists(st.tuples(st.none() | st.just(-10), st.none() | st.integers(-3, 3)), max_size=6)


def next_change(*title_signals, **changes):
    return home_builder.next_change(input_builders.inputs(None, *title_signals, **changes))


def dismissed(number, until=None):
    return input_builders.watched(number, 0.5, dismiss_time=input_builders.NOW - HOUR, snooze_until_time=until)


def test_a_home_expires_when_the_first_snoozed_title_returns():
    assert input_builders.NOW + HOUR == next_change(
        dismissed(1, input_builders.NOW + 2 * HOUR), dismissed(2, input_builders.NOW + HOUR), dismissed(3)
    )


def test_a_window_that_opens_earlier_decides_the_expiry():
    window = visibility.Window(input_builders.NOW + SECOND, None)
    opening_soon = visibility.Facts(state=visibility.PUBLISHED, maturity_age=8, windows=(window,))
    catalogue = [input_builders.a_title(0), input_builders.a_title(1, facts=opening_soon)]

    assert input_builders.NOW + SECOND == home_builder.next_change(
        input_builders.inputs(catalogue, dismissed(0, input_builders.NOW + HOUR))
    )


@pytest.mark.parametrize(
    "title_signals",
    [(), (dismissed(1),), (input_builders.watched(1, 0.5),), (dismissed(1, input_builders.NOW - HOUR),)],
)
def test_titles_that_return_only_by_an_action_do_not_expire_a_home(title_signals):
    assert next_change(*title_signals) is None


def test_a_home_built_at_the_time_of_a_return_expires_after_one_second():
    assert input_builders.NOW + SECOND == next_change(dismissed(1, input_builders.NOW))
    assert next_change(dismissed(1, input_builders.NOW - SECOND)) is None


@given(dismissals, st.integers(0, 6))
def test_no_title_returns_before_the_home_expires(times, seconds):
    title_signals = [
        signals.TitleSignals(
            input_builders.an_id(number),
            dismiss_time=None if since is None else input_builders.NOW + since * SECOND,
            snooze_until_time=None if until is None else input_builders.NOW + until * SECOND,
        )
        for number, (since, until) in enumerate(times)
    ]
    later = input_builders.NOW + seconds * SECOND
    end = signals.History(titles=tuple(title_signals)).next_return(input_builders.NOW)

    assert end is None or end > input_builders.NOW
    if end is None or later < end:
        assert [is_dismissed(each, input_builders.NOW) for each in title_signals] == [
            is_dismissed(each, later) for each in title_signals
        ]


def is_dismissed(title_signals, at):
    """Returns whether viewing leaves a title out of Continue Watching."""
    return title_signals.dismiss_time is not None and (
        title_signals.snooze_until_time is None or at < title_signals.snooze_until_time
    )
