"""Promises about vectors in memory."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import vectors
from services.recommendation.vectors.vector_index import Near, VectorIndex

MODEL = "fake/1"


def random_vectors(number, seed=1):
    return vectors.exact(np.random.default_rng(seed).standard_normal((number, 384)))


def a_space(made, model=MODEL):
    space = VectorIndex()
    for row, vector in enumerate(made):
        space.put(row + 1, f"t{row:05}", model, vector)
    return space


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
    assert np.array_equal(forwards, a_space(made).scores(query))
    assert np.array_equal(forwards[5:], a_space(made[5:]).scores(query))


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
    space = a_space(made)
    scores = space.scores(made[7])
    expected = sorted(((-float(score), f"t{row:05}") for row, score in enumerate(scores)))[:300]

    assert [Near(title_id, -score) for score, title_id in expected] == space.nearest(made[7], 300)


def test_a_filter_costs_no_titles_that_it_lets_through():
    made = random_vectors(3000)
    space = a_space(made)
    few = {f"t{row:05}" for row in range(0, 3000, 250)}

    found = space.nearest(made[7], 12, few.__contains__)

    assert few == {near.title_id for near in found}
    assert sorted((near.similarity for near in found), reverse=True) == [near.similarity for near in found]


def test_titles_that_are_as_close_come_in_the_order_of_their_ids():
    vector = random_vectors(1)[0]
    space = VectorIndex()
    for version, title_id in enumerate(("c", "a", "b"), start=1):
        space.put(version, title_id, MODEL, vector)

    assert ["a", "b", "c"] == [near.title_id for near in space.nearest(vector, 3)]


def test_a_title_that_loses_its_vector_leaves_the_others_where_they_are():
    made = random_vectors(5)
    space = a_space(made)
    before = dict(space.rows)
    space.put(6, "t00002", MODEL, None)

    assert space.vector("t00002") is None
    assert {title_id: row for title_id, row in before.items() if title_id != "t00002"} == space.rows
    assert "t00002" not in [near.title_id for near in space.nearest(made[2], 5)]
    assert (4, 6) == (len(space), space.version)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60), st.integers(0, 60))
def test_a_matrix_that_was_taken_stays_as_it_is_whatever_changes(changes, taken_after):
    made = random_vectors(100)
    space = a_space(made[:20])
    known = {f"t{row:05}": made[row] for row in range(20)}
    taken, rows, then = space.matrix, dict(space.rows), dict(known)
    for version, (number, gone) in enumerate(changes, start=21):
        if version - 21 == taken_after:
            taken, rows, then = space.matrix, dict(space.rows), dict(known)
        title_id, vector = f"t{number:05}", None if gone else made[version]
        space.put(version, title_id, MODEL, vector)
        known.pop(title_id, None) if gone else known.update({title_id: vector})

    assert set(then) == set(rows)
    assert all(np.array_equal(then[title_id], taken[row]) for title_id, row in rows.items())
    assert set(known) == set(space.rows)
    assert all(np.array_equal(vector, space.vector(title_id)) for title_id, vector in known.items())


def test_vectors_that_change_again_and_again_take_no_more_room_and_leave_the_taken_alone():
    made = random_vectors(50)
    space = a_space(made)
    taken = space.matrix
    for version in range(51, 8051):
        space.put(version, f"t{version % 50:05}", MODEL, made[version * 7 % 50])

    assert np.array_equal(made, taken)
    assert len(space.matrix) <= 2048
    assert all(np.array_equal(made[n * 7 % 50], space.vector(f"t{n % 50:05}")) for n in range(8001, 8051))


def test_the_model_leads_that_most_titles_have_vectors_of():
    made = random_vectors(5)
    space = a_space(made[:3])
    space.put(4, "t00000", "fake/2", made[3])
    first = (space.model_version, len(space))
    space.put(5, "t00001", "fake/2", made[4])

    assert (MODEL, 2) == first
    assert ("fake/2", ["t00000", "t00001"]) == (space.model_version, sorted(space.rows))


def test_what_is_like_a_title_is_the_same_kept_or_not_and_follows_changes():
    made = random_vectors(400)
    space = a_space(made)
    first, again = list(space.alike("t00007")), list(space.alike("t00007"))
    space.put(401, "new", MODEL, made[7])

    assert list(space.ranked(made[7], 12)) == list(space.alike("t00007"))
    assert first == again
    assert ["new", "t00007"] == [near.title_id for near in space.alike("t00007")][:2]
    assert [] == list(space.alike("nobody"))


def test_an_empty_space_finds_nothing():
    assert [] == VectorIndex().nearest(random_vectors(1)[0], 5)
