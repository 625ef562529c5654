"""Explanations of recommendations: contributions that add up to the score, and a sentence made from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.recommendation.domain import score_parts, signals, titles

#: How many signals are named as causes; the others are one contribution without a name.
NAMED = 3
_MONTH_DAYS, _YEAR_DAYS = 31, 365

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "liked": {"en": "Because you liked {name}", "hi": "क्योंकि आपको {name} पसंद आई"},
    "watched": {"en": "Because you watched {name}", "hi": "क्योंकि आपने {name} देखी"},
    "similar_to_listed": {"en": "Because {name} is on your list", "hi": "क्योंकि {name} आपकी सूची में है"},
    "viewed": {"en": "Because you looked at {name}", "hi": "क्योंकि आपने {name} का पेज देखा"},
    "content": {"en": "Like what you watch", "hi": "आपकी पसंद से मिलती-जुलती"},
    "collaborative": {"en": "Viewers like you watch it", "hi": "आप जैसे दर्शक इसे देखते हैं"},
    "popularity": {"en": "Popular", "hi": "लोकप्रिय"},
    "recent": {"en": "Popular this week", "hi": "इस हफ़्ते लोकप्रिय"},
    "month": {"en": "New this month", "hi": "इस महीने नई"},
    "year": {"en": "New this year", "hi": "इस साल नई"},
    "new": {"en": "Recently released", "hi": "हाल ही में रिलीज़"},
    "preferred_genre": {"en": "You asked for {name}", "hi": "आपने {name} चाहा था"},
    "preferred_language": {"en": "In a language that you asked for", "hi": "आपकी चुनी हुई भाषा में"},
    "curation": {"en": "Picked by our editors", "hi": "हमारे संपादकों की पसंद"},
    "listed": {"en": "On your list", "hi": "आपकी सूची में"},
    "continue": {"en": "Go on watching", "hi": "आगे देखिए"},
    "episode": {"en": "A new episode", "hi": "नया एपिसोड"},
    "household": {"en": "Watched in your household", "hi": "आपके घर में देखी गई"},
    "mood": {"en": "It suits the mood", "hi": "मूड के मुताबिक़"},
    "similar": {"en": "Like {name}", "hi": "{name} जैसी"},
    "next": {"en": "The next episode", "hi": "अगला एपिसोड"},
    "live": {"en": "On now", "hi": "अभी चल रहा है"},
    "upcoming": {"en": "Starts soon", "hi": "जल्द शुरू होगा"},
    "catch_up": {"en": "Available for a short time", "hi": "थोड़े समय के लिए उपलब्ध"},
    "anything": {"en": "Worth a look", "hi": "देखने लायक़"},
}
_RAILS: Mapping[str, Mapping[str, str]] = {
    "continue-watching": {"en": "Continue Watching", "hi": "देखना जारी रखें"},
    "for-you": {"en": "For You", "hi": "आपके लिए"},
    "my-list": {"en": "My List", "hi": "मेरी सूची"},
    "new-episodes": {"en": "New Episodes", "hi": "नए एपिसोड"},
    "because": {"en": "Because you liked {name}", "hi": "क्योंकि आपको {name} पसंद आई"},
    "because-watched": {"en": "Because you watched {name}", "hi": "क्योंकि आपने {name} देखी"},
    "trending": {"en": "Trending Now", "hi": "अभी चर्चा में"},
    "new-releases": {"en": "New Releases", "hi": "नई रिलीज़"},
    "household": {"en": "Popular in Your Household", "hi": "आपके घर में लोकप्रिय"},
    "discover": {"en": "Yet to Be Discovered", "hi": "अनदेखे नगीने"},
    "genre": {"en": "{name}", "hi": "{name}"},
    "curated": {"en": "Picked for Everyone", "hi": "चुनिंदा"},
}
#: The languages of the sentences.
LANGUAGES = frozenset(code for texts in (*_SENTENCES.values(), *_RAILS.values()) for code in texts)
_SENTENCE_OF_SIGNAL = {
    signals.RATED: "liked",
    signals.WATCHED: "watched",
    signals.LISTED: "similar_to_listed",
    signals.VIEWED: "viewed",
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """A part of a score; its value is a multiple of 2⁻²⁰."""

    source: int
    value: float
    signal_id: str = ""
    title_id: str = ""
    #: Whether most of it is recent; only for popularity.
    is_recent: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an item is recommended."""

    sentence: str
    contributions: tuple[Contribution, ...]

    @property
    def score(self) -> float:
        """The sum of the contributions, which is exact."""
        return sum(each.value for each in self.contributions)


@dataclass(frozen=True, slots=True)
class Causes:
    """The signals that an item is recommended for, and their strengths."""

    #: The strongest ones that may be named: the signal, its title, and its strength.
    named: tuple[tuple[str, str, float], ...] = ()
    #: The sum of all strengths.
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a sentence may contain."""

    language: str
    #: Returns the name of a title; empty if the viewer may not see it.
    title: Callable[[str], str]
    #: Returns the name of a genre.
    genre: Callable[[str], str]


def ordered(contributions: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """Returns the contributions that are not zero, the largest first."""
    return tuple(
        sorted(
            (each for each in contributions if each.value),
            key=lambda each: (-abs(each.value), each.source, each.signal_id),
        )
    )


def split(value: float, causes: Causes, source: int) -> list[Contribution]:
    """Returns a part as contributions of the signals that caused it, which sum to the part exactly."""
    if value <= 0 or not causes.total:
        return [Contribution(source, value)] if value else []
    contributions, rest = [], value
    for signal_id, title_id, strength in causes.named:
        share = score_parts.quantize(value * min(strength / causes.total, 1.0))
        if share and share <= rest:
            contributions.append(Contribution(source, share, signal_id, title_id))
            rest -= share
    return [*contributions, Contribution(source, rest)] if rest else contributions


def sentence(
    contributions: Sequence[Contribution], names: Names, *, released: date | None, today: date, own: str = ""
) -> str:
    """Returns one sentence about the largest positive contribution that there is a sentence for.

    Args:
        contributions: the largest first.
        names: the names that the sentence may contain.
        released: the release date of the title.
        today: the day.
        own: the sentence for a contribution of the viewer's own list.
    """
    for contribution in contributions:
        key, name = _choose_sentence(contribution, names, released, today, own)
        if contribution.value > 0 and key:
            return say(key, names.language, name)
    return say("anything", names.language)


def say(key: str, language: str, name: str = "") -> str:
    """Returns a sentence in a language, else in English."""
    return titles.localized(_SENTENCES[key], language).format(name=name)


def rail_title(key: str, language: str, name: str = "") -> str:
    """Returns the heading of a rail in a language, else in English."""
    return titles.localized(_RAILS[key], language).format(name=name)


def _choose_sentence(
    contribution: Contribution, names: Names, released: date | None, today: date, own: str
) -> tuple[str, str]:
    """Returns the key of the sentence about a contribution, and the name in it; empty without one."""
    if contribution.source == score_parts.CONTENT:
        return _content_sentence(contribution, names)
    if contribution.source == score_parts.PREFERENCE:
        return _preference_sentence(contribution, names)
    key = {
        score_parts.COLLABORATIVE: "collaborative",
        score_parts.POPULARITY: "recent" if contribution.is_recent else "popularity",
        score_parts.NEWNESS: _newness_sentence(released, today),
        score_parts.CURATION: "curation",
        score_parts.HOUSEHOLD: "household",
        score_parts.OWN: own,
        score_parts.MOOD: "mood",
    }.get(contribution.source, "")
    return key, ""


def _preference_sentence(contribution: Contribution, names: Names) -> tuple[str, str]:
    parsed = signals.parse(contribution.signal_id)
    if parsed is None or parsed[0] == signals.LANGUAGE:
        return "preferred_language", ""
    return "preferred_genre", names.genre(parsed[1])


def _content_sentence(contribution: Contribution, names: Names) -> tuple[str, str]:
    """Returns the sentence about similarity to the title of a signal, or to the title that the request names."""
    parsed = signals.parse(contribution.signal_id)
    key = "similar" if parsed is None else _SENTENCE_OF_SIGNAL.get(parsed[0], "")
    name = names.title(contribution.title_id) if key and contribution.title_id else ""
    return (key, name) if name else ("content", "")


def _newness_sentence(released: date | None, today: date) -> str:
    days = _YEAR_DAYS + 1 if released is None else (today - released).days
    return "month" if days <= _MONTH_DAYS else "year" if days <= _YEAR_DAYS else "new"
