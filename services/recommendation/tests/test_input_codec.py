"""The encoding of the stored inputs of decisions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.recommendation.convert import input_codec
from services.recommendation.domain import score_parts
from services.recommendation.tests import input_builders
from services.recommendation.tests.test_home_properties import InputGenerator


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**48))
def test_history_preferences_and_weights_are_equal_after_encoding_and_decoding(seed):
    inputs = InputGenerator(seed).inputs()
    raw = input_codec.encode_history(inputs.history, inputs.paused)

    assert (inputs.history, inputs.paused) == input_codec.decode_history(
        input_codec.decompress(input_codec.content(raw).compressed)
    )
    assert inputs.preferences == input_codec.decode_preferences(input_codec.encode_preferences(inputs.preferences))
    assert inputs.weights == input_codec.decode_weights(input_codec.encode_weights(inputs.weights))


def test_popularity_is_equal_after_encoding_and_decoding():
    popularity = score_parts.Popularity(
        at=input_builders.NOW,
        title_ids=(input_builders.an_id(1), input_builders.an_id(2)),
        counts=np.array([3.0, 1.0]),
        interest={"days": np.array([0.5, 0.25]), "ever": np.array([2.0, 1.0])},
    )
    decoded = input_codec.decode_popularity(input_codec.encode_popularity(popularity))

    assert (popularity.at, popularity.title_ids) == (decoded.at, decoded.title_ids)
    assert [3.0, 1.0] == list(decoded.counts)
    assert [[0.5, 0.25], [2.0, 1.0]] == [list(each) for each in decoded.interest.values()]
    assert input_codec.encode_popularity(popularity) == input_codec.encode_popularity(decoded)


def test_empty_popularity_is_empty_after_encoding_and_decoding():
    decoded = input_codec.decode_popularity(input_codec.encode_popularity(score_parts.Popularity()))

    assert () == decoded.title_ids
