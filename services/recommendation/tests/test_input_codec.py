"""Promises about what is kept of decisions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.recommendation.convert import input_codec
from services.recommendation.domain import score_parts
from services.recommendation.tests import scenarios
from services.recommendation.tests.test_home_properties import Chance


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**48))
def test_everything_that_a_profile_told_comes_out_as_it_went_in(seed):
    given_ = Chance(seed).inputs()
    raw = input_codec.encode_history(given_.history, given_.paused)

    assert (given_.history, given_.paused) == input_codec.decode_history(
        input_codec.decompress(input_codec.content(raw).compressed)
    )
    assert given_.preferences == input_codec.decode_preferences(input_codec.encode_preferences(given_.preferences))
    assert given_.weights == input_codec.decode_weights(input_codec.encode_weights(given_.weights))


def test_popularity_comes_out_as_it_went_in():
    told = score_parts.Popularity(
        at=scenarios.NOW,
        title_ids=(scenarios.an_id(1), scenarios.an_id(2)),
        counts=np.array([3.0, 1.0]),
        interest={"days": np.array([0.5, 0.25]), "ever": np.array([2.0, 1.0])},
    )
    again = input_codec.decode_popularity(input_codec.encode_popularity(told))

    assert (told.at, told.title_ids) == (again.at, again.title_ids)
    assert [3.0, 1.0] == list(again.counts)
    assert [[0.5, 0.25], [2.0, 1.0]] == [list(each) for each in again.interest.values()]
    assert input_codec.encode_popularity(told) == input_codec.encode_popularity(again)


def test_nothing_watched_comes_out_as_nothing():
    again = input_codec.decode_popularity(input_codec.encode_popularity(score_parts.Popularity()))

    assert () == again.title_ids
