"""The rows of the data set wikipedia-movie-data."""

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import ConfigDict

from services.catalog.domain import import_fields as fields
from services.catalog.domain import titles
from services.catalog.domain.import_report import Problem
from services.kit import visibility

#: The data has no ratings, and a title without one is shown to nobody: decision 0013.
_RATING = titles.Rating(13)
_FACTS = visibility.Facts(state=visibility.PUBLISHED, maturity_age=_RATING.age)
#: Articles come as they stand in addresses, escapes and fragments included.
_UNQUOTED = "%#/:(),!_'&;=@+$*~?"
_Pixels = Annotated[int, fields.integer(0, 100_000)]


class _Row(fields.Object):
    model_config = ConfigDict(extra="ignore")

    title: fields.Name
    year: Annotated[int, fields.integer(1870, 2100)]
    href: fields.ShortText = ""
    extract: fields.LongText = ""
    genres: fields.TermNames = ()
    cast: fields.Names = ()
    thumbnail: fields.Link = ""
    thumbnail_width: _Pixels = 0
    thumbnail_height: _Pixels = 0


def read(row: Any) -> tuple[titles.Title | None, list[Problem]]:
    """Returns the film in a row and no problems, or no film and all problems. Other fields are ignored."""
    film, problems = fields.read(_Row, row)
    return (None, problems) if film is None else (_title(film), [])


def _title(film: _Row) -> titles.Title:
    poster = {
        "kind": titles.IMAGE_KINDS["poster"],
        "uri": film.thumbnail,
        "width": film.thumbnail_width,
        "height": film.thumbnail_height,
    }
    return titles.Title(
        title_id=None,
        # Two films may have one title and year, and a few one article: the import tells them apart by their order.
        source_key=f"wikipedia:{film.href or f'{film.title} ({film.year})'}",
        type=titles.FILM,
        facts=_FACTS,
        rating=_RATING,
        language_code="en",
        released=film.year * 10_000,
        genres=film.genres,
        document={
            "texts": {
                "en": {"display_name": film.title, **({"synopsis": film.extract} if film.extract else {})},
            },
            "release_date": [film.year, 0, 0],
            "credits": [
                {"display_name": person, "role": titles.CREDIT_ROLES["actor"], "character": ""} for person in film.cast
            ],
            "images": [poster] if film.thumbnail else [],
            "source_uri": f"https://en.wikipedia.org/wiki/{quote(film.href, safe=_UNQUOTED)}" if film.href else "",
        },
    )
