"""The collaborative model, which is trained on the histories of all viewers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import collaborative, popularity

SETTINGS = collaborative.Settings(min_events=1, ridge=1.0, neighbors=5)
IDS = tuple("abcdef")
#: One half of the viewers watched a and b, the other half c and d, the second title a day after the first.
TWO_GROUPS = [(viewer, title, viewer + day) for viewer in range(8) for day, title in enumerate((0, 1))] + [
    (viewer, title, viewer + day) for viewer in range(8, 16) for day, title in enumerate((2, 3))
]


def trained(rows=TWO_GROUPS, settings=SETTINGS):
    viewers, titles, times = zip(*rows, strict=True) if rows else ((), (), ())
    return collaborative.train(popularity.events(viewers, titles, times, len(IDS)), IDS, settings)


def strongest_title(model, values):
    return model.title_ids[int(np.argmax(values))]


def test_a_viewer_of_one_title_gets_the_title_that_is_watched_with_it():
    model = trained()
    history = np.array([model.title_ids.index("a")])

    assert "b" == strongest_title(model, collaborative.together(model, history, np.ones(1)))


def test_a_sequence_signal_points_only_to_later_titles():
    model = trained()
    a, b = model.title_ids.index("a"), model.title_ids.index("b")

    assert "b" == strongest_title(model, collaborative.after(model, np.array([a]), np.zeros(1)))
    assert not collaborative.after(model, np.array([b]), np.zeros(1)).any()


def test_the_sequence_signal_decays_with_the_age_of_the_interaction():
    model = trained()
    history = np.array([model.title_ids.index("a")])

    now, later = (collaborative.after(model, history, np.array([age])) for age in (0.0, 5.0))

    assert np.allclose(now / 2, later)


def test_titles_with_too_few_events_are_not_in_the_model():
    model = trained([*TWO_GROUPS, (1, 4, 3.0)], collaborative.Settings(min_events=2))

    assert ("a", "b", "c", "d") == model.title_ids


def test_training_uses_only_the_most_watched_titles():
    extra = [(viewer, 0, 50.0) for viewer in range(8, 12)]

    model = trained(TWO_GROUPS + extra, collaborative.Settings(min_events=1, max_titles=1))

    assert ("a",) == model.title_ids


def test_a_title_has_at_most_the_configured_number_of_neighbours():
    model = trained(settings=collaborative.Settings(min_events=1, neighbors=2))

    assert (4, 2) == model.together.positions.shape == model.after.positions.shape


def test_training_does_not_depend_on_the_order_of_events():
    assert collaborative.to_bytes(trained()) == collaborative.to_bytes(trained(list(reversed(TWO_GROUPS))))
    assert trained().version == trained(list(reversed(TWO_GROUPS))).version
    assert trained().version != trained(TWO_GROUPS[2:]).version


def test_training_without_events_gives_an_empty_model():
    model = collaborative.from_bytes(collaborative.to_bytes(trained([])))

    assert () == model.title_ids
    assert 0 == len(collaborative.together(model, np.zeros(0, np.int64), np.zeros(0)))


def test_a_model_is_equal_after_encoding_and_decoding():
    model = trained()

    decoded = collaborative.from_bytes(collaborative.to_bytes(model))

    assert model.title_ids == decoded.title_ids
    assert model.version == decoded.version
    assert (model.together.strengths == decoded.together.strengths).all()


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[7:], lambda _: b""])
def test_damaged_bytes_are_refused(damage):
    content = collaborative.to_bytes(trained())

    with pytest.raises(collaborative.ModelUnreadable):
        collaborative.from_bytes(damage(content))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 30)), max_size=40))
def test_signals_are_finite_and_not_negative_for_every_history(rows):
    model = trained(rows)
    history = np.arange(len(model.title_ids))

    strong = collaborative.together(model, history, np.ones(len(history)))
    following = collaborative.after(model, history, np.zeros(len(history)))

    for values in collaborative.signals(strong, following).values():
        assert np.isfinite(values).all()
        assert (values >= 0).all()
