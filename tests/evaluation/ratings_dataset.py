"""Reads the open ratings of MovieTweetings, joined to the films of the catalog by title and year."""

import gzip
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import popularity
from tests.evaluation import release_dates

FILMS = Path("catalogue") / "films.json.gz"
RATINGS = Path("ratings") / "ratings.dat"
MOVIES = Path("ratings") / "movies.dat"

SECONDS_A_DAY = 86_400.0
_LEAST_RATING = 7
_LEAST_POSITIVES = 5
_CAST = 8

_ARTICLES = re.compile(r"\b(the|a|an)\b")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_NAME = re.compile(r"^(.*) \((\d{4})\)$")


class DatasetMissing(Exception):
    """A file of the dataset is missing or damaged; the message names it."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The rated films, numbered from 0, and the positive ratings."""

    #: In the order of time; all viewers with at least five. Times are days since 1970.
    positives: popularity.Events
    names: tuple[str, ...]
    #: The text of each film that is embedded.
    texts: tuple[str, ...]
    #: The day that each film opened, as near as the catalogue tells; days since 1970.
    released: npt.NDArray[np.float64]
    #: A row a film, a column a genre.
    genre_of: npt.NDArray[np.float64]
    #: The share of all ratings that found their film.
    joined: float

    def __len__(self) -> int:
        return len(self.names)


def read(folder: Path) -> Dataset:
    """Reads the dataset in a folder. Raises DatasetMissing."""
    for name in (FILMS, RATINGS, MOVIES):
        if not (folder / name).is_file():
            raise DatasetMissing(f"{folder / name} is missing; MARQUEE_DATA names the folder of the open data sets")
    try:
        with gzip.open(folder / FILMS, "rt", encoding="utf-8") as stream:
            films: list[dict[str, Any]] = json.load(stream)
        ratings = [line.split("::") for line in (folder / RATINGS).read_text(encoding="utf-8").splitlines()]
        movies = [line.split("::") for line in (folder / MOVIES).read_text(encoding="utf-8").splitlines()]
        return _joined(films, movies, ratings)
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        raise DatasetMissing(f"the data in {folder} is not what it should be: {error}") from error


def normalize_title(title: str) -> str:
    """Returns a title without accents, articles, punctuation and case, for comparison."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", title) if not unicodedata.combining(letter))
    words = _ARTICLES.sub(" ", plain.lower().replace("&", " and "))
    return " ".join(_NO_WORD.sub(" ", words).split())


def _joined(films: list[dict[str, Any]], movies: Sequence[list[str]], ratings: Sequence[list[str]]) -> Dataset:
    film_of = _matched(films, movies)
    rows = [
        (int(viewer), film, int(rating), float(time))
        for viewer, movie, rating, time in ratings
        if (film := film_of.get(movie)) is not None
    ]
    candidates = sorted({film for _, film, _, _ in rows if films[film].get("extract")})
    place = {film: number for number, film in enumerate(candidates)}
    positive = [
        (viewer, place[film], time / SECONDS_A_DAY)
        for viewer, film, rating, time in rows
        if rating >= _LEAST_RATING and film in place
    ]
    viewers, titles, times = (np.array(column) for column in zip(*positive, strict=True))
    _, number, count = np.unique(viewers, return_inverse=True, return_counts=True)
    enough = count[number] >= _LEAST_POSITIVES
    chosen = [films[film] for film in candidates]
    return Dataset(
        positives=popularity.events(viewers[enough], titles[enough], times[enough], len(candidates)),
        names=tuple(f"{film['title']} ({film['year']})" for film in chosen),
        texts=tuple(_text(film) for film in chosen),
        released=release_dates.estimate_days(films)[candidates],
        genre_of=_genres(chosen),
        joined=len(rows) / len(ratings),
    )


def _matched(films: Sequence[dict[str, Any]], movies: Sequence[list[str]]) -> dict[str, int]:
    """Returns the film of each rated movie: the same name, the nearest year, at most one year apart."""
    named: dict[str, list[int]] = defaultdict(list)
    for number, film in enumerate(films):
        named[normalize_title(film["title"])].append(number)
    found = {}
    for movie, name, *_ in movies:
        if (reported := _NAME.match(name)) is None:
            continue
        year = int(reported[2])
        near = [(abs(films[film]["year"] - year), film) for film in named.get(normalize_title(reported[1]), ())]
        near = [each for each in near if each[0] <= 1]
        if near:
            found[movie] = min(near)[1]
    return found


def _genres(films: Sequence[dict[str, Any]]) -> npt.NDArray[np.float64]:
    names = sorted({genre for film in films for genre in film.get("genres") or ()})
    column = {genre: number for number, genre in enumerate(names)}
    found = np.zeros((len(films), len(names)))
    for row, film in enumerate(films):
        found[row, [column[genre] for genre in film.get("genres") or ()]] = 1
    return found


def _text(film: dict[str, Any]) -> str:
    reported = (
        film["title"],
        film.get("extract") or "",
        ", ".join(film.get("genres") or ()),
        ", ".join((film.get("cast") or ())[:_CAST]),
    )
    return ". ".join(part for part in reported if part)
