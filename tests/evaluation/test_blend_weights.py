"""The blend of the evaluation: its parts add up to what is fitted, and places are reserved for personal titles."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import cold_titles, linear_model
from services.recommendation.domain import weights as stated
from tests.evaluation import blend

rankings = st.permutations(range(12)).map(lambda order: np.array(order[:10]))
numbers = st.floats(-10, 10, width=32)
weights = st.lists(numbers, min_size=len(blend.COLUMNS), max_size=len(blend.COLUMNS)).map(
    lambda vector: blend.from_vector(np.array(vector))
)
viewers = st.builds(linear_model.Traits, st.floats(-2, 2.5, width=32), st.floats(-3, 3, width=32))
signals = st.dictionaries(st.sampled_from(sorted(blend.PART_OF)), st.lists(numbers, min_size=3, max_size=3)).map(
    lambda found: {name: np.array(values) for name, values in found.items()}
)
ages = st.lists(st.floats(-200, 2000), min_size=3, max_size=3).map(np.array)


@given(signals, ages, weights, viewers)
def test_the_parts_of_a_score_add_up_to_what_was_fitted(found, days, counting, viewer):
    parts = blend.parts(found, days, counting, viewer)

    fitted = blend.columns(found, days, viewer) @ blend.vector(counting)
    assert np.allclose(blend.score(parts), fitted, atol=1e-2)
    assert set(parts) <= {*blend.PART_OF.values(), blend.NEWNESS}


@given(weights)
def test_weights_survive_as_a_vector(counting):
    assert counting == blend.from_vector(blend.vector(counting))


def test_a_signal_that_is_not_there_changes_nothing():
    days = np.array([5.0])
    alone = blend.parts({"days": np.ones(1)}, days, stated.HOME, linear_model.Traits())
    both = blend.parts({"days": np.ones(1), "genre": np.zeros(1)}, days, stated.HOME, linear_model.Traits())

    assert blend.score(alone) == blend.score(both)


def test_in_the_homes_blend_every_part_counts():
    named = {blend.PART_OF[name] for name, weight in stated.HOME.base.items() if weight}

    assert set(blend.PART_OF.values()) == named
    assert cold_titles.SPANS == len(stated.HOME.newness) and any(stated.HOME.newness)


def test_guests_are_chosen_by_the_viewers_own_parts_alone():
    parts = {part: np.array([1.0]) for part in (*blend.PART_OF.values(), blend.NEWNESS)}

    assert [3.0] == blend.personal_score(parts).tolist()


def test_guests_have_the_last_places_that_are_shown():
    ranked, guests = np.arange(8), np.array([7, 9])

    assert [0, 1, 7, 9, 2, 3, 4, 5, 6] == blend.reserve_places(ranked, guests, 4, 2).tolist()


def test_guests_that_are_shown_anyway_take_no_place():
    assert list(range(8)) == blend.reserve_places(np.arange(8), np.array([1, 2, 5]), 4, 2).tolist()


@given(rankings, rankings, st.integers(1, 8), st.integers(0, 4))
def test_room_for_guests_loses_no_title_and_shows_none_twice(ranked, guests, among, places):
    found = blend.reserve_places(ranked, guests, among, places)

    assert len(found) == len(set(found.tolist()))
    assert set(ranked.tolist()) <= set(found.tolist())
    assert set(guests[: min(places, among)].tolist()) <= set(found[:among].tolist())
