"""The traits of a viewer, which change the weights of features."""

import pytest

from services.recommendation.domain import linear_model


@pytest.mark.parametrize("length", [0, 1, 8, 10_000])
def test_traits_stay_within_the_fitted_range(length):
    viewer = linear_model.traits(length, 4.0, 4.0)

    assert -2.0 <= viewer.known <= 2.5
    assert 0.0 == viewer.mainstream


def test_a_viewer_without_history_has_neutral_traits():
    assert 0.0 == linear_model.traits(0, 0.0, 4.0).mainstream
