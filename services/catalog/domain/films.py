"""Rows of wikipedia-movie-data: checked, and turned into titles."""

from typing import Any
from urllib.parse import quote

from services.catalog.domain import titles
from services.catalog.domain.fields import Fields, Problem
from services.kit import visibility

#: The data has no ratings, and what nobody has rated is shown to nobody: decision 0201.
_MATURITY_RATING = titles.MATURITY_RATINGS["PG_13"]

_LONGEST_NAME = 500
_LONGEST_TEXT = 10_000
#: Articles come as they stand in addresses, escapes and fragments included.
_AS_THEY_ARE = "%#/:(),!_'&;=@+$*~?"
_FIRST_YEAR, _LAST_YEAR = 1870, 2100
_FACTS = visibility.Facts(state=visibility.PUBLISHED, maturity_rating=_MATURITY_RATING)


def read(row: Any) -> tuple[titles.Title | None, list[Problem]]:
    """Answers the film in a row and no problems, or no film and all problems. Fields of no use are passed over."""
    problems: list[Problem] = []
    fields = Fields(row, "", problems)
    if problems:
        return None, problems
    title = fields.text("title", most=_LONGEST_NAME, required=True)
    year = fields.whole("year", least=_FIRST_YEAR, most=_LAST_YEAR, required=True) or 0
    article = fields.text("href", most=_LONGEST_NAME)
    synopsis = fields.text("extract", most=_LONGEST_TEXT)
    found = titles.Title(
        title_id=None,
        # Two films may share a title and a year, and a few share an article: whoever comes second is told apart later.
        source_key=f"wikipedia:{article or f'{title} ({year})'}",
        type=titles.FILM,
        facts=_FACTS,
        language_code="en",
        released=year * 10_000,
        genres=fields.words("genres", most=80),
        document={
            "texts": {"en": {"title": title, **({"synopsis": synopsis} if synopsis else {})}},
            "release_date": [year, 0, 0],
            "credits": [
                {"person": person, "role": titles.CREDIT_ROLES["actor"], "character": ""}
                for person in fields.words("cast", most=_LONGEST_NAME)
            ],
            "artwork": {"poster_uri": poster} if (poster := fields.link("thumbnail")) else {},
            "source_uri": f"https://en.wikipedia.org/wiki/{quote(article, safe=_AS_THEY_ARE)}" if article else "",
        },
    )
    return (None, problems) if problems else (found, [])
