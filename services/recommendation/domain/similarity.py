"""What two titles have in common, in words, and a list of titles of the same genre."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from services.recommendation.domain.titles import Term, Title

_MAX_WORDS = 2
_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "themes": {"en": "Also about {words}", "hi": "यह भी {words} के बारे में"},
    "people": {"en": "Also with {words}", "hi": "इसमें भी {words}"},
    "moods": {"en": "Just as {words}", "hi": "उतनी ही {words}"},
    "genres": {"en": "Also {words}", "hi": "यह भी {words}"},
    "meaning": {"en": "Close to {words}", "hi": "{words} से मिलती-जुलती"},
}
_AND = {"en": " and ", "hi": " और "}


def sentence(reference: Title, other: Title, language: str) -> str:
    """Returns one sentence on why `other` is similar to `reference`, about the most specific thing that they share."""
    base = language.partition("-")[0]
    language_code = base if base in _AND else "en"
    candidates = (
        ("themes", _shared_terms(reference.themes, other.themes, language)),
        ("people", _shared(reference.people, other.people)),
        ("moods", _shared_terms(reference.moods, other.moods, language)),
        ("genres", _shared_terms(reference.genres, other.genres, language)),
        ("meaning", [reference.name(language)]),
    )
    kind, words = next((kind, words) for kind, words in candidates if words)
    return _SENTENCES[kind][language_code].format(words=_AND[language_code].join(words))


def list_of_same_genre(
    reference: Title, titles: Iterable[Title], popularity: Mapping[str, float], is_shown: Callable[[Title], bool]
) -> Sequence[Title]:
    """Returns the titles of the main genre of a title, the most popular first.

    Args:
        reference: the title; without a genre, titles of all genres are returned.
        titles: all titles.
        popularity: the popularity of titles.
        is_shown: returns whether a title may be in the list.
    """
    matching = (
        title
        for title in titles
        if title.title_id != reference.title_id
        and (not reference.genres or reference.genres[0].term_id in {genre.term_id for genre in title.genres})
        and is_shown(title)
    )
    return sorted(
        matching,
        key=lambda title: (
            -popularity.get(title.title_id, 0.0),
            not title.featured,
            -(title.release_date or date.min).toordinal(),
            title.title_id,
        ),
    )


def _shared_terms(terms: Sequence[Term], others: Sequence[Term], language: str) -> list[str]:
    return _shared([term.name_in(language) for term in terms], [term.name_in(language) for term in others])


def _shared(words: Sequence[str], others: Sequence[str]) -> list[str]:
    return [word for word in words if word in others][:_MAX_WORDS]
