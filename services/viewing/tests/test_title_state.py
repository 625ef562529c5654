"""What becomes of what a profile told of a title, as plain values."""

import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kit import testing
from services.viewing.domain import bookmarks, viewing_events, signals

HOUR = timedelta(hours=1)
TIMES = st.integers(0, 6).map(lambda minutes: testing.NOW + timedelta(minutes=minutes))


def a_mark(episode_id, minute, time):
    return bookmarks.Bookmark("t", episode_id, timedelta(minutes=minute), HOUR, time)


MARKS = st.builds(a_mark, st.sampled_from(["", "one", "two"]), st.integers(0, 60), TIMES)

#: Words as they may come: each a change of the state of a title.
WORDS = st.one_of(
    st.builds(lambda thumb, at: lambda state: signals.rated(state, thumb, at), st.integers(0, 2), TIMES),
    st.builds(lambda on, at: lambda state: signals.listed(state, at, on=on), st.booleans(), TIMES),
    st.builds(lambda on, at: lambda state: signals.suppressed(state, at, on=on), st.booleans(), TIMES),
    st.builds(lambda at: lambda state: signals.viewed(state, at), TIMES),
    st.builds(lambda at: lambda state: signals.abandoned(state, at), TIMES),
    st.builds(lambda mark: lambda state: signals.played(state, mark), MARKS),
)


def after(words, state=None):
    state = state or signals.State("t")
    for word in words:
        state = word(state)
    return state


@given(st.lists(WORDS, max_size=8), st.randoms())
def test_the_order_in_which_words_come_does_not_matter(words, random):
    assert after(words) == after(random.sample(words, len(words)))


@given(st.lists(st.one_of(MARKS.map(lambda mark: lambda state: signals.played(state, mark))), max_size=6))
def test_words_that_come_twice_change_nothing(words):
    assert after(words) == after([*words, *words])


@given(st.lists(WORDS, max_size=8), st.randoms())
def test_what_was_forgotten_is_not_brought_back_by_what_was_said_before(words, random):
    forgotten = signals.forgotten(after(words), signals.Kind, testing.NOW + HOUR)

    again = after(random.sample(words, len(words)), forgotten)

    assert (False, None) == (forgotten.told, forgotten.latest_time)
    assert forgotten == again


@given(st.lists(WORDS, max_size=8), st.sets(st.sampled_from(list(signals.Kind))))
def test_forgetting_twice_is_forgetting_once(words, kinds):
    at = testing.NOW + HOUR
    once = signals.forgotten(after(words), kinds, at)

    assert once == signals.forgotten(once, kinds, at + HOUR)


@given(st.lists(WORDS, max_size=8), st.sampled_from(list(signals.Kind)))
def test_forgetting_one_kind_leaves_the_others(words, kind):
    told = after(words)
    left = signals.forgotten(told, [kind], testing.NOW + HOUR)

    fields = {
        signals.Kind.WATCHED: ("marks", "abandon_count"),
        signals.Kind.RATED: ("thumb",),
        signals.Kind.LISTED: ("listed",),
        signals.Kind.VIEWED: ("view_count", "view_time"),
        signals.Kind.SUPPRESSED: ("suppressed",),
    }
    for other, names in fields.items():
        for name in names:
            expected = getattr(signals.State("t") if other is kind else told, name)
            assert expected == getattr(left, name)


@given(st.lists(MARKS, min_size=1, max_size=6))
def test_what_was_reached_once_stays_reached(marks):
    state = after([lambda state, mark=mark: signals.played(state, mark) for mark in marks])

    for episode_id, told in itertools.groupby(sorted(marks, key=lambda mark: mark.episode_id), lambda m: m.episode_id):
        assert max(mark.share for mark in told) == state.marks[episode_id].reached


@given(st.lists(WORDS, max_size=6), TIMES, MARKS)
def test_playing_after_a_dismissal_lifts_it_and_nothing_before_does(words, at, mark):
    dismissed = signals.dismissed(after(words), at, None)
    played = signals.played(dismissed, mark)

    lifted = mark.update_time > dismissed.dismiss_time
    assert lifted == (played.dismiss_time is None)


@given(st.lists(WORDS, max_size=6), TIMES, st.one_of(st.none(), TIMES))
def test_a_title_that_is_let_back_is_as_if_it_had_never_been_taken_out(words, at, until):
    state = after(words)

    assert state == signals.restored(signals.dismissed(state, at, until)) == signals.restored(state)


def test_a_word_that_is_said_now_is_the_latest_whatever_the_clocks_say():
    ahead = testing.NOW + HOUR

    assert testing.NOW == signals.now_after(None, testing.NOW)
    assert testing.NOW == signals.now_after(testing.NOW - HOUR, testing.NOW)
    assert ahead < signals.now_after(ahead, testing.NOW)


def test_a_share_is_worth_telling_when_it_begins_and_at_each_tenth():
    marks = [a_mark("", minute, testing.NOW + timedelta(minutes=minute)) for minute in range(61)]
    told = [
        new.position // timedelta(minutes=1)
        for old, new in itertools.pairwise([None, *marks])
        if bookmarks.steps_on(new, old)
    ]

    assert [0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 57] == told


def test_only_who_left_within_the_first_tenth_left_at_once():
    minute = timedelta(minutes=1)

    assert viewing_events.is_abandonment(6 * minute, HOUR)
    assert not viewing_events.is_abandonment(7 * minute, HOUR)
    assert not viewing_events.is_abandonment(timedelta(0), timedelta(0))


def test_what_lies_in_the_future_is_taken_as_now_and_what_is_too_old_not_at_all():
    now = testing.NOW

    assert [now, now, now - HOUR, None] == [
        viewing_events.taken_time(told, now) for told in (None, now + HOUR, now - HOUR, now - timedelta(days=30))
    ]
