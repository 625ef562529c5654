"""What those who watched the same also watched, and what they watched next: trained as a job, kept as bytes.

Two lists of neighbours are learnt for each title. *Together* is EASE (Steck 2019): the closed-form item-item regression
whose diagonal is zero. *After* tells what was watched within days of something, set in relation to how much both are
watched at all. Training looks at the most watched titles only, so its memory is bounded however large the catalogue.
"""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import popularity

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
_Matrix = npt.NDArray[np.float32]

#: Begins the bytes of a model; another layout begins otherwise.
_LAYOUT = b"marquee-neighbours-1\n"
#: So many viewers are multiplied at once.
_BLOCK = 2048
_DIGITS = 6

#: What is added before the logarithm: a strength below it hardly differs from none.
_TOGETHER_FLOOR, _AFTER_FLOOR = 0.02, 0.002


class Unreadable(ValueError):
    """The bytes are not those of a model."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is trained. The values are those that served best on the validation cuts."""

    #: Titles with fewer events are not learnt about: there is nothing to be learnt from them.
    least_events: int = 3
    #: The most watched are learnt about: memory and time grow with the square and the cube of it.
    most_titles: int = 4000
    neighbours: int = 200
    #: How much evidence it takes to believe in a connection.
    ridge: float = 500.0
    #: What is watched within so many days of something else may be because of it.
    window: float = 7.0
    #: Of one viewer's events within the window, so many are paired with each.
    most_next: int = 50
    shrink: float = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """For each title of a model its neighbours, the strongest first: their places, and how strong they are."""

    places: npt.NDArray[np.int32]
    strengths: _Matrix

    def from_history(self, history: Rows, weights: Numbers) -> Numbers:
        """Returns how strongly a history, as places of the model with weights, speaks for each title of the model."""
        into = self.places[history].ravel()
        much = (self.strengths[history] * weights[:, None]).ravel()
        return np.bincount(into, much, minlength=len(self.places)).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What was learnt, about which titles; `title_ids` are in the order of places."""

    title_ids: tuple[str, ...]
    together: Neighbours
    after: Neighbours

    @property
    def version(self) -> str:
        """Names the model by its content: the same events train the same version."""
        return hashlib.sha256(to_bytes(self)).hexdigest()[:16]


def train(events: popularity.Events, title_ids: tuple[str, ...], settings: Settings | None = None) -> Model:
    """Trains a model; the same events and settings train the same model on the same machine.

    Strengths are rounded, so that another machine, which adds in another order, all but always makes the same one too.

    Args:
        events: positive ones only: completed, liked, rated highly.
        title_ids: by their numbers in the events.
        settings: how; the default is what the home uses.
    """
    how = settings or Settings()
    chosen = _most_watched(events.counts(), how)
    place = np.full(events.size, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    kept = place[events.titles] >= 0
    seen = popularity.Events(events.viewers[kept], place[events.titles[kept]], events.times[kept], len(chosen))
    return Model(
        title_ids=tuple(title_ids[title] for title in chosen),
        together=_truncated(_ease(seen, how.ridge), how.neighbours),
        after=_truncated(_followers(seen, how), how.neighbours),
    )


def together(model: Model, history: Rows, weights: Numbers) -> Numbers:
    """Returns how strongly the whole history speaks for each title of the model; 0 and above, most below 1."""
    return np.maximum(model.together.from_history(history, weights), 0.0)


def after(model: Model, history: Rows, ages: Numbers, *, last: int = 5, half_life: float = 5.0) -> Numbers:
    """Returns what usually comes after the last things that were watched.

    Args:
        model: the trained model.
        history: places of the model in the order of time.
        ages: how many days ago each was watched.
        last: how many of the history, from its end, are looked at.
        half_life: the days after which what was watched says half as much of what comes next.
    """
    weights = np.exp2(-np.maximum(ages[-last:], 0.0) / half_life)
    return model.after.from_history(history[-last:], weights)


def signals(strong: Numbers, following: Numbers) -> dict[str, Numbers]:
    """Returns the signals of the blend, by name, from what `together` and `after` answered; 0 where nothing speaks."""
    return {
        "together": np.log1p(strong / _TOGETHER_FLOOR),
        # Who should long have seen it and has not will hardly do so now: what is strongest counts a little less.
        "overdue": strong,
        "after": np.log1p(following / _AFTER_FLOOR),
    }


def to_bytes(model: Model) -> bytes:
    """Returns a model as bytes, the same for the same model on every machine."""
    stream = io.BytesIO()
    stream.write(_LAYOUT)
    names = np.frombuffer("\n".join(model.title_ids).encode(), dtype=np.uint8)
    for array, kind in (
        (names, "u1"),
        (model.together.places, "<i4"),
        (model.together.strengths, "<f4"),
        (model.after.places, "<i4"),
        (model.after.strengths, "<f4"),
    ):
        np.save(stream, array.astype(kind), allow_pickle=False)
    return stream.getvalue()


def from_bytes(told: bytes) -> Model:
    """Returns the model in bytes; fails with `Unreadable`."""
    if not told.startswith(_LAYOUT):
        raise Unreadable("the bytes do not begin as a model of this layout does")
    stream = io.BytesIO(told[len(_LAYOUT) :])
    try:
        names, *arrays = (np.load(stream, allow_pickle=False) for _ in range(5))
    except (ValueError, EOFError, OSError) as error:
        raise Unreadable(f"the bytes of a model are damaged: {error}") from error
    text = names.tobytes().decode()
    title_ids = tuple(text.split("\n")) if text else ()
    if any(array.shape[:1] != (len(title_ids),) for array in arrays):
        raise Unreadable("the arrays of a model differ in length")
    return Model(title_ids, Neighbours(arrays[0], arrays[1]), Neighbours(arrays[2], arrays[3]))


def _most_watched(counts: Numbers, how: Settings) -> Rows:
    enough = np.flatnonzero(counts >= how.least_events)
    order = np.lexsort((enough, -counts[enough]))
    return np.sort(enough[order][: how.most_titles])


def _ease(events: popularity.Events, ridge: float) -> _Matrix:
    size = events.size
    gram = np.zeros((size, size), dtype=np.float32)
    _, rows = np.unique(events.viewers, return_inverse=True)
    order = np.argsort(rows, kind="stable")
    rows, titles = rows[order], events.titles[order]
    for begin in range(0, int(rows[-1]) + 1 if len(rows) else 0, _BLOCK):
        first, last = np.searchsorted(rows, (begin, begin + _BLOCK))
        watched = np.zeros((_BLOCK, size), dtype=np.float32)
        watched[rows[first:last] - begin, titles[first:last]] = 1
        gram += watched.T @ watched
    gram[np.diag_indices(size)] += ridge
    # In place: each copy of a matrix of this size is tens of megabytes.
    weights: _Matrix = np.linalg.inv(gram)
    weights /= -np.diag(weights)
    weights[np.diag_indices(size)] = 0
    return weights


def _followers(events: popularity.Events, how: Settings) -> _Matrix:
    size = events.size
    counts = events.counts()
    order = np.lexsort((np.arange(len(events)), events.viewers))
    viewers, titles, times = events.viewers[order], events.titles[order], events.times[order]
    _, of_viewer, lengths = np.unique(viewers, return_inverse=True, return_counts=True)
    much = 1.0 / np.sqrt(lengths[of_viewer])
    pairs = np.zeros((size, size), dtype=np.float32)
    for step in range(1, min(how.most_next, len(titles) - 1) + 1):
        near = (viewers[step:] == viewers[:-step]) & (times[step:] - times[:-step] <= how.window)
        if not near.any():
            break
        np.add.at(pairs, (titles[:-step][near], titles[step:][near]), much[step:][near])
    scale = np.sqrt(counts + how.shrink).astype(np.float32)
    pairs /= scale[:, None]
    pairs /= scale[None, :]
    return pairs


def _truncated(weights: _Matrix, most: int) -> Neighbours:
    """Keeps of each row what is strongest, by its amount; of equals, what comes first."""
    size = len(weights)
    most = min(most, size)
    places = np.zeros((size, most), dtype=np.int32)
    strengths = np.zeros((size, most), dtype=np.float32)
    for place in range(size):
        row = np.round(weights[place], _DIGITS)
        best = np.argsort(-np.abs(row), kind="stable")[:most]
        places[place], strengths[place] = best, row[best]
    return Neighbours(places, strengths)
