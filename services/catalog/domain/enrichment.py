"""What a machine may fill in for a title: which words fit, how sure that is, and a line made of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.catalog.domain import terms, titles

MOODS, THEMES, LINE = 1, 2, 3
EDITOR, TAXONOMY, LANGUAGE_MODEL = 1, 2, 3

#: How many words of a kind are filled in, and how far above its usual closeness each must lie: `docs/enrichment.md`
#: tells what that brings.
MOST_WORDS = 3
_LEAST_ABOVE = 2.5
#: What a word of the house gains.
_HOUSE = 1.0
#: From how far a title's closeness to a word lies above what is usual for that word, how often editors agree: fitted to
#: the titles of the seed that editors tagged.
_SLOPE, _OFFSET = 0.6, -2.9

#: Words that begin alike for so many letters say the same twice.
_STEM = 5

#: What titles of a genre are called; others are called `<genre> film`.
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
    """Words of one kind: as imported, as an editor decided later, and as a machine has them."""

    imported: Sequence[str]
    reviewed: Sequence[str] | None
    filled: Sequence[str]

    @property
    def of_editors(self) -> Sequence[str]:
        """The words of editors, the later decision first."""
        return self.imported if self.reviewed is None else self.reviewed

    @property
    def inferred(self) -> Sequence[str]:
        """The words of the machine, as far as no editor said anything."""
        return self.filled if self.open else ()

    @property
    def open(self) -> bool:
        """Whether no editor said anything."""
        return self.reviewed is None and not self.imported


@dataclass(frozen=True, slots=True)
class Value:
    """A word or a line, and how sure it is, from 0 to 1."""

    value: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A title that something is missing of."""

    title_id: str
    type: int
    name: str
    synopsis: str = ""
    genres: Sequence[str] = ()
    #: What editors, or a machine before, said; empty where it is to be filled in.
    moods: Sequence[str] = ()
    themes: Sequence[str] = ()
    #: What is to be filled in: MOODS, THEMES, LINE.
    missing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Filled:
    """What a machine makes of a title."""

    title_id: str
    #: By field, the surest first.
    values: Mapping[int, Sequence[Value]]
    source: int
    model_version: str


@dataclass(frozen=True, slots=True)
class Status:
    """How far enrichment is."""

    titles: int
    complete: int
    inferred: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Label:
    """A word of the taxonomy, and how close titles usually are to it: the mean and the deviation over many."""

    word: str
    phrase: str
    #: Whether editors use the word: where two fit alike, theirs is taken, so that filters do not splinter.
    house: bool
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All words that can be filled in, and the model whose closeness they were calibrated on."""

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
    """Answers the words that fit a title best, the surest first, given how close it is to each."""
    judged = [
        ((close - label.mean) / label.deviation + _HOUSE * label.house, label.word)
        for label, close in zip(labels, closeness, strict=True)
    ]
    best = sorted((one for one in judged if one[0] >= _LEAST_ABOVE), reverse=True)[:MOST_WORDS]
    return [Value(word, round(_confidence(above), 3)) for above, word in best]


def line(subject: Subject, moods: Sequence[Value], themes: Sequence[Value]) -> Value | None:
    """Answers one line on what a title is; None where too little is known. It is as sure as its least sure word."""
    noun, about = _noun(subject), themes[:2]
    # No mysterious mysteries, no thrilling thrillers.
    felt = [mood for mood in moods if mood.value[:_STEM] not in noun][:2]
    if not felt and not about:
        return None
    parts = [", ".join(value.value for value in felt), noun]
    told = " ".join(filter(None, parts))
    if about:
        told += " about " + " and ".join(value.value for value in about)
    article = "An" if told[0].lower() in "aeio" or told.lower().startswith(("un", "up")) else "A"
    return Value(f"{article} {told}.", min(value.confidence for value in (*felt, *about)))


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
