"""Promises to titles that hardly anybody has watched."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import cold_start

CURVE = tuple(float(place + 1) for place in range(cold_start.SPANS))
rankings = st.permutations(range(12)).map(lambda found: np.array(found[:10]))


def test_newness_follows_its_curve_and_is_nothing_outside_of_it():
    ages = np.array([cold_start.AGES[0] - 1, cold_start.AGES[0], cold_start.AGES[-1] - 1, cold_start.AGES[-1]])

    assert [0, 1, cold_start.SPANS, 0] == cold_start.newness(CURVE, ages).tolist()


def test_a_title_with_two_events_is_cold_and_one_with_three_is_not():
    assert [True, True, False] == cold_start.is_cold(np.array([0, 2, 3])).tolist()


def test_guests_have_the_last_places_that_are_shown():
    ranked, guests = np.arange(8), np.array([7, 9])

    assert [0, 1, 7, 9, 2, 3, 4, 5, 6] == cold_start.reserve_places(ranked, guests, 4, 2).tolist()


def test_guests_that_are_shown_anyway_take_no_place():
    assert list(range(8)) == cold_start.reserve_places(np.arange(8), np.array([1, 2, 5]), 4, 2).tolist()


@given(rankings, rankings, st.integers(1, 8), st.integers(0, 4))
def test_room_for_guests_loses_no_title_and_shows_none_twice(ranked, guests, among, places):
    found = cold_start.reserve_places(ranked, guests, among, places)

    assert len(found) == len(set(found.tolist()))
    assert set(ranked.tolist()) <= set(found.tolist())
    assert set(guests[: min(places, among)].tolist()) <= set(found[:among].tolist())
