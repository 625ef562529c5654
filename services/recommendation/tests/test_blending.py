"""Promises of the blend: parts that add up, for whoever is looking."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import blending, cold
from services.recommendation.domain import weights as stated

numbers = st.floats(-10, 10, width=32)
weights = st.lists(numbers, min_size=len(blending.COLUMNS), max_size=len(blending.COLUMNS)).map(
    lambda vector: blending.from_vector(np.array(vector))
)
viewers = st.builds(blending.Traits, st.floats(-2, 2.5, width=32), st.floats(-3, 3, width=32))
signals = st.dictionaries(st.sampled_from(sorted(blending.PART_OF)), st.lists(numbers, min_size=3, max_size=3)).map(
    lambda found: {name: np.array(values) for name, values in found.items()}
)
ages = st.lists(st.floats(-200, 2000), min_size=3, max_size=3).map(np.array)


@given(signals, ages, weights, viewers)
def test_the_parts_of_a_score_add_up_to_what_was_fitted(found, days, counting, viewer):
    parts = blending.parts(found, days, counting, viewer)

    fitted = blending.columns(found, days, viewer) @ blending.vector(counting)
    assert np.allclose(blending.score(parts), fitted, atol=1e-2)
    assert set(parts) <= {*blending.PART_OF.values(), blending.NEWNESS}


@given(weights)
def test_weights_survive_as_a_vector(counting):
    assert counting == blending.from_vector(blending.vector(counting))


def test_a_signal_that_is_not_there_changes_nothing():
    days = np.array([5.0])
    alone = blending.parts({"days": np.ones(1)}, days, stated.HOME, blending.Traits())
    both = blending.parts({"days": np.ones(1), "genre": np.zeros(1)}, days, stated.HOME, blending.Traits())

    assert blending.score(alone) == blending.score(both)


@pytest.mark.parametrize("length", [0, 1, 8, 10_000])
def test_traits_of_any_history_stay_within_what_was_fitted(length):
    viewer = blending.traits(length, 4.0, 4.0)

    assert -2.0 <= viewer.known <= 2.5
    assert 0.0 == viewer.mainstream


def test_of_whom_nothing_is_known_nothing_is_assumed():
    assert 0.0 == blending.traits(0, 0.0, 4.0).mainstream


def test_in_the_homes_blend_every_part_counts():
    named = {blending.PART_OF[name] for name, weight in stated.HOME.base.items() if weight}

    assert set(blending.PART_OF.values()) == named
    assert cold.SPANS == len(stated.HOME.newness) and any(stated.HOME.newness)


def test_guests_are_chosen_by_the_viewers_own_parts_alone():
    parts = {part: np.array([1.0]) for part in (*blending.PART_OF.values(), blending.NEWNESS)}

    assert [3.0] == blending.personal(parts).tolist()
