"""Tests of nearness in meaning, genre and age."""

import numpy as np

from services.recommendation.domain import genre_and_age_taste
from tests.evaluation import content_signals

NONE = np.zeros(0, np.int64)
VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [0, 0]], dtype=np.float32)
GENRES = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=np.float64)


def test_a_centroid_is_nearest_to_what_was_watched():
    close = content_signals.centroid(VECTORS, np.array([0]), np.ones(1))

    assert [0, 1, 2, 3] == np.argsort(-close, kind="stable").tolist()
    assert np.isclose(1.0, close[0])


def test_without_a_history_nothing_is_near():
    assert not content_signals.centroid(VECTORS, NONE, np.zeros(0)).any()
    assert not content_signals.nearest(VECTORS, NONE).any()


def test_two_tastes_are_both_near_though_their_mean_is_neither():
    apart = np.eye(4, dtype=np.float32)
    history = np.array([0, 0, 1, 1])

    assert np.allclose([1, 1, 0, 0], content_signals.nearest(apart, history))


def test_vectors_lose_what_they_share_and_keep_length_one():
    found = content_signals.center(np.array([[3, 1], [3, -1]], dtype=np.float32))

    assert np.allclose([[0, 1], [0, -1]], found)


def test_a_vector_that_is_what_all_share_becomes_nothing():
    assert not content_signals.center(np.ones((2, 2), dtype=np.float32)).any()


def test_a_genre_that_is_watched_more_than_usual_speaks_for_its_titles():
    usual = content_signals.genre_shares(GENRES, np.array([0, 1, 2, 2]))

    taste = genre_and_age_taste.genre_taste(GENRES, usual, np.array([0, 0, 1]))

    assert taste[0] == taste[1] > 0 > taste[2]
    assert 0.0 == taste[3]


def test_who_watches_what_everybody_watches_has_no_taste():
    usual = content_signals.genre_shares(GENRES, np.array([0, 2]))

    assert np.allclose(0, genre_and_age_taste.genre_taste(GENRES, usual, NONE))


def test_who_watches_old_films_is_shown_old_films():
    usual = genre_and_age_taste.age_shares(np.array([10.0, 10, 9000, 9000]))

    taste = genre_and_age_taste.age_taste(np.array([10.0, 9000.0]), usual, np.array([9000.0, 8500.0]))

    assert taste[1] > 0 > taste[0]
