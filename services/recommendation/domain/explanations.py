"""Why a title stands where it stands: contributions that add up to its score, and a sentence made from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.recommendation.domain import scoring, signals

#: How many signals are named; the others are one contribution without a name.
NAMED = 3
_MONTH_DAYS, _YEAR_DAYS = 31, 365

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "liked": {"en": "Because you liked {name}", "hi": "क्योंकि आपको {name} पसंद आई"},
    "watched": {"en": "Because you watched {name}", "hi": "क्योंकि आपने {name} देखी"},
    "listed_like": {"en": "Because {name} is on your list", "hi": "क्योंकि {name} आपकी सूची में है"},
    "viewed": {"en": "Because you looked at {name}", "hi": "क्योंकि आपने {name} का पेज देखा"},
    "content": {"en": "Like what you watch", "hi": "आपकी पसंद से मिलती-जुलती"},
    "collaborative": {"en": "Viewers like you watch it", "hi": "आप जैसे दर्शक इसे देखते हैं"},
    "popularity": {"en": "Popular", "hi": "लोकप्रिय"},
    "recent": {"en": "Popular this week", "hi": "इस हफ़्ते लोकप्रिय"},
    "month": {"en": "New this month", "hi": "इस महीने नई"},
    "year": {"en": "New this year", "hi": "इस साल नई"},
    "new": {"en": "Recently released", "hi": "हाल ही में रिलीज़"},
    "asked": {"en": "You asked for {name}", "hi": "आपने {name} चाहा था"},
    "language": {"en": "In a language that you asked for", "hi": "आपकी चुनी हुई भाषा में"},
    "curation": {"en": "Picked by our editors", "hi": "हमारे संपादकों की पसंद"},
    "listed": {"en": "On your list", "hi": "आपकी सूची में"},
    "going": {"en": "Go on watching", "hi": "आगे देखिए"},
    "episode": {"en": "A new episode", "hi": "नया एपिसोड"},
    "household": {"en": "Watched in your household", "hi": "आपके घर में देखी गई"},
    "mood": {"en": "It suits the mood", "hi": "मूड के मुताबिक़"},
    "similar": {"en": "Like {name}", "hi": "{name} जैसी"},
    "next": {"en": "The next episode", "hi": "अगला एपिसोड"},
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
_OF_SIGNAL = {
    signals.RATED: "liked",
    signals.WATCHED: "watched",
    signals.LISTED: "listed_like",
    signals.VIEWED: "viewed",
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """A part of a score; its value is a multiple of 2⁻²⁰."""

    source: int
    value: float
    signal_id: str = ""
    title_id: str = ""
    #: Whether it is more of late than of before; of popularity only.
    recent: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an item stands where it stands."""

    sentence: str
    contributions: tuple[Contribution, ...]

    @property
    def score(self) -> float:
        """The sum of the contributions, which is exact."""
        return sum(each.value for each in self.contributions)


@dataclass(frozen=True, slots=True)
class Strengths:
    """How strongly signals speak for an item."""

    #: The strongest that may be named: the signal, its title, and how strongly it speaks.
    named: tuple[tuple[str, str, float], ...] = ()
    #: How strongly all speak together.
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """What a sentence may speak of."""

    language: str
    #: Answers the name of a title; empty where the viewer may not know of it.
    name: Callable[[str], str]
    #: The names of genres by their ids.
    genre_names: Mapping[str, str]


def ordered(contributions: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """Returns the contributions that matter, the largest first."""
    return tuple(
        sorted(
            (each for each in contributions if each.value),
            key=lambda each: (-abs(each.value), each.source, each.signal_id),
        )
    )


def split(value: float, strengths: Strengths, source: int) -> list[Contribution]:
    """Returns a part as the contributions of the signals that it comes from, which sum to the part exactly."""
    if value <= 0 or not strengths.total:
        return [Contribution(source, value)] if value else []
    found, left = [], value
    for named, title_id, strength in strengths.named:
        share = scoring.rounded(value * min(strength / strengths.total, 1.0))
        if share and share <= left:
            found.append(Contribution(source, share, named, title_id))
            left -= share
    return [*found, Contribution(source, left)] if left else found


def sentence(
    contributions: Sequence[Contribution], words: Words, *, released: date | None, today: date, own: str = ""
) -> str:
    """Returns one sentence, from the largest contribution that speaks for the title.

    What the viewer did itself is passed over where nothing is said of it.

    Args:
        contributions: the largest first.
        words: what may be spoken of.
        released: when the title came out.
        today: the day.
        own: what a contribution of the viewer's own doing is called.
    """
    for each in contributions:
        what, name = _told(each, words, released, today, own)
        if each.value > 0 and what:
            return say(what, words.language, name)
    return say("anything", words.language)


def say(what: str, language: str, name: str = "") -> str:
    """Returns a sentence in a language, else in English."""
    return _spoken(_SENTENCES[what], language).format(name=name)


def rail_title(what: str, language: str, name: str = "") -> str:
    """Returns what stands above a rail."""
    return _spoken(_RAILS[what], language).format(name=name)


def _told(each: Contribution, words: Words, released: date | None, today: date, own: str) -> tuple[str, str]:
    """Returns which sentence a contribution makes, and the name in it; empty where it makes none."""
    if each.source == scoring.CONTENT:
        return _about_taste(each, words)
    if each.source == scoring.PREFERENCE:
        return _about_wishes(each, words)
    what = {
        scoring.COLLABORATIVE: "collaborative",
        scoring.POPULARITY: "recent" if each.recent else "popularity",
        scoring.NEWNESS: _age(released, today),
        scoring.CURATION: "curation",
        scoring.HOUSEHOLD: "household",
        scoring.OWN: own,
        scoring.MOOD: "mood",
    }.get(each.source, "")
    return what, ""


def _about_wishes(each: Contribution, words: Words) -> tuple[str, str]:
    named = signals.parse(each.signal_id)
    if named is None or named[0] == signals.LANGUAGE:
        return "language", ""
    return "asked", words.genre_names.get(named[1], named[1])


def _about_taste(each: Contribution, words: Words) -> tuple[str, str]:
    """Returns what is said of closeness: to what a signal is about, or to the title that was asked about."""
    named = signals.parse(each.signal_id)
    what = "similar" if named is None else _OF_SIGNAL.get(named[0], "")
    name = words.name(each.title_id) if what and each.title_id else ""
    return (what, name) if what and name else ("content", "")


def _age(released: date | None, today: date) -> str:
    days = _YEAR_DAYS + 1 if released is None else (today - released).days
    return "month" if days <= _MONTH_DAYS else "year" if days <= _YEAR_DAYS else "new"


def _spoken(by_language: Mapping[str, str], language: str) -> str:
    return by_language.get(language) or by_language.get(language.partition("-")[0]) or by_language["en"]
