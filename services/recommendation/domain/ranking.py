"""Ranks titles for one viewer: parts added up, likeness to what stands above taken off, each part traced to its signal.

A `RankingContext` holds the titles of one home. A title that one rail has taken is not available to the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import (
    continue_watching,
    explanations,
    features,
    homes,
    linear_model,
    popularity,
    scoring,
    signals,
    weights,
)
from services.recommendation.domain.explanations import Contribution, Explanation
from services.recommendation.domain.feature_matrix import Mask, Numbers
from services.recommendation.domain.vectors import Vector

Rows = npt.NDArray[np.int64]

#: How many candidates there are for each place, for the diversity to choose from.
_CANDIDATES = 12
#: How many signals may be named as the cause of something.
_NAMEABLE = 100

#: The parts of a score by name, and the source that each is told as.
PARTS: Mapping[str, int] = {
    "liked": scoring.CONTENT,
    "leaning": scoring.CONTENT,
    "disliked": scoring.CONTENT,
    "collaborative": scoring.COLLABORATIVE,
    "popularity": scoring.POPULARITY,
    "newness": scoring.NEWNESS,
    "genre": scoring.PREFERENCE,
    "language": scoring.PREFERENCE,
    "curation": scoring.CURATION,
    "trend": scoring.POPULARITY,
    "release": scoring.NEWNESS,
}
#: How the parts count where nothing else is said: editors, trends and releases speak on rails of their own.
BLEND: Mapping[str, float] = {part: 1.0 for part in PARTS if part not in {"curation", "trend", "release"}}


@dataclass(frozen=True, slots=True)
class _Blended:
    """Parts of every title, each as much as it counts, and what they add up to."""

    parts: Mapping[str, Numbers]
    total: Numbers


class RankingContext:
    """The titles that a home may show, with all that ranks them.

    Args:
        inputs: what the home is decided from.
    """

    def __init__(self, inputs: homes.Inputs) -> None:
        shelf, history = inputs.shelf, inputs.history
        self.inputs = inputs
        self.today = inputs.at.date()
        self.told = {each.title_id: each for each in history.titles}
        self.ledger = signals.ledger(history.titles, inputs.preferences, inputs.paused, inputs.at)
        self.taste = scoring.taste(self.ledger, shelf, inputs.meaning)
        self.visible = shelf.visible(inputs.viewer, inputs.at)
        banned = (each.title_id for each in history.titles if each.banned)
        #: What may be recommended.
        self.allowed = self.visible & ~shelf.mask((*banned, *history.excluded))
        #: What may be recommended, and was not taken by a rail yet.
        self.free = self.allowed.copy()
        self.continuations = continue_watching.continuations(history.bookmarks, shelf)
        ended = (each.title_id for each in history.titles if each.finished and not each.refused)
        self._ended = self.visible & shelf.mask(ended)
        known = (e.title_id for e in history.titles if e.begun or e.thumb or e.add_time is not None)
        #: What the viewer has not come across by itself.
        self.unmet = ~shelf.mask(known)
        self.blend = features.BlendFeatures(inputs, self.taste)
        self.counts = self.blend.counts
        self.recent = self.blend.interest.get(scoring.RECENT, np.zeros(len(shelf)))
        self.genres = [each.word for each in self.ledger if each.kind == signals.GENRE and each.weight]
        self.languages = [each.word for each in self.ledger if each.kind == signals.LANGUAGE and each.weight]
        self.parts = self._parts()
        self._known_blends: dict[tuple[tuple[str, float], ...], _Blended] = {}
        self._nameable = self._likings()

    @property
    def known(self) -> bool:
        """Whether anything is known of what the viewer likes."""
        return any(each.weight > 0 for each in self.ledger)

    def row(self, title_id: str) -> int | None:
        """Returns the row of a title that may be recommended and is on no rail yet; None if it may not."""
        row = self.inputs.shelf.rows.get(title_id)
        return row if row is not None and self.free[row] else None

    def own_row(self, title_id: str, *, finished: bool = False) -> int | None:
        """Returns the row of a title that may be on a list of the viewer's own, whichever rails it is on.

        Args:
            title_id: the title.
            finished: whether one that was watched to its end may be, too: the viewer started it again.
        """
        row = self.inputs.shelf.rows.get(title_id)
        if row is None or not (self.allowed[row] or (finished and self._ended[row])):
            return None
        return row

    def name(self, title_id: str) -> str:
        """Returns the name of a title that the viewer may know of; empty if it may not."""
        row = self.inputs.shelf.rows.get(title_id)
        if row is None or not self.visible[row]:
            return ""
        return self.inputs.shelf.titles[row].name(self.inputs.language)

    def take(self, items: Iterable[homes.Item]) -> tuple[homes.Item, ...]:
        """Returns items that are on a rail from now on, and on no other."""
        taken = tuple(items)
        for item in taken:
            self.free[self.inputs.shelf.rows[item.title_id]] = False
        return taken

    def rank(
        self,
        among: Mask,
        limit: int,
        emphasis: Mapping[str, float] = BLEND,
        *,
        diverse: bool = True,
        extra: tuple[str, Numbers, Sequence[Contribution]] | None = None,
        parts: Mapping[str, Numbers] | None = None,
        pool: int = 0,
    ) -> list[homes.Item]:
        """Returns the best of some titles, the best first; takes none of them.

        Args:
            among: which titles may be answered.
            limit: how many to answer at most.
            emphasis: how much each part counts.
            diverse: whether what is like an item above makes room for others.
            extra: a part of its own: its name, its values, and whom to thank for it.
            parts: what to rank by instead of what the home is ranked by.
            pool: the most that is ever answered of this list, if that is more: what stands above is then the same.
        """
        known = self.parts if parts is None else parts
        blended = self._blended(emphasis) if parts is None else _added(parts, emphasis, len(self.free))
        told, rows = dict(blended.parts), np.flatnonzero(self.free & among)
        total = blended.total[rows]
        if extra is not None:
            told[extra[0]] = scoring.quantised(extra[1])
            total += told[extra[0]][rows]
        best = _best(total, max(limit, pool) * _CANDIDATES)
        weight = self.inputs.weights.diversity if diverse else 0.0
        chosen = self._spread(rows[best], total[best], limit, weight)
        by_taste = "liked" in told and (extra is None or extra[0] != "liked")
        strengths = self._strengths([int(rows[best[place]]) for place, _ in chosen]) if by_taste else []
        items = []
        for number, (place, lost) in enumerate(chosen):
            row = int(rows[best[place]])
            found = [Contribution(scoring.DIVERSITY, -lost)] if lost else []
            for part, values in told.items():
                value = float(values[row])
                if extra is not None and part == extra[0]:
                    found += [Contribution(each.source, value, each.signal_id, each.title_id) for each in extra[2]]
                elif part == "liked" and strengths:
                    found += explanations.split(value, strengths[number], scoring.CONTENT)
                elif value:
                    recent = PARTS[part] == scoring.POPULARITY and _is_recent(part, known, row)
                    found.append(Contribution(PARTS[part], value, self._asker(part, row), recent=recent))
            items.append(self.item(row, found))
        return items

    def item(self, row: int, contributions: Sequence[Contribution], *, own: str = "", **more: object) -> homes.Item:
        """Returns a title as an item, with its sentence."""
        title = self.inputs.shelf.titles[row]
        ranked = explanations.ordered(contributions)
        # Not kept: a floor that referred to itself would hold its arrays, some megabytes, until somebody sweeps.
        words = explanations.Words(self.inputs.language, self.name, self.inputs.shelf.genre_names)
        said = explanations.sentence(ranked, words, released=title.release_date, today=self.today, own=own)
        return homes.Item(title.title_id, Explanation(said, ranked), **more)  # type: ignore[arg-type]

    def fitted(self, weights: linear_model.Weights) -> dict[str, Numbers]:
        """Returns the parts of a blend with these weights, and what was asked for and not liked beside them."""
        inputs = self.inputs
        found = self.blend.parts(weights)
        if self.blend.disliked is not None:
            found["disliked"] = -inputs.weights.content * scoring.dislike(self.blend.disliked)
        found |= features.explicit(inputs, self.genres, self.languages)
        return {name: scoring.quantised(values) for name, values in found.items()}

    def _blended(self, emphasis: Mapping[str, float]) -> _Blended:
        """Returns the parts of the home added up; most rails add them up alike."""
        key = tuple(emphasis.items())
        if key not in self._known_blends:
            self._known_blends[key] = _added(self.parts, emphasis, len(self.free))
        return self._known_blends[key]

    def _parts(self) -> dict[str, Numbers]:
        shelf = self.inputs.shelf
        return {
            **self.fitted(weights.HOME),
            "curation": shelf.featured.astype(np.float64),
            "trend": scoring.quantised(popularity.heat(self.recent)),
            "release": scoring.quantised(scoring.newness(shelf, self.inputs.at)),
        }

    def _spread(self, rows: Rows, score: Numbers, limit: int, weight: float) -> list[tuple[int, float]]:
        """Returns the places of rows in their order, with what each loses for being like those above it."""
        if not weight:
            return [(place, 0.0) for place in range(min(limit, len(rows)))]
        left, lost = score.copy(), np.zeros(len(rows))
        losses = scoring.quantised(weight * _likeness(self.inputs, rows))
        # Who asks what a weight below nothing would do is told: what is alike gains.
        closest = np.maximum if weight > 0 else np.minimum
        chosen: list[tuple[int, float]] = []
        while len(chosen) < min(limit, len(rows)):
            place = int(np.argmax(left - lost))
            chosen.append((place, float(lost[place])))
            left[place] = -np.inf
            closest(lost, losses[place], out=lost)
        return chosen

    def _strengths(self, rows: Sequence[int]) -> list[explanations.Strengths]:
        """Returns for each row which signals pull towards it most, and how strongly all do together."""
        taste, (liked, weights, directions, nameable) = self.taste, self._nameable
        if not liked or not rows:
            return [explanations.Strengths() for _ in rows]
        pulls = np.maximum(self.inputs.meaning.pulls(rows, directions), 0.0) * weights
        order = np.argsort(-np.where(nameable, pulls, -1.0), axis=1, kind="stable")[:, : explanations.NAMED]
        found = []
        for pull, best in zip(pulls, order, strict=True):
            named = [(taste.counted[liked[at]], float(pull[at])) for at in best if nameable[at] and pull[at] > 0]
            pieces = tuple((each.signal_id, each.title_id, much) for each, much in named)
            found.append(explanations.Strengths(pieces, float(pull.sum())))
        return found

    def _likings(self) -> tuple[list[int], Numbers, Vector, Mask]:
        """Returns the signals that may be the cause of something: which they are, their weights and directions."""
        taste = self.taste
        liked = [place for place, each in enumerate(taste.counted) if each.weight > 0][:_NAMEABLE]
        rows = np.array([taste.rows[place] for place in liked], dtype=np.int64)
        weights_of = np.array([taste.counted[place].weight for place in liked])
        return liked, weights_of, self.inputs.meaning.directions(rows), self.visible[rows]

    def _asker(self, part: str, row: int) -> str:
        """Returns the preference that a part comes from."""
        shelf = self.inputs.shelf
        if part == "genre":
            own = {genre.term_id for genre in shelf.titles[row].genres}
            asked = (each for each in self.genres if each in own)
            return next((signals.signal_id(signals.GENRE, each) for each in asked), "")
        if part == "language":
            spoken = shelf.titles[row].language_code
            asked = (each for each in self.languages if each in {spoken, spoken.partition("-")[0]})
            return next((signals.signal_id(signals.LANGUAGE, each) for each in asked), "")
        return ""


def _added(parts: Mapping[str, Numbers], emphasis: Mapping[str, float], size: int) -> _Blended:
    """Adds parts of so many titles up, each as much as it counts."""
    told = {
        part: parts[part] if much == 1.0 else scoring.quantised(parts[part] * much)
        for part, much in emphasis.items()
        if part in parts
    }
    total = np.zeros(size)
    for values in told.values():
        total += values
    return _Blended(told, total)


def _is_recent(part: str, known: Mapping[str, Numbers], row: int) -> bool:
    """Whether more than half of a title's popularity is of late; a trend is nothing else."""
    return part == "trend" or ("recent" in known and bool(2 * known["recent"][row] > known[part][row]))


def _best(total: Numbers, most: int) -> Rows:
    """Returns the places of the highest totals, the highest first; of equals, those that come first."""
    places = np.arange(len(total))
    if len(total) > most:
        floor = np.partition(total, len(total) - most)[len(total) - most]
        places = np.flatnonzero(total >= floor)
    order = np.lexsort((places, -total[places]))
    return places[order][:most]


def _likeness(inputs: homes.Inputs, rows: Rows) -> Numbers:
    """Returns how like each of some titles is to each: in meaning, or in genres where there is no meaning."""
    if not inputs.meaning.empty:
        vectors = inputs.meaning.vectors(rows)
        return np.maximum((vectors @ vectors.T).astype(np.float64), 0.0)
    genres = inputs.shelf.genre_of[rows].astype(np.float64)
    both, sizes = genres @ genres.T, genres.sum(axis=1)
    return np.asarray(both / np.maximum(sizes[:, None] + sizes - both, 1.0))
