"""Promises of what is in the air."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import popularity

times = st.lists(st.tuples(st.integers(0, 4), st.floats(0, 100)), max_size=30)


def some_events(*rows, size=3):
    viewers, titles, when = zip(*rows, strict=True) if rows else ((), (), ())
    return popularity.events(viewers, titles, when, size)


def test_interest_counts_half_after_its_half_life():
    events = some_events((1, 0, 10.0))

    assert [0.5, 0, 0] == popularity.decayed_interest(events, 14.0, 4.0).tolist()


def test_what_comes_after_the_moment_never_counts():
    events = some_events((1, 0, 10.0), (2, 1, 10.5), (3, 1, 99.0))

    assert [1.0, 0, 0] == popularity.decayed_interest(events, 10.0, 4.0).tolist()


def test_events_may_come_in_any_order():
    rows = [(1, 0, 3.0), (2, 1, 1.0), (1, 1, 1.0)]

    first, second = some_events(*rows), some_events(*reversed(rows))

    assert first.titles.tolist() == second.titles.tolist()
    assert first.viewers.tolist() == second.viewers.tolist() == [1, 2, 1]


def test_the_most_watched_come_first_and_the_unwatched_never():
    interest = {"b": 1.0, "a": 1.0, "c": 3.0, "d": 0.0}

    assert ["c", "a", "b"] == popularity.most_popular(interest, 5)
    assert ["c"] == popularity.most_popular(interest, 1)


def test_without_events_nothing_is_in_the_air():
    signals = popularity.signals(some_events(), 5.0)

    assert set(popularity.HALF_LIVES) == set(signals)
    assert all(not values.any() for values in signals.values())


@given(times, st.floats(0, 100))
def test_interest_is_never_more_than_the_events_there_were(rows, moment):
    events = some_events(*((1, title, time) for title, time in rows), size=5)

    for half_life in popularity.HALF_LIVES.values():
        interest = popularity.decayed_interest(events, moment, half_life)
        assert (interest <= events.counts() + 1e-9).all()
        assert (interest >= 0).all()


def test_who_watches_what_everybody_watches_is_mainstream():
    counts = np.array([100.0, 1.0, 0.0])

    assert popularity.mainstream(counts, np.array([0])) > popularity.mainstream(counts, np.array([0, 1])) > 0
    assert 0.0 == popularity.mainstream(counts, np.array([2])) == popularity.mainstream(counts, np.zeros(0, np.int64))


plays = st.lists(st.floats(0, 1e6), min_size=1, max_size=8).map(np.array)


def test_a_handful_of_plays_is_hardly_believed_and_thousands_are_left_as_they_are():
    believed = [popularity.evidence(np.array([much / 2, much / 2])) for much in (0.0, 3.0, 10.0, 60.0, 600.0, 6000.0)]

    assert [0.0, 0.002, 0.027, 0.5, 0.99, 1.0] == [round(each, 3) for each in believed]


@given(plays, st.data())
def test_more_plays_never_lower_what_popularity_says_of_a_title_nor_of_any_other(interest, data):
    more = interest.copy()
    more[data.draw(st.integers(0, len(interest) - 1))] += data.draw(st.floats(0.001, 1e6))
    before, after = (popularity.scale_by_evidence({"day": each})["day"] for each in (interest, more))

    assert (after >= before).all()
    assert (after <= popularity.heat(more)).all()
    assert (before >= 0).all()


@given(plays, st.randoms(use_true_random=False))
def test_evidence_is_the_same_in_whatever_order_titles_lie(interest, mixing):
    mixed = interest.tolist()
    mixing.shuffle(mixed)

    assert popularity.evidence(interest) == popularity.evidence(np.array(mixed))


def test_each_decay_is_believed_by_what_was_watched_in_its_own_time():
    long_ago, last_night = [(viewer, 0, 0.0) for viewer in range(6000)], [(viewer, 1, 400.0) for viewer in range(3)]
    signals = popularity.signals(some_events(*long_ago, *last_night), 400.0)

    assert signals["day"].max() < 0.02
    assert signals["ever"][0] > 10
