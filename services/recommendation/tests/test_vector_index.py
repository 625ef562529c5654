"""Exact nearest-neighbour search over vectors in memory."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import vectors
from services.recommendation.vectors.vector_index import Neighbor, VectorIndex

MODEL = "fake/1"


def random_vectors(number, seed=1):
    return vectors.exact(np.random.default_rng(seed).standard_normal((number, 384)))


def an_index(rounded, model=MODEL):
    index = VectorIndex()
    for row, vector in enumerate(rounded):
        index.put(row + 1, f"t{row:05}", model, vector)
    return index


@given(st.integers(min_value=0, max_value=10_000))
def test_scores_are_bitwise_equal_in_any_order_of_summation(seed):
    rounded = random_vectors(37, seed)
    query = rounded[0]
    forwards = np.array(
        [np.float32(sum((a * b for a, b in zip(row, query, strict=True)), np.float32(0))) for row in rounded]
    )
    backwards = np.array(
        [sum((a * b for a, b in zip(row[::-1], query[::-1], strict=True)), np.float32(0)) for row in rounded]
    )

    assert np.array_equal(forwards, backwards)
    assert np.array_equal(forwards, an_index(rounded).scores(query))
    assert np.array_equal(forwards[5:], an_index(rounded[5:]).scores(query))


@given(st.integers(min_value=0, max_value=10_000))
def test_rounding_changes_a_cosine_by_less_than_two_thousandths(seed):
    given_vectors = np.random.default_rng(seed).standard_normal((20, 384))
    exact_vectors = given_vectors / np.linalg.norm(given_vectors, axis=1, keepdims=True)
    rounded = vectors.exact(given_vectors)

    assert np.abs(exact_vectors @ exact_vectors.T - rounded @ rounded.T).max() < 0.002
    assert (np.linalg.norm(rounded.astype(np.float64), axis=1) <= 1).all()


def test_a_zero_vector_stays_zero():
    assert not vectors.exact(np.zeros(384)).any()


def test_a_vector_is_equal_after_encoding_and_decoding():
    vector = random_vectors(1)[0]

    assert np.array_equal(vector, vectors.from_bytes(vectors.to_bytes(vector)))


def test_the_nearest_titles_are_those_of_a_full_sort():
    rounded = random_vectors(2000)
    index = an_index(rounded)
    scores = index.scores(rounded[7])
    expected = sorted(((-float(score), f"t{row:05}") for row, score in enumerate(scores)))[:300]

    assert [Neighbor(title_id, -score) for score, title_id in expected] == list(
        itertools.islice(index.iterate_nearest(rounded[7], 300), 300)
    )


def test_titles_with_equal_similarity_are_sorted_by_id():
    vector = random_vectors(1)[0]
    index = VectorIndex()
    for version, title_id in enumerate(("c", "a", "b"), start=1):
        index.put(version, title_id, MODEL, vector)

    assert ["a", "b", "c"] == [neighbor.title_id for neighbor in index.iterate_nearest(vector, 3)]


def test_removing_a_vector_does_not_move_the_others():
    rounded = random_vectors(5)
    index = an_index(rounded)
    before = dict(index.rows)
    index.put(6, "t00002", MODEL, None)

    assert index.vector("t00002") is None
    assert {title_id: row for title_id, row in before.items() if title_id != "t00002"} == index.rows
    assert "t00002" not in [neighbor.title_id for neighbor in index.iterate_nearest(rounded[2], 5)]
    assert (4, 6) == (len(index), index.version)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60), st.integers(0, 60))
def test_a_matrix_that_a_caller_holds_does_not_change(changes, hold_after):
    rounded = random_vectors(100)
    index = an_index(rounded[:20])
    current = {f"t{row:05}": rounded[row] for row in range(20)}
    held_matrix, rows, current_when_taken = index.matrix, dict(index.rows), dict(current)
    for version, (number, is_removed) in enumerate(changes, start=21):
        if version - 21 == hold_after:
            held_matrix, rows, current_when_taken = index.matrix, dict(index.rows), dict(current)
        title_id, vector = f"t{number:05}", None if is_removed else rounded[version]
        index.put(version, title_id, MODEL, vector)
        current.pop(title_id, None) if is_removed else current.update({title_id: vector})

    assert set(current_when_taken) == set(rows)
    assert all(np.array_equal(current_when_taken[title_id], held_matrix[row]) for title_id, row in rows.items())
    assert set(current) == set(index.rows)
    assert all(np.array_equal(vector, index.vector(title_id)) for title_id, vector in current.items())


def test_repeated_changes_use_bounded_memory_and_keep_held_matrices():
    rounded = random_vectors(50)
    index = an_index(rounded)
    held_matrix = index.matrix
    for version in range(51, 8051):
        index.put(version, f"t{version % 50:05}", MODEL, rounded[version * 7 % 50])

    assert np.array_equal(rounded, held_matrix)
    assert len(index.matrix) <= 2048
    assert all(np.array_equal(rounded[n * 7 % 50], index.vector(f"t{n % 50:05}")) for n in range(8001, 8051))


def test_the_model_with_the_most_vectors_is_used():
    rounded = random_vectors(5)
    index = an_index(rounded[:3])
    index.put(4, "t00000", "fake/2", rounded[3])
    first = (index.model_version, len(index))
    index.put(5, "t00001", "fake/2", rounded[4])

    assert (MODEL, 2) == first
    assert ("fake/2", ["t00000", "t00001"]) == (index.model_version, sorted(index.rows))


def test_cached_neighbours_equal_computed_ones_and_follow_changes():
    rounded = random_vectors(400)
    index = an_index(rounded)
    first, second = list(index.iterate_nearest_to_title("t00007")), list(index.iterate_nearest_to_title("t00007"))
    index.put(401, "new", MODEL, rounded[7])

    assert list(index.iterate_nearest(rounded[7], 12)) == list(index.iterate_nearest_to_title("t00007"))
    assert first == second
    assert ["new", "t00007"] == [neighbor.title_id for neighbor in index.iterate_nearest_to_title("t00007")][:2]
    assert [] == list(index.iterate_nearest_to_title("unknown"))


def test_an_empty_index_returns_nothing():
    assert [] == list(VectorIndex().iterate_nearest(random_vectors(1)[0], 5))
