"""Promises of the traits of a viewer, which change the weights of signals."""

import pytest

from services.recommendation.domain import linear_model


@pytest.mark.parametrize("length", [0, 1, 8, 10_000])
def test_traits_of_any_history_stay_within_what_was_fitted(length):
    viewer = linear_model.traits(length, 4.0, 4.0)

    assert -2.0 <= viewer.known <= 2.5
    assert 0.0 == viewer.mainstream


def test_of_whom_nothing_is_known_nothing_is_assumed():
    assert 0.0 == linear_model.traits(0, 0.0, 4.0).mainstream
