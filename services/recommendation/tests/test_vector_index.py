"""Promises of exact search over vectors in memory."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import vectors
from services.recommendation.vectors.vector_index import Neighbor, VectorIndex

MODEL = "fake/1"


def random_vectors(number, seed=1):
    return vectors.exact(np.random.default_rng(seed).standard_normal((number, 384)))


def an_index(made, model=MODEL):
    index = VectorIndex()
    for row, vector in enumerate(made):
        index.put(row + 1, f"t{row:05}", model, vector)
    return index


@given(st.integers(min_value=0, max_value=10_000))
def test_scores_are_the_same_to_the_bit_however_they_are_summed_up(seed):
    made = random_vectors(37, seed)
    query = made[0]
    forwards = np.array(
        [np.float32(sum((a * b for a, b in zip(row, query, strict=True)), np.float32(0))) for row in made]
    )
    backwards = np.array(
        [sum((a * b for a, b in zip(row[::-1], query[::-1], strict=True)), np.float32(0)) for row in made]
    )

    assert np.array_equal(forwards, backwards)
    assert np.array_equal(forwards, an_index(made).scores(query))
    assert np.array_equal(forwards[5:], an_index(made[5:]).scores(query))


@given(st.integers(min_value=0, max_value=10_000))
def test_rounding_moves_a_cosine_by_less_than_a_thousandth_or_two(seed):
    given_vectors = np.random.default_rng(seed).standard_normal((20, 384))
    true = given_vectors / np.linalg.norm(given_vectors, axis=1, keepdims=True)
    made = vectors.exact(given_vectors)

    assert np.abs(true @ true.T - made @ made.T).max() < 0.002
    assert (np.linalg.norm(made.astype(np.float64), axis=1) <= 1).all()


def test_a_vector_of_zeros_stays_one():
    assert not vectors.exact(np.zeros(384)).any()


def test_a_vector_travels_as_it_is():
    vector = random_vectors(1)[0]

    assert np.array_equal(vector, vectors.from_bytes(vectors.to_bytes(vector)))


def test_the_nearest_are_those_that_a_full_sort_would_find():
    made = random_vectors(2000)
    index = an_index(made)
    scores = index.scores(made[7])
    expected = sorted(((-float(score), f"t{row:05}") for row, score in enumerate(scores)))[:300]

    assert [Neighbor(title_id, -score) for score, title_id in expected] == list(
        itertools.islice(index.iterate_nearest(made[7], 300), 300)
    )


def test_titles_that_are_as_close_come_in_the_order_of_their_ids():
    vector = random_vectors(1)[0]
    index = VectorIndex()
    for version, title_id in enumerate(("c", "a", "b"), start=1):
        index.put(version, title_id, MODEL, vector)

    assert ["a", "b", "c"] == [neighbor.title_id for neighbor in index.iterate_nearest(vector, 3)]


def test_a_title_that_loses_its_vector_leaves_the_others_where_they_are():
    made = random_vectors(5)
    index = an_index(made)
    before = dict(index.rows)
    index.put(6, "t00002", MODEL, None)

    assert index.vector("t00002") is None
    assert {title_id: row for title_id, row in before.items() if title_id != "t00002"} == index.rows
    assert "t00002" not in [neighbor.title_id for neighbor in index.iterate_nearest(made[2], 5)]
    assert (4, 6) == (len(index), index.version)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60), st.integers(0, 60))
def test_a_matrix_that_was_taken_stays_as_it_is_whatever_changes(changes, taken_after):
    made = random_vectors(100)
    index = an_index(made[:20])
    known = {f"t{row:05}": made[row] for row in range(20)}
    taken, rows, then = index.matrix, dict(index.rows), dict(known)
    for version, (number, gone) in enumerate(changes, start=21):
        if version - 21 == taken_after:
            taken, rows, then = index.matrix, dict(index.rows), dict(known)
        title_id, vector = f"t{number:05}", None if gone else made[version]
        index.put(version, title_id, MODEL, vector)
        known.pop(title_id, None) if gone else known.update({title_id: vector})

    assert set(then) == set(rows)
    assert all(np.array_equal(then[title_id], taken[row]) for title_id, row in rows.items())
    assert set(known) == set(index.rows)
    assert all(np.array_equal(vector, index.vector(title_id)) for title_id, vector in known.items())


def test_vectors_that_change_again_and_again_take_no_more_room_and_leave_the_taken_alone():
    made = random_vectors(50)
    index = an_index(made)
    taken = index.matrix
    for version in range(51, 8051):
        index.put(version, f"t{version % 50:05}", MODEL, made[version * 7 % 50])

    assert np.array_equal(made, taken)
    assert len(index.matrix) <= 2048
    assert all(np.array_equal(made[n * 7 % 50], index.vector(f"t{n % 50:05}")) for n in range(8001, 8051))


def test_the_model_leads_that_most_titles_have_vectors_of():
    made = random_vectors(5)
    index = an_index(made[:3])
    index.put(4, "t00000", "fake/2", made[3])
    first = (index.model_version, len(index))
    index.put(5, "t00001", "fake/2", made[4])

    assert (MODEL, 2) == first
    assert ("fake/2", ["t00000", "t00001"]) == (index.model_version, sorted(index.rows))


def test_what_is_like_a_title_is_the_same_kept_or_not_and_follows_changes():
    made = random_vectors(400)
    index = an_index(made)
    first, again = list(index.iterate_nearest_to_title("t00007")), list(index.iterate_nearest_to_title("t00007"))
    index.put(401, "new", MODEL, made[7])

    assert list(index.iterate_nearest(made[7], 12)) == list(index.iterate_nearest_to_title("t00007"))
    assert first == again
    assert ["new", "t00007"] == [neighbor.title_id for neighbor in index.iterate_nearest_to_title("t00007")][:2]
    assert [] == list(index.iterate_nearest_to_title("nobody"))


def test_an_empty_space_finds_nothing():
    assert [] == list(VectorIndex().iterate_nearest(random_vectors(1)[0], 5))
