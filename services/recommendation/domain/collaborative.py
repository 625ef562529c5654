"""The collaborative model: which titles the same viewers watch, and which they watch next.

Training finds two lists of neighbors for each title. *Together* is EASE (Steck 2019): the closed-form item-item
regression whose diagonal is zero. *After* counts what is watched within days of a title, relative to how much both are
watched at all. Training uses only the most watched titles, so its memory is bounded for a catalogue of any size.
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

#: The first bytes of an encoded model. Another layout has to begin differently.
_LAYOUT = b"marquee-neighbours-1\n"
#: How many viewers are multiplied at once.
_BLOCK = 2048
_DIGITS = 6

#: The strengths below which the logarithmic scales are flat.
_TOGETHER_FLOOR, _AFTER_FLOOR = 0.02, 0.002


class ModelUnreadable(ValueError):
    """The bytes are not those of a model."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is trained. The defaults were the best ones on the validation splits."""

    #: Titles with fewer events are left out.
    min_events: int = 3
    #: The most watched titles are used: memory and time grow with the square and the cube of their number.
    max_titles: int = 4000
    neighbors: int = 200
    #: The regularization of the regression.
    ridge: float = 500.0
    #: Titles that are watched within so many days of each other are paired.
    window: float = 7.0
    #: How many of a viewer's events within the window are paired with each.
    max_next: int = 50
    shrink: float = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Neighbors:
    """The neighbors of each title of a model, the strongest first: their positions in the model, and strengths."""

    positions: npt.NDArray[np.int32]
    strengths: _Matrix

    def from_history(self, history: Rows, weights: Numbers) -> Numbers:
        """Returns the strength of each title of the model for a history: positions in the model with weights."""
        neighbors = self.positions[history].ravel()
        strengths = (self.strengths[history] * weights[:, None]).ravel()
        return np.bincount(neighbors, strengths, minlength=len(self.positions)).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A trained model; `title_ids` are in the order of positions."""

    title_ids: tuple[str, ...]
    together: Neighbors
    after: Neighbors

    @property
    def version(self) -> str:
        """The digest of the model: the same events train the same version."""
        return hashlib.sha256(to_bytes(self)).hexdigest()[:16]


def train(events: popularity.Events, title_ids: tuple[str, ...], settings: Settings | None = None) -> Model:
    """Trains a model; the same events and settings train the same model on the same machine.

    Strengths are rounded, so that another machine, which adds in another order, almost always trains the same one too.

    Args:
        events: positive ones only: completed, liked, rated highly.
        title_ids: the ids of titles, by their numbers in the events.
        settings: how to train; the default is what the home uses.
    """
    settings = settings or Settings()
    chosen = _most_watched(events.counts(), settings)
    positions = np.full(events.size, -1, dtype=np.int64)
    positions[chosen] = np.arange(len(chosen))
    used = positions[events.titles] >= 0
    seen = popularity.Events(events.viewers[used], positions[events.titles[used]], events.times[used], len(chosen))
    return Model(
        title_ids=tuple(title_ids[title] for title in chosen),
        together=_truncated(_ease(seen, settings.ridge), settings.neighbors),
        after=_truncated(_successors(seen, settings), settings.neighbors),
    )


def together(model: Model, history: Rows, weights: Numbers) -> Numbers:
    """Returns the strength of each title of the model for the whole history; 0 and above, mostly below 1."""
    return np.maximum(model.together.from_history(history, weights), 0.0)


def after(model: Model, history: Rows, ages: Numbers, *, last: int = 5, half_life: float = 5.0) -> Numbers:
    """Returns how strongly each title of the model usually follows the last titles of a history.

    Args:
        model: the trained model.
        history: positions in the model, in the order of time.
        ages: how many days ago each was watched.
        last: how many titles from the end of the history count.
        half_life: the days after which a title counts half.
    """
    weights = np.exp2(-np.maximum(ages[-last:], 0.0) / half_life)
    return model.after.from_history(history[-last:], weights)


def signals(together: Numbers, after: Numbers) -> dict[str, Numbers]:
    """Returns the collaborative signals by name, from the results of `together` and `after`."""
    return {
        "together": np.log1p(together / _TOGETHER_FLOOR),
        # A viewer who has not watched a very strong title so far will hardly do so now.
        "overdue": together,
        "after": np.log1p(after / _AFTER_FLOOR),
    }


def to_bytes(model: Model) -> bytes:
    """Returns a model as bytes, the same for the same model on every machine."""
    stream = io.BytesIO()
    stream.write(_LAYOUT)
    names = np.frombuffer("\n".join(model.title_ids).encode(), dtype=np.uint8)
    for array, kind in (
        (names, "u1"),
        (model.together.positions, "<i4"),
        (model.together.strengths, "<f4"),
        (model.after.positions, "<i4"),
        (model.after.strengths, "<f4"),
    ):
        np.save(stream, array.astype(kind), allow_pickle=False)
    return stream.getvalue()


def from_bytes(encoded: bytes) -> Model:
    """Returns an encoded model. Raises ModelUnreadable."""
    if not encoded.startswith(_LAYOUT):
        raise ModelUnreadable("the bytes do not begin as a model of this layout does")
    stream = io.BytesIO(encoded[len(_LAYOUT) :])
    try:
        names, *arrays = (np.load(stream, allow_pickle=False) for _ in range(5))
    except (ValueError, EOFError, OSError) as error:
        raise ModelUnreadable(f"the bytes of a model are damaged: {error}") from error
    text = names.tobytes().decode()
    title_ids = tuple(text.split("\n")) if text else ()
    if any(array.shape[:1] != (len(title_ids),) for array in arrays):
        raise ModelUnreadable("the arrays of a model differ in length")
    return Model(title_ids, Neighbors(arrays[0], arrays[1]), Neighbors(arrays[2], arrays[3]))


def _most_watched(counts: Numbers, settings: Settings) -> Rows:
    enough = np.flatnonzero(counts >= settings.min_events)
    order = np.lexsort((enough, -counts[enough]))
    return np.sort(enough[order][: settings.max_titles])


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


def _successors(events: popularity.Events, settings: Settings) -> _Matrix:
    size = events.size
    counts = events.counts()
    order = np.lexsort((np.arange(len(events)), events.viewers))
    viewers, titles, times = events.viewers[order], events.titles[order], events.times[order]
    _, of_viewer, lengths = np.unique(viewers, return_inverse=True, return_counts=True)
    weights = 1.0 / np.sqrt(lengths[of_viewer])
    pairs = np.zeros((size, size), dtype=np.float32)
    for step in range(1, min(settings.max_next, len(titles) - 1) + 1):
        near = (viewers[step:] == viewers[:-step]) & (times[step:] - times[:-step] <= settings.window)
        if not near.any():
            break
        np.add.at(pairs, (titles[:-step][near], titles[step:][near]), weights[step:][near])
    scale = np.sqrt(counts + settings.shrink).astype(np.float32)
    pairs /= scale[:, None]
    pairs /= scale[None, :]
    return pairs


def _truncated(weights: _Matrix, limit: int) -> Neighbors:
    """Returns the strongest entries of each row by their absolute value; of equal ones, those that come first."""
    size = len(weights)
    limit = min(limit, size)
    positions = np.zeros((size, limit), dtype=np.int32)
    strengths = np.zeros((size, limit), dtype=np.float32)
    for number in range(size):
        row = np.round(weights[number], _DIGITS)
        strongest = np.argsort(-np.abs(row), kind="stable")[:limit]
        positions[number], strengths[number] = strongest, row[strongest]
    return Neighbors(positions, strengths)
