"""The cold-start boost of titles that have almost no interactions."""

import numpy as np

from services.recommendation.domain import cold_titles

CURVE = tuple(float(place + 1) for place in range(cold_titles.SPANS))


def test_newness_follows_its_curve_and_is_zero_outside_of_it():
    ages = np.array([cold_titles.AGES[0] - 1, cold_titles.AGES[0], cold_titles.AGES[-1] - 1, cold_titles.AGES[-1]])

    assert [0, 1, cold_titles.SPANS, 0] == cold_titles.newness(CURVE, ages).tolist()


def test_a_title_with_two_events_is_cold_and_one_with_three_is_not():
    assert [True, True, False] == cold_titles.is_cold(np.array([0, 2, 3])).tolist()
