"""Takes one JSON object apart, field by field, and notes what is wrong with it."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Characters that JSON can carry and PostgreSQL cannot.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")

_LONGEST_LIST = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field."""

    #: In dots and brackets; empty for the object as a whole.
    field: str
    message: str


class Fields:
    """The fields of one object.

    Each method takes one field out and answers its value; what is wrong is noted and answered as if it were missing,
    so that all problems of a row are told at once.

    Args:
        value: what should be an object.
        path: where it stands.
        problems: where to note what is wrong.
    """

    def __init__(self, value: Any, path: str, problems: list[Problem]) -> None:
        self._rest: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        self._path = path
        self._problems = problems
        if not isinstance(value, dict):
            self.note("", "must be an object")

    def note(self, name: str, message: str) -> None:
        """Notes a problem with the field `name`, or with the object as a whole."""
        path = f"{self._path}.{name}" if self._path and name else self._path or name
        self._problems.append(Problem(path, message))

    def end(self) -> None:
        """Notes every field that nothing has taken: a misspelt name must not pass in silence."""
        for name in self._rest:
            self.note(str(name), "is not a field of this object")

    def text(self, name: str, *, most: int, required: bool = False) -> str:
        """Takes a text of `most` characters at most, without the space around it."""
        value = self._take(name, required=required)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.note(name, "must be a text")
            return ""
        value = value.strip()
        if _UNSTORABLE.search(value):
            self.note(name, "holds a character that cannot be kept")
        elif len(value) > most:
            self.note(name, f"must have {most} characters at most")
        elif required and not value:
            self.note(name, "must not be empty")
        else:
            return value
        return ""

    def matching(self, name: str, pattern: re.Pattern[str], told: str, *, required: bool = False) -> str:
        """Takes a text that matches `pattern` as a whole; `told` says what that means."""
        value = self.text(name, most=2000, required=required)
        if value and not pattern.fullmatch(value):
            self.note(name, f"must be {told}")
            return ""
        return value

    def link(self, name: str) -> str:
        """Takes the address of a page or a picture."""
        return self.matching(name, _LINK, "an address that begins with http:// or https://")

    def identifier(self, name: str, *, required: bool = False) -> str:
        """Takes a UUID."""
        value = self.text(name, most=36, required=required)
        if not value:
            return ""
        try:
            return str(uuid.UUID(value))
        except ValueError:
            self.note(name, "must be a UUID")
            return ""

    def choice(self, name: str, allowed: Mapping[str, int], default: str | None = None) -> int:
        """Takes a word of `allowed` and answers its number; zero if there is none."""
        value = self._take(name, required=default is None)
        if value is None:
            return allowed[default] if default else 0
        number = allowed.get(value) if isinstance(value, str) else None
        if number is None:
            self.note(name, f"must be one of {', '.join(allowed)}")
            return 0
        return number

    def whole(self, name: str, *, least: int, most: int, required: bool = False) -> int | None:
        """Takes a whole number."""
        value = self._take(name, required=required)
        if value is None:
            return None
        if type(value) is not int or not least <= value <= most:
            self.note(name, f"must be a whole number from {least} to {most}")
            return None
        return value

    def flag(self, name: str) -> bool:
        """Takes a yes or no; no if it is missing."""
        value = self._take(name, required=False)
        if not isinstance(value, bool | None):
            self.note(name, "must be true or false")
        return value is True

    def date(self, name: str) -> tuple[int, int, int] | None:
        """Takes a calendar date, of which the day and the month may be missing; zeros stand for those."""
        value = self.matching(name, _DATE, "a date such as 2024-05-31, 2024-05 or 2024", required=True)
        found = _DATE.fullmatch(value)
        if found is None:
            return None
        year, month, day = (int(part or 0) for part in found.groups())
        try:
            dt.date(year, month or 1, day or 1)
        except ValueError:
            self.note(name, "is not in the calendar")
            return None
        if (found[2] == "00") or (found[3] == "00"):
            self.note(name, "is not in the calendar")
            return None
        return year, month, day

    def time(self, name: str) -> dt.datetime | None:
        """Takes a point in time with its zone."""
        value = self.text(name, most=40)
        if not value:
            return None
        try:
            found = dt.datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.note(name, "must be a time with its zone, such as 2026-03-01T00:00:00Z")
            return None
        return found.astimezone(dt.UTC)

    def words(self, name: str, *, most: int, pattern: re.Pattern[str] | None = None, told: str = "") -> tuple[str, ...]:
        """Takes a list of different texts of `most` characters at most."""
        found: dict[str, None] = {}
        for index, value in enumerate(self._list(name)):
            place = f"{name}[{index}]"
            item = Fields({place: value}, self._path, self._problems)
            word = item.matching(place, pattern, told) if pattern else item.text(place, most=most, required=True)
            if word:
                found[word] = None
        return tuple(found)

    def object(self, name: str) -> "Fields | None":
        """Takes an object; None if it is missing."""
        value = self._take(name, required=False)
        return None if value is None else Fields(value, self._at(name), self._problems)

    def objects(self, name: str) -> "list[Fields]":
        """Takes a list of objects."""
        return [
            Fields(value, self._at(f"{name}[{index}]"), self._problems) for index, value in enumerate(self._list(name))
        ]

    def mapping(self, name: str) -> "dict[str, Fields]":
        """Takes an object of objects, by name."""
        value = self._take(name, required=False)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.note(name, "must be an object")
            return {}
        return {key: Fields(item, self._at(f"{name}.{key}"), self._problems) for key, item in value.items()}

    def _list(self, name: str) -> list[Any]:
        value = self._take(name, required=False)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > _LONGEST_LIST:
            self.note(name, f"must be a list of {_LONGEST_LIST} items at most")
            return []
        return value

    def _take(self, name: str, *, required: bool) -> Any:
        value = self._rest.pop(name, None)
        if value is None and required:
            self.note(name, "is missing")
        return value

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name
