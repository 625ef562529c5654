"""Generated values: which terms fit a title, with which confidence, and a line made of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.catalog.domain import terms, titles

MOODS, THEMES, LINE = 1, 2, 3
EDITOR, TAXONOMY, LANGUAGE_MODEL = 1, 2, 3

#: How many terms of a kind are generated, and how many deviations above its mean each must be: see
#: `docs/enrichment.md`.
MOST_WORDS = 3
_LEAST_ABOVE = 2.5
#: The bonus of a term that the seed's editors use.
_HOUSE = 1.0
#: The logistic curve from the deviations above the mean to the agreement of editors, fitted to the seed's titles.
_SLOPE, _OFFSET = 0.6, -2.9

#: Words with the same first letters mean the same.
_STEM = 5

#: The nouns for titles of a genre; other titles are a `<genre> film`.
_NOUNS = {
    "adventure": "adventure",
    "biography": "biography",
    "comedy": "comedy",
    "documentary": "documentary",
    "drama": "drama",
    "fantasy": "fantasy",
    "melodrama": "melodrama",
    "musical": "musical",
    "mystery": "mystery",
    "romance": "romance",
    "satire": "satire",
    "suspense": "thriller",
    "thriller": "thriller",
    "western": "western",
}
_KINDS = {titles.FILM: "film", titles.SERIES: "series", titles.SPORTS: "event"}


@dataclass(frozen=True, slots=True)
class Words:
    """Terms of one kind: imported ones, those that an editor decided on later, and generated ones."""

    imported: Sequence[str]
    reviewed: Sequence[str] | None
    filled: Sequence[str]

    @property
    def of_editors(self) -> Sequence[str]:
        """The terms of editors: the later decision, or else the import."""
        return self.imported if self.reviewed is None else self.reviewed

    @property
    def inferred(self) -> Sequence[str]:
        """The generated terms, if no editor set any."""
        return self.filled if self.reviewed is None and not self.imported else ()


@dataclass(frozen=True, slots=True)
class Value:
    """A term or a line, and its confidence from 0 to 1."""

    value: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A title with missing values."""

    title_id: str
    type: int
    name: str
    synopsis: str = ""
    genres: Sequence[str] = ()
    #: The terms that the title has; empty if they are to be generated.
    moods: Sequence[str] = ()
    themes: Sequence[str] = ()
    #: The fields to generate: MOODS, THEMES, LINE.
    missing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Generated:
    """Generated values of a title."""

    title_id: str
    #: By field, the surest first.
    values: Mapping[int, Sequence[Value]]
    source: int
    model_version: str


@dataclass(frozen=True, slots=True)
class Status:
    """The state of enrichment."""

    titles: int
    complete: int
    inferred: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Label:
    """A term of the taxonomy, and the usual closeness of titles to it: mean and deviation."""

    word: str
    phrase: str
    #: Whether the seed's editors use the term, which is then preferred, so that filters do not splinter.
    house: bool
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All terms that can be generated, and the model that they were calibrated for."""

    model_version: str
    labels: Mapping[int, Sequence[Label]] = field(default_factory=dict)


def reviewed(field: int, values: Sequence[str]) -> dict[str, str] | None:
    """Returns what an editor decided: names by the id of the mood or theme, or the line by itself.

    Returns None if a value does not fit the field.
    """
    texts = [" ".join(value.replace("\0", " ").split()) for value in values]
    texts = list(dict.fromkeys(filter(None, texts)))
    if field == LINE:
        return {text: text for text in texts} if len(texts) <= 1 else None
    names = {terms.slug(text): text for text in reversed(texts)}
    if any(not term_id or max(len(term_id), len(name)) > terms.LONGEST_NAME for term_id, name in names.items()):
        return None
    return dict(reversed(names.items()))


def term_names(field: int, values: Mapping[str, str]) -> dict[terms.Term, str]:
    """Returns the names that an editor gave to moods or themes; an id by itself is no name."""
    kind = {MOODS: terms.MOOD, THEMES: terms.THEME}.get(field)
    return {terms.Term(kind, term_id): name for term_id, name in values.items() if name != term_id} if kind else {}


def choose(labels: Sequence[Label], closeness: Sequence[float]) -> list[Value]:
    """Returns the terms that fit a title best, the surest first, given its closeness to each."""
    judged = [
        ((close - label.mean) / label.deviation + _HOUSE * label.house, label.word)
        for label, close in zip(labels, closeness, strict=True)
    ]
    best = sorted((one for one in judged if one[0] >= _LEAST_ABOVE), reverse=True)[:MOST_WORDS]
    return [Value(word, round(_confidence(above), 3)) for above, word in best]


def line(subject: Subject, moods: Sequence[Value], themes: Sequence[Value]) -> Value | None:
    """Returns a line on what a title is, with the confidence of its least sure term; None if too little is known."""
    noun, about = _noun(subject), themes[:2]
    # Avoids mysterious mysteries and thrilling thrillers.
    felt = [mood for mood in moods if mood.value[:_STEM] not in noun][:2]
    if not felt and not about:
        return None
    parts = [", ".join(value.value for value in felt), noun]
    phrase = " ".join(filter(None, parts))
    if about:
        phrase += " about " + " and ".join(value.value for value in about)
    article = "An" if phrase[0].lower() in "aeio" or phrase.lower().startswith(("un", "up")) else "A"
    return Value(f"{article} {phrase}.", min(value.confidence for value in (*felt, *about)))


def _noun(subject: Subject) -> str:
    kind = _KINDS.get(subject.type, "film")
    if not subject.genres:
        return kind
    genre = subject.genres[0]
    noun = _NOUNS.get(genre.lower())
    if noun is None:
        return f"{genre.lower()} {kind}"
    return noun if subject.type == titles.FILM else f"{noun} {kind}"


def _confidence(above: float) -> float:
    return 1 / (1 + math.exp(-(_SLOPE * above + _OFFSET)))
