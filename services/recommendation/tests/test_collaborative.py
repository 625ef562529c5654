"""Promises of what is learnt from those who watched the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import collaborative, popularity

SETTINGS = collaborative.Settings(min_events=1, ridge=1.0, neighbors=5)
IDS = tuple("abcdef")
#: Viewers of a and b, viewers of c and d, the second always a day after the first.
TWO_CROWDS = [(viewer, title, viewer + day) for viewer in range(8) for day, title in enumerate((0, 1))] + [
    (viewer, title, viewer + day) for viewer in range(8, 16) for day, title in enumerate((2, 3))
]


def trained(rows=TWO_CROWDS, settings=SETTINGS):
    viewers, titles, times = zip(*rows, strict=True) if rows else ((), (), ())
    return collaborative.train(popularity.events(viewers, titles, times, len(IDS)), IDS, settings)


def speaks_for(model, values):
    return model.title_ids[int(np.argmax(values))]


def test_who_watched_one_is_shown_the_other():
    model = trained()
    history = np.array([model.title_ids.index("a")])

    assert "b" == speaks_for(model, collaborative.together(model, history, np.ones(1)))


def test_what_comes_next_is_not_what_came_before():
    model = trained()
    a, b = model.title_ids.index("a"), model.title_ids.index("b")

    assert "b" == speaks_for(model, collaborative.after(model, np.array([a]), np.zeros(1)))
    assert not collaborative.after(model, np.array([b]), np.zeros(1)).any()


def test_what_was_watched_long_ago_says_little_of_what_comes_next():
    model = trained()
    history = np.array([model.title_ids.index("a")])

    now, later = (collaborative.after(model, history, np.array([age])) for age in (0.0, 5.0))

    assert np.allclose(now / 2, later)


def test_titles_with_too_few_events_are_not_learnt_about():
    model = trained([*TWO_CROWDS, (1, 4, 3.0)], collaborative.Settings(min_events=2))

    assert ("a", "b", "c", "d") == model.title_ids


def test_training_looks_at_the_most_watched_only():
    extra = [(viewer, 0, 50.0) for viewer in range(8, 12)]

    model = trained(TWO_CROWDS + extra, collaborative.Settings(min_events=1, max_titles=1))

    assert ("a",) == model.title_ids


def test_a_title_has_no_more_neighbours_than_asked_for():
    model = trained(settings=collaborative.Settings(min_events=1, neighbors=2))

    assert (4, 2) == model.together.positions.shape == model.after.positions.shape


def test_the_same_events_in_any_order_train_the_same_bytes():
    assert collaborative.to_bytes(trained()) == collaborative.to_bytes(trained(list(reversed(TWO_CROWDS))))
    assert trained().version == trained(list(reversed(TWO_CROWDS))).version
    assert trained().version != trained(TWO_CROWDS[2:]).version


def test_without_any_event_there_is_a_model_that_says_nothing():
    model = collaborative.from_bytes(collaborative.to_bytes(trained([])))

    assert () == model.title_ids
    assert 0 == len(collaborative.together(model, np.zeros(0, np.int64), np.zeros(0)))


def test_bytes_become_the_model_again():
    model = trained()

    again = collaborative.from_bytes(collaborative.to_bytes(model))

    assert model.title_ids == again.title_ids
    assert model.version == again.version
    assert (model.together.strengths == again.together.strengths).all()


@pytest.mark.parametrize("damage", [lambda told: told[:-1], lambda told: told[7:], lambda _: b""])
def test_damaged_bytes_are_refused(damage):
    told = collaborative.to_bytes(trained())

    with pytest.raises(collaborative.ModelUnreadable):
        collaborative.from_bytes(damage(told))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 30)), max_size=40))
def test_signals_of_any_history_are_finite_and_never_negative(rows):
    model = trained(rows)
    history = np.arange(len(model.title_ids))

    strong = collaborative.together(model, history, np.ones(len(history)))
    following = collaborative.after(model, history, np.zeros(len(history)))

    for values in collaborative.signals(strong, following).values():
        assert np.isfinite(values).all()
        assert (values >= 0).all()
