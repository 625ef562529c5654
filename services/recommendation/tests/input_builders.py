"""Builders of catalogues, histories and the other inputs of a home, with defaults."""

import functools
import hashlib
import itertools
import uuid
from datetime import date, timedelta

import numpy as np

from services.kit import testing, visibility
from services.recommendation.domain import feature_matrix, home_values, score_parts, signals, titles, vectors
from services.recommendation.domain import popularity as popular
from services.recommendation.tests import fakes

NOW = testing.NOW
VIEWER = visibility.Viewer(18, "US")
GENRES = ("Drama", "Mystery", "Comedy", "Sport")
PUBLISHED = visibility.Facts(state=visibility.PUBLISHED, maturity_age=8)


@functools.lru_cache
def _word(word):
    return fakes.vector(word)


@functools.lru_cache(maxsize=4096)
def _vector(text):
    return vectors.exact(sum(map(_word, text.split())))


def an_id(number):
    """Returns the id of a title by its number; ids sort like their numbers."""
    return str(uuid.UUID(int=number + 1))


def a_title(number, **changes):
    """Returns a title; the default is a drama that was released in 2016."""
    values = {
        "title_id": an_id(number),
        "revision": 1,
        "facts": PUBLISHED,
        "type": titles.FILM,
        "names": {"en": f"Title {number}", "hi": f"शीर्षक {number}"},
        "genres": ("Drama",),
        "language_code": "en",
        "release_date": date(2016, 1, 1) + timedelta(days=number),
        "duration": timedelta(minutes=90),
        **changes,
    }
    terms = {name: tuple(map(a_term, values.get(name, ()))) for name in ("genres", "moods", "themes")}
    return titles.Title(**{**values, **terms})


def a_term(name):
    """Returns a genre, a mood or a theme by its name."""
    return titles.Term(name.casefold().replace(" ", "-"), name)


def a_catalogue(count=60, **changes):
    """Returns titles of four genres in turn; every tenth title is featured."""
    return [
        a_title(number, **{"genres": (GENRES[number % len(GENRES)],), "featured": number % 10 == 0, **changes})
        for number in range(count)
    ]


def a_matrix(catalogue, epoch=1):
    return feature_matrix.build_matrix(titles.Catalogue({title.title_id: title for title in catalogue}, epoch))


def title_vectors(matrix, words=None, *, version=1, order=None):
    """Returns the vectors of titles by the given words, or by the genres and the name of each title.

    They are stored in the order of titles, or in the order that `order` returns, for example `random.sample`.
    """
    vectors_of_titles = [
        _vector((words or {}).get(title.title_id, " ".join([*(each.name for each in title.genres), title.name("en")])))
        for title in matrix.titles
    ]
    count = len(vectors_of_titles)
    positions = np.array(order(range(count), count) if order else range(count), dtype=np.int64)
    storage = np.zeros((count, len(vectors_of_titles[0]) if count else 0), dtype=np.float32)
    for vector, position in zip(vectors_of_titles, positions, strict=True):
        storage[position] = vector
    return score_parts.TitleVectors(version, fakes.MODEL, storage, positions)


def no_vectors(matrix):
    return score_parts.no_vectors(matrix)


def popularity(*watched):
    """Returns the popularity of titles, given their numbers, the most watched first."""
    count = len(watched)
    return score_parts.Popularity(
        version=hashlib.sha256(repr(watched).encode()).hexdigest(),
        at=NOW,
        title_ids=tuple(map(an_id, watched)),
        interest={score_parts.RECENT: np.array([(count - place) / count for place in range(count)])},
        counts=np.array([10.0 * (count - place) for place in range(count)]),
    )


def plays(counts):
    """Returns the popularity of titles, given how often each number was watched just now."""
    amounts = np.array([float(count) for count in counts.values()])
    return score_parts.Popularity(
        version=hashlib.sha256(repr(counts).encode()).hexdigest(),
        at=NOW,
        title_ids=tuple(map(an_id, counts)),
        interest={name: amounts.copy() for name in popular.HALF_LIVES},
        counts=amounts,
    )


def liked(number, days=1):
    return signals.TitleSignals(an_id(number), thumb=signals.THUMB_UP, rate_time=NOW - timedelta(days=days))


def disliked(number):
    return signals.TitleSignals(an_id(number), thumb=signals.THUMB_DOWN, rate_time=NOW)


def watched(number, completion=1.0, days=1, **changes):
    return signals.TitleSignals(
        an_id(number),
        completion=completion,
        finished=completion >= 1,
        watch_time=NOW - timedelta(days=days),
        **changes,
    )


def bookmark(number, episode_id="", *, minutes=5.0, length=90.0, days=0.0, watched=False):
    return signals.Bookmark(
        an_id(number),
        episode_id,
        timedelta(minutes=length if watched else minutes),
        timedelta(minutes=length),
        NOW - timedelta(days=days),
        watched,
    )


def listed(number, days=1):
    return signals.TitleSignals(an_id(number), add_time=NOW - timedelta(days=days))


def hidden(number):
    return signals.TitleSignals(an_id(number), suppress_time=NOW)


def inputs(catalogue=None, *title_signals, **changes):
    """Returns the inputs of a home; the default catalogue has 60 titles."""
    matrix = a_matrix(a_catalogue() if catalogue is None else catalogue)
    values = {
        "at": NOW,
        "viewer": VIEWER,
        "language": "en",
        "matrix": matrix,
        "vectors": title_vectors(matrix),
        "history": signals.History(titles=title_signals),
        **changes,
    }
    return home_values.Inputs(**values)


def rail(home, kind):
    """Returns the numbers of the titles on the first rail of a kind; an empty list if there is no such rail."""
    return next((numbers(rail.items) for rail in home.rails if rail.kind == kind), [])


def numbers(items):
    return [uuid.UUID(item.title_id).int - 1 for item in items]


def episodes(*times):
    """Returns episodes with the given publish times, in order."""
    counted = itertools.count(1)
    return tuple(
        titles.Episode(str(uuid.UUID(int=10_000 + number)), 1, number, time)
        for number, time in zip(counted, times, strict=False)
    )
