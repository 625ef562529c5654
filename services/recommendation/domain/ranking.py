"""Ranks titles for one viewer: sums the parts of a score, diversifies, and traces each part to its signal.

A `RankingContext` holds the titles of one home. A title that one rail has taken is not available to the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import (
    blend_features,
    continue_watching,
    explanations,
    home_values,
    linear_model,
    popularity,
    score_parts,
    signals,
    weights,
)
from services.recommendation.domain.explanations import Contribution, Explanation
from services.recommendation.domain.feature_matrix import Mask, Numbers
from services.recommendation.domain.vectors import Vector

Rows = npt.NDArray[np.int64]

#: How many candidates there are for each place, for the diversification to choose from.
_CANDIDATES_PER_PLACE = 12
#: How many signals may be named as the cause of a recommendation.
_MAX_CAUSES = 100

#: The parts of a score by name, and the source that each is explained as.
PARTS: Mapping[str, int] = {
    "liked": score_parts.CONTENT,
    "leaning": score_parts.CONTENT,
    "disliked": score_parts.CONTENT,
    "collaborative": score_parts.COLLABORATIVE,
    "popularity": score_parts.POPULARITY,
    "newness": score_parts.NEWNESS,
    "genre": score_parts.PREFERENCE,
    "language": score_parts.PREFERENCE,
    "curation": score_parts.CURATION,
    "trend": score_parts.POPULARITY,
    "release": score_parts.NEWNESS,
}
#: The default emphasis. Curation, trends and releases count on rails of their own.
BLEND: Mapping[str, float] = {part: 1.0 for part in PARTS if part not in {"curation", "trend", "release"}}


@dataclass(frozen=True, slots=True)
class _Blended:
    """The parts of every title with their emphasis, and their sum."""

    parts: Mapping[str, Numbers]
    total: Numbers


class RankingContext:
    """The titles that a home may show, and everything that they are ranked by.

    Args:
        inputs: the inputs of the home.
    """

    def __init__(self, inputs: home_values.Inputs) -> None:
        matrix, history = inputs.matrix, inputs.history
        self.inputs = inputs
        self.today = inputs.at.date()
        self.signals_by_title = {each.title_id: each for each in history.titles}
        self.taste_signals = signals.list_signals(history.titles, inputs.preferences, inputs.paused, inputs.at)
        self.taste = score_parts.compute_taste(self.taste_signals, matrix, inputs.vectors)
        self.visible = matrix.visible(inputs.viewer, inputs.at)
        unwanted = (each.title_id for each in history.titles if each.unwanted)
        #: The titles that may be recommended.
        self.allowed = self.visible & ~matrix.mask((*unwanted, *history.excluded))
        #: The titles that may be recommended and that no rail has taken yet.
        self.available = self.allowed.copy()
        self.continuations = continue_watching.continuations(history.bookmarks, matrix)
        finished = (each.title_id for each in history.titles if each.finished and not each.refused)
        self._finished = self.visible & matrix.mask(finished)
        familiar = (each.title_id for each in history.titles if each.started or each.thumb or each.add_time is not None)
        #: The titles that the viewer has not watched, rated or listed.
        self.unfamiliar = ~matrix.mask(familiar)
        self.blend = blend_features.BlendFeatures(inputs, self.taste)
        self.counts = self.blend.counts
        self.recent_interest = self.blend.interest.get(score_parts.RECENT, np.zeros(len(matrix)))
        self.preferred_genres = [
            each.value for each in self.taste_signals if each.kind == signals.GENRE and each.weight
        ]
        self.preferred_languages = [
            each.value for each in self.taste_signals if each.kind == signals.LANGUAGE and each.weight
        ]
        self.parts = self._all_parts()
        self._blends: dict[tuple[tuple[str, float], ...], _Blended] = {}
        self._causes = self._find_causes()

    @property
    def has_liking(self) -> bool:
        """Whether anything is known that the viewer likes."""
        return any(each.weight > 0 for each in self.taste_signals)

    def available_row(self, title_id: str) -> int | None:
        """Returns the row of a title that may be recommended and is on no rail yet; None otherwise."""
        row = self.inputs.matrix.rows.get(title_id)
        return row if row is not None and self.available[row] else None

    def own_row(self, title_id: str, *, may_be_finished: bool = False) -> int | None:
        """Returns the row of a title that may be on a list of the viewer's own, also if it is on another rail.

        Args:
            title_id: the title.
            may_be_finished: whether a finished title may be on the list, because the viewer started it again.
        """
        row = self.inputs.matrix.rows.get(title_id)
        if row is None or not (self.allowed[row] or (may_be_finished and self._finished[row])):
            return None
        return row

    def visible_name(self, title_id: str) -> str:
        """Returns the name of a title; empty if the viewer may not see the title."""
        row = self.inputs.matrix.rows.get(title_id)
        if row is None or not self.visible[row]:
            return ""
        return self.inputs.matrix.titles[row].name(self.inputs.language)

    def genre_name(self, genre_id: str) -> str:
        """Returns the name of a genre in the language of the viewer; its id for a genre that no title has."""
        genre = self.inputs.matrix.genre_terms.get(genre_id)
        return genre.name_in(self.inputs.language) if genre else genre_id

    def take(self, items: Iterable[home_values.Item]) -> tuple[home_values.Item, ...]:
        """Returns items, which are not available to other rails from now on."""
        taken = tuple(items)
        for item in taken:
            self.available[self.inputs.matrix.rows[item.title_id]] = False
        return taken

    def rank(
        self,
        candidates: Mask,
        limit: int,
        emphasis: Mapping[str, float] = BLEND,
        *,
        diverse: bool = True,
        extra: tuple[str, Numbers, Sequence[Contribution]] | None = None,
        parts: Mapping[str, Numbers] | None = None,
        pool: int = 0,
    ) -> list[home_values.Item]:
        """Returns the best available candidates, the best first. They stay available.

        Args:
            candidates: the titles to choose from.
            limit: how many to return at most.
            emphasis: how much each part counts.
            diverse: whether a title that is similar to one above it loses score.
            extra: an additional part: its name, its values, and contributions that name its cause.
            parts: the parts of the score instead of those of the home.
            pool: the longest list that is ever requested, if it is longer than `limit`; every list then begins alike.
        """
        used_parts = self.parts if parts is None else parts
        blended = self._blend(emphasis) if parts is None else _sum_parts(parts, emphasis, len(self.available))
        values_by_part, rows = dict(blended.parts), np.flatnonzero(self.available & candidates)
        total = blended.total[rows]
        if extra is not None:
            values_by_part[extra[0]] = score_parts.quantize_all(extra[1])
            total += values_by_part[extra[0]][rows]
        best = _best(total, max(limit, pool) * _CANDIDATES_PER_PLACE)
        weight = self.inputs.weights.diversity if diverse else 0.0
        chosen = self._diversify(rows[best], total[best], limit, weight)
        is_by_taste = "liked" in values_by_part and (extra is None or extra[0] != "liked")
        causes = self._attribute([int(rows[best[place]]) for place, _ in chosen]) if is_by_taste else []
        items = []
        for number, (place, loss) in enumerate(chosen):
            row = int(rows[best[place]])
            contributions = [Contribution(score_parts.DIVERSITY, -loss)] if loss else []
            for part, values in values_by_part.items():
                value = float(values[row])
                if extra is not None and part == extra[0]:
                    contributions += [
                        Contribution(each.source, value, each.signal_id, each.title_id) for each in extra[2]
                    ]
                elif part == "liked" and causes:
                    contributions += explanations.split(value, causes[number], score_parts.CONTENT)
                elif value:
                    is_recent = PARTS[part] == score_parts.POPULARITY and _is_recent(part, used_parts, row)
                    contributions.append(
                        Contribution(PARTS[part], value, self._preference_of(part, row), is_recent=is_recent)
                    )
            items.append(self.build_item(row, contributions))
        return items

    def build_item(
        self, row: int, contributions: Sequence[Contribution], *, own: str = "", **fields: object
    ) -> home_values.Item:
        """Returns the item of a title, with its explanation."""
        title = self.inputs.matrix.titles[row]
        ordered = explanations.ordered(contributions)
        # Built here, not held: a context that referred to itself would keep megabytes until a garbage collection.
        names = explanations.Names(self.inputs.language, self.visible_name, self.genre_name)
        sentence = explanations.sentence(ordered, names, released=title.release_date, today=self.today, own=own)
        return home_values.Item(title.title_id, Explanation(sentence, ordered), **fields)  # type: ignore[arg-type]

    def score_parts(self, fitted_weights: linear_model.Weights) -> dict[str, Numbers]:
        """Returns the parts of a score with fitted weights, and the parts of dislikes and preferences."""
        inputs = self.inputs
        parts = self.blend.parts(fitted_weights)
        if self.blend.disliked is not None:
            parts["disliked"] = -inputs.weights.content * score_parts.dislike(self.blend.disliked)
        parts |= blend_features.preference_parts(inputs, self.preferred_genres, self.preferred_languages)
        return {name: score_parts.quantize_all(values) for name, values in parts.items()}

    def _blend(self, emphasis: Mapping[str, float]) -> _Blended:
        """Returns the sum of the parts of the home, which is the same for most rails."""
        key = tuple(emphasis.items())
        if key not in self._blends:
            self._blends[key] = _sum_parts(self.parts, emphasis, len(self.available))
        return self._blends[key]

    def _all_parts(self) -> dict[str, Numbers]:
        matrix = self.inputs.matrix
        return {
            **self.score_parts(weights.HOME),
            "curation": matrix.featured.astype(np.float64),
            "trend": score_parts.quantize_all(popularity.heat(self.recent_interest)),
            "release": score_parts.quantize_all(score_parts.newness(matrix, self.inputs.at)),
        }

    def _diversify(self, rows: Rows, score: Numbers, limit: int, weight: float) -> list[tuple[int, float]]:
        """Returns the places of rows in their order, with what each loses for its similarity to those above it."""
        if not weight:
            return [(place, 0.0) for place in range(min(limit, len(rows)))]
        remaining, loss = score.copy(), np.zeros(len(rows))
        losses = score_parts.quantize_all(weight * _similarity(self.inputs, rows))
        # With a negative weight, which an operator may try, similar titles gain.
        most_similar = np.maximum if weight > 0 else np.minimum
        chosen: list[tuple[int, float]] = []
        while len(chosen) < min(limit, len(rows)):
            place = int(np.argmax(remaining - loss))
            chosen.append((place, float(loss[place])))
            remaining[place] = -np.inf
            most_similar(loss, losses[place], out=loss)
        return chosen

    def _attribute(self, rows: Sequence[int]) -> list[explanations.Causes]:
        """Returns for each row the signals that contribute most to its similarity to the taste."""
        liked, signal_weights, directions, is_visible = self._causes
        if not liked or not rows:
            return [explanations.Causes() for _ in rows]
        strengths = np.maximum(self.inputs.vectors.projections(rows, directions), 0.0) * signal_weights
        order = np.argsort(-np.where(is_visible, strengths, -1.0), axis=1, kind="stable")[:, : explanations.NAMED]
        causes = []
        for of_row, strongest in zip(strengths, order, strict=True):
            named = tuple(
                (signal.signal_id, signal.title_id, float(of_row[at]))
                for at in strongest
                if is_visible[at] and of_row[at] > 0
                for signal in [self.taste.entries[liked[at]]]
            )
            causes.append(explanations.Causes(named, float(of_row.sum())))
        return causes

    def _find_causes(self) -> tuple[list[int], Numbers, Vector, Mask]:
        """Returns the signals that may cause a recommendation: their places, weights, directions and visibility."""
        taste = self.taste
        liked = [place for place, each in enumerate(taste.entries) if each.weight > 0][:_MAX_CAUSES]
        rows = np.array([taste.rows[place] for place in liked], dtype=np.int64)
        signal_weights = np.array([taste.entries[place].weight for place in liked])
        return liked, signal_weights, self.inputs.vectors.directions(rows), self.visible[rows]

    def _preference_of(self, part: str, row: int) -> str:
        """Returns the id of the preference that a part comes from; empty if it comes from none."""
        title = self.inputs.matrix.titles[row]
        if part == "genre":
            genre_ids = {genre.term_id for genre in title.genres}
            matching = (each for each in self.preferred_genres if each in genre_ids)
            return next((signals.signal_id(signals.GENRE, each) for each in matching), "")
        if part == "language":
            codes = {title.language_code, title.language_code.partition("-")[0]}
            matching = (each for each in self.preferred_languages if each in codes)
            return next((signals.signal_id(signals.LANGUAGE, each) for each in matching), "")
        return ""


def _sum_parts(parts: Mapping[str, Numbers], emphasis: Mapping[str, float], size: int) -> _Blended:
    """Returns the parts of so many titles with their emphasis, and their sum."""
    emphasized = {
        part: parts[part] if factor == 1.0 else score_parts.quantize_all(parts[part] * factor)
        for part, factor in emphasis.items()
        if part in parts
    }
    total = np.zeros(size)
    for values in emphasized.values():
        total += values
    return _Blended(emphasized, total)


def _is_recent(part: str, parts: Mapping[str, Numbers], row: int) -> bool:
    """Returns whether more than half of a title's popularity is recent; all of a trend is."""
    return part == "trend" or ("recent" in parts and bool(2 * parts["recent"][row] > parts[part][row]))


def _best(total: Numbers, limit: int) -> Rows:
    """Returns the places of the highest totals, the highest first; of equal ones, the first in their order."""
    places = np.arange(len(total))
    if len(total) > limit:
        threshold = np.partition(total, len(total) - limit)[len(total) - limit]
        places = np.flatnonzero(total >= threshold)
    order = np.lexsort((places, -total[places]))
    return places[order][:limit]


def _similarity(inputs: home_values.Inputs, rows: Rows) -> Numbers:
    """Returns the similarity of each title to each: of their vectors, or of their genres without vectors."""
    if not inputs.vectors.is_empty:
        vectors = inputs.vectors.rows(rows)
        return np.maximum((vectors @ vectors.T).astype(np.float64), 0.0)
    genres = inputs.matrix.genre_of[rows].astype(np.float64)
    common, counts = genres @ genres.T, genres.sum(axis=1)
    return np.asarray(common / np.maximum(counts[:, None] + counts - common, 1.0))
