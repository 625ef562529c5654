"""Changes of the state of a title, without a database."""

import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kit import testing
from services.viewing.domain import bookmarks, title_state, viewing_events

HOUR = timedelta(hours=1)
TIMES = st.integers(0, 6).map(lambda minutes: testing.NOW + timedelta(minutes=minutes))


def a_bookmark(episode_id, minute, time):
    return bookmarks.Bookmark("t", episode_id, timedelta(minutes=minute), HOUR, time)


BOOKMARKS = st.builds(a_bookmark, st.sampled_from(["", "one", "two"]), st.integers(0, 60), TIMES)


def apply(bookmark):
    """Returns a function that applies a bookmark to a state."""
    return lambda state: title_state.apply_bookmark(state, bookmark)


#: Changes of the state of a title.
CHANGES = st.one_of(
    st.builds(lambda thumb, at: lambda state: title_state.rate(state, thumb, at), st.integers(0, 2), TIMES),
    st.builds(lambda on, at: lambda state: title_state.set_listed(state, at, on=on), st.booleans(), TIMES),
    st.builds(lambda on, at: lambda state: title_state.set_suppressed(state, at, on=on), st.booleans(), TIMES),
    st.builds(lambda at: lambda state: title_state.count_view(state, at), TIMES),
    st.builds(lambda at: lambda state: title_state.count_abandon(state, at), TIMES),
    BOOKMARKS.map(apply),
)


def after(changes, state=None):
    state = state or title_state.TitleState("t")
    for change in changes:
        state = change(state)
    return state


@given(st.lists(CHANGES, max_size=8), st.randoms())
def test_the_order_of_changes_does_not_matter(changes, random):
    assert after(changes) == after(random.sample(changes, len(changes)))


@given(st.lists(BOOKMARKS.map(apply), max_size=6))
def test_a_repeated_change_changes_nothing(changes):
    assert after(changes) == after([*changes, *changes])


@given(st.lists(CHANGES, max_size=8), st.randoms())
def test_late_changes_do_not_restore_forgotten_signals(changes, random):
    forgotten = title_state.forget(after(changes), title_state.Kind, testing.NOW + HOUR)

    late = after(random.sample(changes, len(changes)), forgotten)

    assert (False, None) == (forgotten.has_signals, forgotten.latest_time)
    assert forgotten == late


@given(st.lists(CHANGES, max_size=8), st.sets(st.sampled_from(list(title_state.Kind))))
def test_forgetting_twice_equals_forgetting_once(changes, kinds):
    at = testing.NOW + HOUR
    once = title_state.forget(after(changes), kinds, at)

    assert once == title_state.forget(once, kinds, at + HOUR)


@given(st.lists(CHANGES, max_size=8), st.sampled_from(list(title_state.Kind)))
def test_forgetting_one_kind_keeps_the_others(changes, kind):
    state = after(changes)
    remaining = title_state.forget(state, [kind], testing.NOW + HOUR)

    fields = {
        title_state.Kind.WATCHED: ("bookmarks", "abandon_count"),
        title_state.Kind.RATED: ("thumb",),
        title_state.Kind.LISTED: ("listed",),
        title_state.Kind.VIEWED: ("view_count", "view_time"),
        title_state.Kind.SUPPRESSED: ("suppressed",),
    }
    for other, names in fields.items():
        for name in names:
            expected = getattr(title_state.TitleState("t") if other is kind else state, name)
            assert expected == getattr(remaining, name)


@given(st.lists(BOOKMARKS, min_size=1, max_size=6))
def test_the_largest_watched_share_is_kept(watched):
    state = after(map(apply, watched))

    largest = {bookmark.episode_id: bookmark.share for bookmark in sorted(watched, key=lambda each: each.share)}
    assert largest == {episode_id: bookmark.reached for episode_id, bookmark in state.bookmarks.items()}


@given(st.lists(CHANGES, max_size=6), TIMES, BOOKMARKS)
def test_only_playback_after_a_dismissal_ends_it(changes, at, bookmark):
    dismissed = title_state.dismiss(after(changes), at, None)
    played = title_state.apply_bookmark(dismissed, bookmark)

    ends = bookmark.started and bookmark.update_time > dismissed.dismiss_time
    assert ends == (played.dismiss_time is None)


@given(st.lists(CHANGES, max_size=6), TIMES, st.one_of(st.none(), TIMES))
def test_restoring_undoes_a_dismissal_completely(changes, at, until):
    state = after(changes)

    assert state == title_state.restore(title_state.dismiss(state, at, until)) == title_state.restore(state)


def test_a_new_change_is_the_latest_even_if_stored_times_are_ahead():
    ahead = testing.NOW + HOUR

    assert testing.NOW == title_state.next_time(None, testing.NOW)
    assert testing.NOW == title_state.next_time(testing.NOW - HOUR, testing.NOW)
    assert ahead < title_state.next_time(ahead, testing.NOW)


def test_a_step_starts_at_zero_at_each_tenth_and_at_the_end():
    progress = [a_bookmark("", minute, testing.NOW + timedelta(minutes=minute)) for minute in range(61)]
    entered = [
        new.position // timedelta(minutes=1)
        for old, new in itertools.pairwise([None, *progress])
        if bookmarks.enters_step(new, old)
    ]

    assert [0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 57] == entered


def test_only_leaving_within_the_first_tenth_is_an_abandonment():
    minute = timedelta(minutes=1)

    assert viewing_events.is_abandonment(6 * minute, HOUR)
    assert not viewing_events.is_abandonment(7 * minute, HOUR)
    assert not viewing_events.is_abandonment(timedelta(0), timedelta(0))


def test_a_future_event_gets_the_current_time_and_an_old_one_is_refused():
    now = testing.NOW

    assert [now, now, now - HOUR, None] == [
        viewing_events.accept_time(occur_time, now)
        for occur_time in (None, now + HOUR, now - HOUR, now - timedelta(days=30))
    ]
