"""What two titles have in common, in words, and what stands in where meaning is not known."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from services.recommendation.domain.titles import Term, Title

_MOST_WORDS = 2
_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "themes": {"en": "Also about {words}", "hi": "यह भी {words} के बारे में"},
    "people": {"en": "Also with {words}", "hi": "इसमें भी {words}"},
    "moods": {"en": "Just as {words}", "hi": "उतनी ही {words}"},
    "genres": {"en": "Also {words}", "hi": "यह भी {words}"},
    "meaning": {"en": "Close to {words}", "hi": "{words} से मिलती-जुलती"},
}
_AND = {"en": " and ", "hi": " और "}
_LONG_AGO = date.min


def sentence(asked: Title, other: Title, language: str) -> str:
    """Returns in one sentence why `other` is like `asked`: by what tells most of what they share."""
    spoken = language.partition("-")[0] if language.partition("-")[0] in _AND else "en"
    shared = (
        ("themes", _shared(_names(asked.themes), _names(other.themes))),
        ("people", _shared(asked.people, other.people)),
        ("moods", _shared(_names(asked.moods), _names(other.moods))),
        ("genres", _shared(_names(asked.genres), _names(other.genres))),
    )
    kind, words = next(((kind, words) for kind, words in shared if words), ("meaning", [asked.name(language)]))
    return _SENTENCES[kind][spoken].format(words=_AND[spoken].join(words))


def of_its_kind(
    asked: Title, titles: Iterable[Title], popularity: Mapping[str, float], shown: Callable[[Title], bool]
) -> Sequence[Title]:
    """Returns titles of the leading genre of a title whose meaning is not known, what many watch first.

    Args:
        asked: the title; one without a genre is like any other.
        titles: all there are.
        popularity: how many watch them.
        shown: whether the viewer may be shown a title.
    """
    alike = (
        title
        for title in titles
        if title.title_id != asked.title_id
        and (not asked.genres or asked.genres[0].term_id in {each.term_id for each in title.genres})
        and shown(title)
    )
    return sorted(
        alike,
        key=lambda title: (
            -popularity.get(title.title_id, 0.0),
            not title.featured,
            -(title.release_date or _LONG_AGO).toordinal(),
            title.title_id,
        ),
    )


def _names(terms: Sequence[Term]) -> list[str]:
    return [each.name for each in terms]


def _shared(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    return list(_first(_MOST_WORDS, (word for word in ours if word in theirs)))


def _first(number: int, words: Iterator[str]) -> Iterator[str]:
    return (word for word, _ in zip(words, range(number), strict=False))
