"""What stands above the rails of a home, and why a title stands on one, in the languages that the platform speaks."""

from collections.abc import Mapping

_ENGLISH = "en"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "popular": {"en": "Popular this week", "hi": "इस हफ़्ते लोकप्रिय"},
    "month": {"en": "New this month", "hi": "इस महीने नई"},
    "year": {"en": "New this year", "hi": "इस साल नई"},
    "new": {"en": "Recently released", "hi": "हाल ही में रिलीज़"},
    "picked": {"en": "Picked by our editors", "hi": "हमारे संपादकों की पसंद"},
    "anything": {"en": "Worth a look", "hi": "देखने लायक़"},
    "curated": {"en": "Picked for Everyone", "hi": "चुनिंदा"},
    "trending": {"en": "Trending Now", "hi": "अभी चर्चा में"},
    "new-releases": {"en": "New Releases", "hi": "नई रिलीज़"},
}


def spoken(language_code: str) -> str:
    """Answers the language in which somebody is spoken to."""
    language = language_code.partition("-")[0]
    return language if language in _WORDS["popular"] else _ENGLISH


def say(what: str, language: str) -> str:
    """Answers words in a spoken language."""
    return _WORDS[what][language]
