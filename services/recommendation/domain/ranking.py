"""Ranks titles for one viewer: parts added up, likeness to what stands above taken off, each part traced to its signal.

A `Floor` is what the rails of one home are cut from. A title that one rail has taken is not there for the next.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import explaining, homes, scoring, signals
from services.recommendation.domain.explaining import Contribution, Explanation
from services.recommendation.domain.shelves import Mask, Numbers

Rows = npt.NDArray[np.int64]

#: How many candidates there are for each place, for the diversity to choose from.
_CANDIDATES = 12
#: How many signals may be named as the cause of something.
_NAMEABLE = 100

#: The parts of a score by name, and the source that each is told as.
PARTS: Mapping[str, int] = {
    "liked": scoring.CONTENT,
    "disliked": scoring.CONTENT,
    "collaborative": scoring.COLLABORATIVE,
    "popularity": scoring.POPULARITY,
    "newness": scoring.NEWNESS,
    "genre": scoring.PREFERENCE,
    "language": scoring.PREFERENCE,
    "curation": scoring.CURATION,
}
#: How the parts count where nothing else is said: editors speak only where they are asked.
BLEND: Mapping[str, float] = {part: 1.0 for part in PARTS if part != "curation"}


class Floor:
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
        #: What may be shown, and was not taken by a rail yet.
        self.free = self.visible & ~shelf.mask(each.title_id for each in history.titles if each.banned)
        known = (e.title_id for e in history.titles if e.begun or e.thumb or e.add_time is not None)
        #: What the viewer has not come across by itself.
        self.unmet = ~shelf.mask(known)
        self.recent, self.counts = inputs.popularity.on(shelf)
        self.genres = [each.word for each in self.ledger if each.kind == signals.GENRE and each.weight]
        self.languages = [each.word for each in self.ledger if each.kind == signals.LANGUAGE and each.weight]
        self.parts = self._parts()

    @property
    def known(self) -> bool:
        """Whether anything is known of what the viewer likes."""
        return any(each.weight > 0 for each in self.ledger)

    def row(self, title_id: str) -> int | None:
        """Answers the row of a title that may be shown still; None if it may not."""
        row = self.inputs.shelf.rows.get(title_id)
        return row if row is not None and self.free[row] else None

    def name(self, title_id: str) -> str:
        """Answers the name of a title that the viewer may know of; empty if it may not."""
        row = self.inputs.shelf.rows.get(title_id)
        if row is None or not self.visible[row]:
            return ""
        return self.inputs.shelf.titles[row].name(self.inputs.language)

    def take(self, items: Iterable[homes.Item]) -> tuple[homes.Item, ...]:
        """Answers items that are on a rail from now on, and on no other."""
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
    ) -> list[homes.Item]:
        """Answers the best of some titles, the best first; takes none of them.

        Args:
            among: which titles may be answered.
            limit: how many to answer at most.
            emphasis: how much each part counts.
            diverse: whether what is like an item above makes room for others.
            extra: a part of its own: its name, its values, and whom to thank for it.
        """
        parts = {
            part: scoring.quantised(self.parts[part] * much) for part, much in emphasis.items() if part in self.parts
        }
        if extra is not None:
            parts[extra[0]] = scoring.quantised(extra[1])
        total = np.zeros(len(self.free))
        for values in parts.values():
            total += values
        rows = _best(total, np.flatnonzero(self.free & among), limit * _CANDIDATES)
        weight = self.inputs.weights.diversity if diverse else 0.0
        chosen = self._spread(rows, total, limit, weight)
        by_taste = "liked" in parts and (extra is None or extra[0] != "liked")
        strengths = self._strengths([row for row, _ in chosen]) if by_taste else None
        items = []
        for place, (row, lost) in enumerate(chosen):
            found = [Contribution(scoring.DIVERSITY, -lost)] if lost else []
            for part, values in parts.items():
                value = float(values[row])
                if extra is not None and part == extra[0]:
                    found += [Contribution(each.source, value, each.signal_id, each.title_id) for each in extra[2]]
                elif part == "liked" and strengths is not None:
                    found += explaining.split(value, strengths[place], scoring.CONTENT)
                else:
                    found.append(Contribution(PARTS[part], value, self._asker(part, row)))
            items.append(self.item(row, found))
        return items

    def item(self, row: int, contributions: Sequence[Contribution], *, own: str = "", **more: object) -> homes.Item:
        """Answers a title as an item, with its sentence."""
        title = self.inputs.shelf.titles[row]
        ranked = explaining.ordered(contributions)
        names = {each.title_id: self.name(each.title_id) for each in ranked if each.title_id}
        words = explaining.Words(self.inputs.language, names)
        said = explaining.sentence(ranked, words, released=title.release_date, today=self.today, own=own)
        return homes.Item(title.title_id, Explanation(said, ranked), **more)  # type: ignore[arg-type]

    def _parts(self) -> dict[str, Numbers]:
        inputs, weights, taste = self.inputs, self.inputs.weights, self.taste
        shelf, meaning, among = inputs.shelf, inputs.meaning, self.free & self.unmet
        parts = {
            "popularity": weights.popularity * scoring.scaled(self.recent, among),
            "newness": weights.newness * scoring.newness(shelf, inputs.at),
            "curation": shelf.featured.astype(np.float64),
        }
        if taste.liked is not None:
            close = scoring.scaled(meaning.scores(taste.liked), among)
            parts["liked"] = weights.content * taste.certainty * close
        if taste.disliked is not None:
            parts["disliked"] = -weights.content * scoring.dislike(meaning.scores(taste.disliked))
        if inputs.model is not None and taste.positive:
            together = scoring.scaled(inputs.model.scores(shelf, taste.positive), among)
            parts["collaborative"] = weights.collaborative * taste.certainty * together
        genre, language = scoring.preferred(shelf, self.genres, self.languages)
        if self.genres:
            parts["genre"] = weights.preference * genre
        if self.languages:
            parts["language"] = weights.preference * language
        return parts

    def _spread(self, rows: Sequence[int], total: Numbers, limit: int, weight: float) -> list[tuple[int, float]]:
        """Answers rows in their order with what each loses for being like those above it."""
        if not weight:
            return [(row, 0.0) for row in rows[:limit]]
        left = np.array(rows, dtype=np.int64)
        score, closest = total[left], np.zeros(len(left))
        alike = _likeness(self.inputs, left)
        chosen: list[tuple[int, float]] = []
        while len(chosen) < min(limit, len(left)):
            lost = scoring.quantised(weight * closest)
            place = int(np.argmax(score - lost))
            chosen.append((int(left[place]), float(lost[place])))
            score[place] = -np.inf
            closest = np.maximum(closest, alike(place))
        return chosen

    def _strengths(self, rows: Sequence[int]) -> list[list[tuple[str, str, float]]]:
        """Answers for each row how strongly each signal pulls towards it; what cannot be named has no name."""
        taste, meaning = self.taste, self.inputs.meaning
        liked = [(each, row) for each, row in zip(taste.counted, taste.rows, strict=True) if each.weight > 0]
        if not liked or not rows:
            return [[] for _ in rows]
        liked = liked[:_NAMEABLE]
        pull = meaning.vectors([row for _, row in liked]) @ meaning.vectors(rows).T
        return [
            [
                (each.signal_id, each.title_id, each.weight * float(pull[of, place]))
                if self.visible[row]
                else ("", "", each.weight * float(pull[of, place]))
                for of, (each, row) in enumerate(liked)
            ]
            for place in range(len(rows))
        ]

    def _asker(self, part: str, row: int) -> str:
        """Answers the preference that a part comes from."""
        shelf = self.inputs.shelf
        if part == "genre":
            asked = (each for each in self.genres if each in shelf.titles[row].genres)
            return next((signals.signal_id(signals.GENRE, each) for each in asked), "")
        if part == "language":
            spoken = shelf.titles[row].language_code
            asked = (each for each in self.languages if each in {spoken, spoken.partition("-")[0]})
            return next((signals.signal_id(signals.LANGUAGE, each) for each in asked), "")
        return ""


def _best(total: Numbers, rows: Rows, most: int) -> list[int]:
    """Answers the rows with the highest totals, the highest first; of equals, those whose id comes first."""
    if len(rows) > most:
        floor = np.partition(total[rows], len(rows) - most)[len(rows) - most]
        rows = rows[total[rows] >= floor]
    order = np.lexsort((rows, -total[rows]))
    return [int(row) for row in rows[order][:most]]


def _likeness(inputs: homes.Inputs, rows: Rows) -> Callable[[int], Numbers]:
    """Answers what tells how like one candidate is to all: in meaning, or in genres where there is no meaning."""
    if not inputs.meaning.empty:
        vectors = inputs.meaning.vectors(rows)
        return lambda place: np.maximum(np.asarray(vectors @ vectors[place], dtype=np.float64), 0.0)
    genres = inputs.shelf.genre_of[rows].astype(np.float64)
    sizes = genres.sum(axis=1)

    def shared(place: int) -> Numbers:
        both = genres @ genres[place]
        return np.asarray(both / np.maximum(sizes + sizes[place] - both, 1.0))

    return shared
