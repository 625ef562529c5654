"""Promises of the blend: parts that add up, for whoever is looking."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import cold_start, linear_model
from services.recommendation.domain import weights as stated

numbers = st.floats(-10, 10, width=32)
weights = st.lists(numbers, min_size=len(linear_model.COLUMNS), max_size=len(linear_model.COLUMNS)).map(
    lambda vector: linear_model.from_vector(np.array(vector))
)
viewers = st.builds(linear_model.Traits, st.floats(-2, 2.5, width=32), st.floats(-3, 3, width=32))
signals = st.dictionaries(st.sampled_from(sorted(linear_model.PART_OF)), st.lists(numbers, min_size=3, max_size=3)).map(
    lambda found: {name: np.array(values) for name, values in found.items()}
)
ages = st.lists(st.floats(-200, 2000), min_size=3, max_size=3).map(np.array)


@given(signals, ages, weights, viewers)
def test_the_parts_of_a_score_add_up_to_what_was_fitted(found, days, counting, viewer):
    parts = linear_model.parts(found, days, counting, viewer)

    fitted = linear_model.columns(found, days, viewer) @ linear_model.vector(counting)
    assert np.allclose(linear_model.score(parts), fitted, atol=1e-2)
    assert set(parts) <= {*linear_model.PART_OF.values(), linear_model.NEWNESS}


@given(weights)
def test_weights_survive_as_a_vector(counting):
    assert counting == linear_model.from_vector(linear_model.vector(counting))


def test_a_signal_that_is_not_there_changes_nothing():
    days = np.array([5.0])
    alone = linear_model.parts({"days": np.ones(1)}, days, stated.HOME, linear_model.Traits())
    both = linear_model.parts({"days": np.ones(1), "genre": np.zeros(1)}, days, stated.HOME, linear_model.Traits())

    assert linear_model.score(alone) == linear_model.score(both)


@pytest.mark.parametrize("length", [0, 1, 8, 10_000])
def test_traits_of_any_history_stay_within_what_was_fitted(length):
    viewer = linear_model.traits(length, 4.0, 4.0)

    assert -2.0 <= viewer.known <= 2.5
    assert 0.0 == viewer.mainstream


def test_of_whom_nothing_is_known_nothing_is_assumed():
    assert 0.0 == linear_model.traits(0, 0.0, 4.0).mainstream


def test_in_the_homes_blend_every_part_counts():
    named = {linear_model.PART_OF[name] for name, weight in stated.HOME.base.items() if weight}

    assert set(linear_model.PART_OF.values()) == named
    assert cold_start.SPANS == len(stated.HOME.newness) and any(stated.HOME.newness)


def test_guests_are_chosen_by_the_viewers_own_parts_alone():
    parts = {part: np.array([1.0]) for part in (*linear_model.PART_OF.values(), linear_model.NEWNESS)}

    assert [3.0] == linear_model.personal_score(parts).tolist()
