"""Popularity: interest that decays with time, and its scaling by evidence."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import popularity

times = st.lists(st.tuples(st.integers(0, 4), st.floats(0, 100)), max_size=30)


def some_events(*rows, size=3):
    viewers, titles, event_times = zip(*rows, strict=True) if rows else ((), (), ())
    return popularity.events(viewers, titles, event_times, size)


def test_interest_is_halved_after_its_half_life():
    events = some_events((1, 0, 10.0))

    assert [0.5, 0, 0] == popularity.decayed_interest(events, 14.0, 4.0).tolist()


def test_events_after_the_prediction_time_do_not_count():
    events = some_events((1, 0, 10.0), (2, 1, 10.5), (3, 1, 99.0))

    assert [1.0, 0, 0] == popularity.decayed_interest(events, 10.0, 4.0).tolist()


def test_interest_does_not_depend_on_the_order_of_events():
    rows = [(1, 0, 3.0), (2, 1, 1.0), (1, 1, 1.0)]

    first, second = some_events(*rows), some_events(*reversed(rows))

    assert first.titles.tolist() == second.titles.tolist()
    assert first.viewers.tolist() == second.viewers.tolist() == [1, 2, 1]


def test_the_most_watched_titles_come_first_and_unwatched_titles_are_left_out():
    interest = {"b": 1.0, "a": 1.0, "c": 3.0, "d": 0.0}

    assert ["c", "a", "b"] == popularity.most_popular(interest, 5)
    assert ["c"] == popularity.most_popular(interest, 1)


def test_without_events_no_title_is_popular():
    signals = popularity.signals(some_events(), 5.0)

    assert set(popularity.HALF_LIVES) == set(signals)
    assert all(not values.any() for values in signals.values())


@given(times, st.floats(0, 100))
def test_interest_is_at_most_the_number_of_events(rows, moment):
    events = some_events(*((1, title, time) for title, time in rows), size=5)

    for half_life in popularity.HALF_LIVES.values():
        interest = popularity.decayed_interest(events, moment, half_life)
        assert (interest <= events.counts() + 1e-9).all()
        assert (interest >= 0).all()


def test_a_viewer_of_popular_titles_is_mainstream():
    counts = np.array([100.0, 1.0, 0.0])

    assert popularity.mainstream(counts, np.array([0])) > popularity.mainstream(counts, np.array([0, 1])) > 0
    assert 0.0 == popularity.mainstream(counts, np.array([2])) == popularity.mainstream(counts, np.zeros(0, np.int64))


plays = st.lists(st.floats(0, 1e6), min_size=1, max_size=8).map(np.array)


def test_evidence_is_near_zero_for_few_plays_and_near_one_for_thousands():
    evidence = [
        popularity.evidence(np.array([amount / 2, amount / 2])) for amount in (0.0, 3.0, 10.0, 60.0, 600.0, 6000.0)
    ]

    assert [0.0, 0.002, 0.027, 0.5, 0.99, 1.0] == [round(each, 3) for each in evidence]


@given(plays, st.data())
def test_more_plays_of_one_title_never_lower_the_popularity_of_any_title(interest, data):
    more = interest.copy()
    more[data.draw(st.integers(0, len(interest) - 1))] += data.draw(st.floats(0.001, 1e6))
    before, after = (popularity.scale_by_evidence({"day": each})["day"] for each in (interest, more))

    assert (after >= before).all()
    assert (after <= popularity.heat(more)).all()
    assert (before >= 0).all()


@given(plays, st.randoms(use_true_random=False))
def test_evidence_does_not_depend_on_the_order_of_titles(interest, shuffler):
    shuffled = interest.tolist()
    shuffler.shuffle(shuffled)

    assert popularity.evidence(interest) == popularity.evidence(np.array(shuffled))


def test_each_half_life_is_scaled_by_the_evidence_of_its_own_period():
    long_ago, last_night = [(viewer, 0, 0.0) for viewer in range(6000)], [(viewer, 1, 400.0) for viewer in range(3)]
    signals = popularity.signals(some_events(*long_ago, *last_night), 400.0)

    assert signals["day"].max() < 0.02
    assert signals["ever"][0] > 10
