"""The types of fields of import rows, and messages about fields that are wrong."""

import datetime as dt
import re
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

import pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic_core import ErrorDetails, PydanticCustomError

from services.catalog.domain import terms, titles
from services.catalog.domain.import_report import Problem
from services.kit import localization, timestamps

LONGEST_LIST = 1000
_LONGEST_NAME = 500

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_SEPARATORS = re.compile(r"[\s_-]+")

#: The labels that may stand for an age, by system. Labels of other systems are given together with their age.
_LABELS = {
    "MPA": {"G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18},
    "TV": {"TV-Y": 0, "TV-Y7": 7, "TV-G": 0, "TV-PG": 8, "TV-14": 14, "TV-MA": 17},
}
_RATINGS = {
    label: {"age": age, "system": system, "label": label}
    for system, labels in _LABELS.items()
    for label, age in labels.items()
}
#: The label of titles that are not rated.
_NOT_RATED = "NR"

_Model = TypeVar("_Model", bound=BaseModel)
_Item = TypeVar("_Item")


def invalid(message: str) -> PydanticCustomError:
    """Returns the error that says what a field must be."""
    return PydanticCustomError("rule", "{message}", {"message": message})


class Object(BaseModel):
    """A JSON object. A field that is null counts as missing, and a field that is not declared is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True, frozen=True)

    @pydantic.model_validator(mode="before")
    @classmethod
    def _drop_null(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: content for name, content in value.items() if content is not None}


def read(model: type[_Model], row: Any) -> tuple[_Model | None, list[Problem]]:
    """Returns a row as an instance of `model` and no problems, or None and all problems."""
    try:
        return model.model_validate(row), []
    except pydantic.ValidationError as error:
        return None, [
            Problem(_path(details["loc"]), _message(details))
            for details in error.errors(include_url=False, include_input=False)
        ]


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part != "[key]":
            path += f".{part}" if path else part
    return path


_MESSAGES: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this object",
    "string_type": "must be a text",
    "string_unicode": "holds a character that cannot be stored",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "too_long": "must be a list of {max_length} items at most",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}


def _message(details: ErrorDetails) -> str:
    message = _MESSAGES.get(details["type"])
    return message.format(**details.get("ctx", {})) if message else details["msg"]


def text(most: int, *, required: bool = False) -> AfterValidator:
    """Returns the rule of a text of `most` characters at most; a required one has a visible character."""

    def validate(value: str) -> str:
        if "\0" in value:
            raise invalid("holds a character that cannot be stored")
        if len(value) > most:
            raise invalid(f"must have {most} characters at most")
        if required and not any(unicodedata.category(character)[0] in "LNPS" for character in value):
            raise invalid("must not be empty")
        return value

    return AfterValidator(validate)


def matching(expression: str, rule: str) -> AfterValidator:
    """Returns the rule of a text that matches `expression` as a whole; `rule` says in words what that means."""
    compiled = re.compile(expression)

    def validate(value: str) -> str:
        if value and not compiled.fullmatch(value):
            raise invalid(f"must be {rule}")
        return value

    return AfterValidator(validate)


def integer(least: int, most: int) -> PlainValidator:
    """Returns the rule of a whole number."""

    def validate(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise invalid(f"must be a whole number from {least} to {most}")
        return value

    return PlainValidator(validate)


def choice(numbers: Mapping[str, int]) -> PlainValidator:
    """Returns the rule of a word, which is read as its number."""

    def validate(value: Any) -> int:
        if not isinstance(value, str) or value not in numbers:
            raise invalid(f"must be one of {', '.join(numbers)}")
        return numbers[value]

    return PlainValidator(validate)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _has_slug(name: str) -> str:
    if not 0 < len(terms.slug(name)) <= terms.LONGEST_NAME:
        raise invalid(f"must have letters or digits, and {terms.LONGEST_NAME} characters at most")
    return name


def _distinct_by_slug(names: tuple[str, ...]) -> tuple[str, ...]:
    distinct: dict[str, str] = {}
    for name in names:
        distinct.setdefault(terms.slug(name), name)
    return tuple(distinct.values())


def _uuid(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise invalid("must be a UUID") from None


def _instant(value: Any) -> dt.datetime:
    try:
        return timestamps.parse_instant(value)
    except (ValueError, TypeError):
        raise invalid("must be a time with its zone, such as 2026-03-01T00:00:00Z, in the years 1 to 9999") from None


def _date(value: Any) -> tuple[int, int, int]:
    found = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise invalid("must be a date such as 2024-05-31, 2024-05 or 2024")
    year, month, day = (int(part or 0) for part in found.groups())
    try:
        dt.date(year, month or 1, day or 1)
    except ValueError:
        raise invalid("is not in the calendar") from None
    if "00" in found.groups()[1:]:
        raise invalid("is not in the calendar")
    return year, month, day


def _rating(value: Any) -> Any:
    """Returns the object of a rating: `13` and `PG-13` stand for one."""
    if isinstance(value, dict):
        return value
    if type(value) is int:
        return {"age": value}
    label = _SEPARATORS.sub("-", value.strip()).upper() if isinstance(value, str) else ""
    if label == _NOT_RATED:
        return None
    if label in _RATINGS:
        return _RATINGS[label]
    raise invalid(
        f"must be an age in years, one of {', '.join([*_RATINGS, _NOT_RATED])}, or an object of age, system and label"
    )


def _refuse_default(language: str) -> str:
    if language == localization.DEFAULT_LANGUAGE:
        raise invalid("is the language of the texts outside of localized")
    return language


Name: TypeAlias = Annotated[str, text(_LONGEST_NAME, required=True)]
ShortText: TypeAlias = Annotated[str, text(_LONGEST_NAME)]
LongText: TypeAlias = Annotated[str, text(10_000)]
Link: TypeAlias = Annotated[str, text(2000), matching(r"https?://[^\s<>\"]+", "an address that begins with https://")]
Language: TypeAlias = Annotated[str, matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language tag such as en or pt-BR")]
#: A language of translations.
Translated: TypeAlias = Annotated[Language, AfterValidator(_refuse_default)]
Country: TypeAlias = Annotated[str, matching("[A-Z]{2}", "a country such as US, by ISO 3166-1")]
Color: TypeAlias = Annotated[str, matching("#[0-9a-fA-F]{6}", "a color such as #1e1b4b")]
Id: TypeAlias = Annotated[str, AfterValidator(_uuid)]
Instant: TypeAlias = Annotated[dt.datetime, PlainValidator(_instant)]
ReleaseDate: TypeAlias = Annotated[tuple[int, int, int], PlainValidator(_date)]
#: A list. Strict mode would have it be a tuple, which JSON does not have.
Many: TypeAlias = Annotated[tuple[_Item, ...], Field(strict=False, max_length=LONGEST_LIST)]
Names: TypeAlias = Annotated[Many[Name], AfterValidator(_distinct)]
TermNames: TypeAlias = Annotated[
    Many[Annotated[str, text(terms.LONGEST_NAME, required=True), AfterValidator(_has_slug)]],
    AfterValidator(_distinct_by_slug),
]


class Rating(Object):
    """The youngest viewer that a title is suitable for."""

    age: Annotated[int, integer(0, 21)]
    system: Annotated[str, text(20)] = ""
    label: Annotated[str, text(20)] = ""


MaturityRating: TypeAlias = Annotated[Rating | None, BeforeValidator(_rating)]


class Image(Object):
    """A picture of a title or an episode."""

    kind: Annotated[int, choice(titles.IMAGE_KINDS)]
    uri: Annotated[Link, text(2000, required=True)]
    width: Annotated[int, integer(0, 100_000)] = 0
    height: Annotated[int, integer(0, 100_000)] = 0
