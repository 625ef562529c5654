"""Continue Watching: what is on it, where it resumes, and that it is shown to nobody who may not see it."""

from datetime import timedelta

import pytest

from services.kit import visibility
from services.recommendation.domain import continue_watching, home_values, signals, titles
from services.recommendation.tests import scenarios
from services.recommendation.tests.test_rails import DAY, history, home

MINUTE = timedelta(minutes=1)


def a_series(count=3):
    return scenarios.a_title(20, type=titles.SERIES, episodes=scenarios.episodes(*[scenarios.NOW - 30 * DAY] * count))


def continued(title, *bookmarks):
    """Where a title continues after bookmarks, the latest first; None if it does not."""
    return continue_watching.continuations(bookmarks, scenarios.a_matrix([title])).get(title.title_id)


def ids(series):
    return [each.episode_id for each in series.episodes]


def test_a_film_resumes_at_its_bookmark_and_ends_with_it():
    film = scenarios.a_title(20)
    at = continued(film, scenarios.bookmark(20, minutes=30))

    assert ("", 30 * MINUTE, 90 * MINUTE, False) == (at.episode_id, at.position, at.duration, at.next_episode)
    assert continued(film, scenarios.bookmark(20, watched=True)) is None


def test_within_an_episode_a_series_resumes_there():
    series = a_series()
    first, second, _ = ids(series)
    at = continued(series, scenarios.bookmark(20, first, minutes=4), scenarios.bookmark(20, second, minutes=9, days=1))

    assert (first, 4 * MINUTE, False) == (at.episode_id, at.position, at.next_episode)


def test_after_a_finished_episode_the_next_one_follows_at_its_start():
    series = a_series()
    first, second, _ = ids(series)
    at = continued(series, scenarios.bookmark(20, first, watched=True))

    assert (second, timedelta(), True) == (at.episode_id, at.position, at.next_episode)


def test_a_next_episode_that_was_started_before_resumes_at_its_bookmark():
    series = a_series()
    first, second, _ = ids(series)
    marks = scenarios.bookmark(20, first, watched=True), scenarios.bookmark(20, second, minutes=9, days=1)
    at = continued(series, *marks)

    assert (second, 9 * MINUTE, False) == (at.episode_id, at.position, at.next_episode)


@pytest.mark.parametrize("episode", ["the last", "a removed", "no"])
def test_after_the_last_episode_or_one_that_was_removed_a_series_does_not_continue(episode):
    series = a_series()
    episode_id = {"the last": ids(series)[-1], "a removed": scenarios.an_id(99), "no": ""}[episode]

    assert continued(series, scenarios.bookmark(20, episode_id, watched=True)) is None


def test_titles_are_in_the_order_of_their_latest_bookmarks():
    matrix = scenarios.a_matrix(scenarios.a_catalogue(4))
    marks = [scenarios.bookmark(2), scenarios.bookmark(1, days=1), scenarios.bookmark(3, days=2)]

    assert [scenarios.an_id(number) for number in (2, 1, 3)] == list(continue_watching.continuations(marks, matrix))


def test_continue_watching_resumes_at_the_bookmarks_the_latest_first():
    told = [scenarios.watched(1, 0.5), scenarios.watched(2, 0.4)]
    decided = home(history=history(*told, bookmarks=(scenarios.bookmark(2), scenarios.bookmark(1, days=1))))

    assert [2, 1] == scenarios.rail(decided, home_values.CONTINUE_WATCHING)
    assert home_values.CONTINUE_WATCHING == decided.rails[0].kind
    item = decided.rails[0].items[0]
    assert (home_values.CONTINUE, timedelta(minutes=5), timedelta(minutes=90)) == (
        item.kind,
        item.position,
        item.duration,
    )
    assert "Go on watching" == item.explanation.sentence


def test_what_was_finished_and_is_started_again_is_continued_and_recommended_nowhere_else():
    told = [scenarios.watched(1), scenarios.watched(2), scenarios.listed(3), scenarios.liked(5)]
    decided = home(history=history(*told, bookmarks=(scenarios.bookmark(1), scenarios.bookmark(5))))

    assert {1, 5} == set(scenarios.rail(decided, home_values.CONTINUE_WATCHING))
    assert 1 == scenarios.numbers(decided.items).count(1)
    assert 2 not in scenarios.numbers(decided.items)


@pytest.mark.parametrize("refused", [{"suppress_time": scenarios.NOW}, {"thumb": signals.THUMB_DOWN}])
def test_what_was_started_again_and_then_refused_is_not_continued(refused):
    decided = home(history=history(scenarios.watched(1, **refused), bookmarks=(scenarios.bookmark(1),)))

    assert 1 not in scenarios.numbers(decided.items)


def test_what_was_started_and_is_not_published_any_more_is_not_continued():
    closed = visibility.Facts(state=1, maturity_age=8)
    some = [*scenarios.a_catalogue(20), scenarios.a_title(20, facts=closed)]
    decided = home(some=some, history=history(scenarios.watched(20, 0.5), bookmarks=(scenarios.bookmark(20),)))

    assert 20 not in scenarios.numbers(decided.items)
