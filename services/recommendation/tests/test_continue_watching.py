"""The Continue Watching rail: its items, and the position and episode where each resumes."""

from datetime import timedelta

import pytest

from services.kit import visibility
from services.recommendation.domain import continue_watching, home_values, signals, titles
from services.recommendation.tests import input_builders
from services.recommendation.tests.test_rails import DAY, history, home

MINUTE = timedelta(minutes=1)


def a_series(count=3):
    return input_builders.a_title(
        20, type=titles.SERIES, episodes=input_builders.episodes(*[input_builders.NOW - 30 * DAY] * count)
    )


def continued(title, *bookmarks):
    """Returns where a title continues, given its bookmarks, the latest first; None if it does not continue."""
    return continue_watching.continuations(bookmarks, input_builders.a_matrix([title])).get(title.title_id)


def ids(series):
    return [each.episode_id for each in series.episodes]


def test_a_film_resumes_at_its_bookmark_until_it_is_finished():
    film = input_builders.a_title(20)
    continuation = continued(film, input_builders.bookmark(20, minutes=30))

    assert ("", 30 * MINUTE, 90 * MINUTE, False) == (
        continuation.episode_id,
        continuation.position,
        continuation.duration,
        continuation.next_episode,
    )
    assert continued(film, input_builders.bookmark(20, watched=True)) is None


def test_a_series_resumes_within_the_episode_of_the_latest_bookmark():
    series = a_series()
    first, second, _ = ids(series)
    continuation = continued(
        series, input_builders.bookmark(20, first, minutes=4), input_builders.bookmark(20, second, minutes=9, days=1)
    )

    assert (first, 4 * MINUTE, False) == (continuation.episode_id, continuation.position, continuation.next_episode)


def test_after_a_finished_episode_the_next_one_starts_at_zero():
    series = a_series()
    first, second, _ = ids(series)
    continuation = continued(series, input_builders.bookmark(20, first, watched=True))

    assert (second, timedelta(), True) == (continuation.episode_id, continuation.position, continuation.next_episode)


def test_a_next_episode_that_was_started_before_resumes_at_its_bookmark():
    series = a_series()
    first, second, _ = ids(series)
    bookmarks = input_builders.bookmark(20, first, watched=True), input_builders.bookmark(20, second, minutes=9, days=1)
    continuation = continued(series, *bookmarks)

    assert (second, 9 * MINUTE, False) == (continuation.episode_id, continuation.position, continuation.next_episode)


@pytest.mark.parametrize("episode", ["the last", "a removed", "no"])
def test_after_the_last_episode_or_one_that_was_removed_a_series_does_not_continue(episode):
    series = a_series()
    episode_id = {"the last": ids(series)[-1], "a removed": input_builders.an_id(99), "no": ""}[episode]

    assert continued(series, input_builders.bookmark(20, episode_id, watched=True)) is None


def test_titles_are_in_the_order_of_their_latest_bookmarks():
    matrix = input_builders.a_matrix(input_builders.a_catalogue(4))
    bookmarks = [input_builders.bookmark(2), input_builders.bookmark(1, days=1), input_builders.bookmark(3, days=2)]

    assert [input_builders.an_id(number) for number in (2, 1, 3)] == list(
        continue_watching.continuations(bookmarks, matrix)
    )


def test_continue_watching_resumes_at_the_bookmarks_the_latest_first():
    title_signals = [input_builders.watched(1, 0.5), input_builders.watched(2, 0.4)]
    built = home(
        history=history(*title_signals, bookmarks=(input_builders.bookmark(2), input_builders.bookmark(1, days=1)))
    )

    assert [2, 1] == input_builders.rail(built, home_values.CONTINUE_WATCHING)
    assert home_values.CONTINUE_WATCHING == built.rails[0].kind
    item = built.rails[0].items[0]
    assert (home_values.CONTINUE, timedelta(minutes=5), timedelta(minutes=90)) == (
        item.kind,
        item.position,
        item.duration,
    )
    assert "Go on watching" == item.explanation.sentence


def test_a_finished_title_that_is_started_again_is_only_on_continue_watching():
    title_signals = [
        input_builders.watched(1),
        input_builders.watched(2),
        input_builders.listed(3),
        input_builders.liked(5),
    ]
    built = home(history=history(*title_signals, bookmarks=(input_builders.bookmark(1), input_builders.bookmark(5))))

    assert {1, 5} == set(input_builders.rail(built, home_values.CONTINUE_WATCHING))
    assert 1 == input_builders.numbers(built.items).count(1)
    assert 2 not in input_builders.numbers(built.items)


@pytest.mark.parametrize("negative_signal", [{"suppress_time": input_builders.NOW}, {"thumb": signals.THUMB_DOWN}])
def test_a_title_that_is_hidden_or_disliked_after_a_restart_is_not_continued(negative_signal):
    built = home(history=history(input_builders.watched(1, **negative_signal), bookmarks=(input_builders.bookmark(1),)))

    assert 1 not in input_builders.numbers(built.items)


def test_a_started_title_that_is_not_published_any_more_is_not_continued():
    closed = visibility.Facts(state=1, maturity_age=8)
    catalogue = [*input_builders.a_catalogue(20), input_builders.a_title(20, facts=closed)]
    built = home(
        catalogue=catalogue, history=history(input_builders.watched(20, 0.5), bookmarks=(input_builders.bookmark(20),))
    )

    assert 20 not in input_builders.numbers(built.items)
