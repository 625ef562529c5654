"""Checks of every request beyond its contract: strings without NUL, times in range, ids in lower case, short lists.

Each message type is searched once for its lists, ids, times and strings. Of a request, only these are read, and the
other strings only if its bytes contain a NUL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from buf.validate import validate_pb2
from google.protobuf import descriptor, duration_pb2, timestamp_pb2
from google.protobuf.message import Message

#: Python allows the years 1 to 9999; a year is left at both ends for offsets, windows and retention.
_FIRST_SECOND, _LAST_SECOND = -62_104_060_800, 253_370_764_799  # 0002-01-01 and the end of 9998, in UTC.
#: Of either sign; 100 years. The longest that protobuf allows, 10,000 years, overflows when it is added to any time.
_MAX_DURATION_SECONDS = 3_155_760_000
_MAX_NANOS = 999_999_999

_NUL_TEXT = "must not contain the character NUL"
_INSTANT_TEXT = "must be an instant from 0002-01-01T00:00:00Z to 9998-12-31T23:59:59Z with 0 to 999,999,999 nanoseconds"
_DURATION_TEXT = "must be at most 100 years, with seconds and nanoseconds of one sign"

#: The limit of a list or a map whose field states none.
_MAX_ITEMS = 10_000

_TIMES = {timestamp_pb2.Timestamp.DESCRIPTOR.full_name, duration_pb2.Duration.DESCRIPTOR.full_name}

_STRING = descriptor.FieldDescriptor.TYPE_STRING

#: A field path, such as `profiles[1].display_name`, and what is wrong with the field.
Violation = tuple[str, str]

_Kind = Callable[[descriptor.FieldDescriptor], bool]


class _Field(NamedTuple):
    """A field that is read."""

    name: str
    repeated: bool
    mapped: bool
    max_items: int


class _Plan:
    """The fields of one kind in a message type: its own, and those of the messages in it."""

    def __init__(self) -> None:
        self.fields: list[_Field] = []
        self.children: list[tuple[_Field, _Plan]] = []

    def __bool__(self) -> bool:
        return bool(self.fields or self.children)


class FieldValues:
    """Checks and canonicalises the requests of one message type.

    Args:
        message_type: the descriptor of the requests.
    """

    def __init__(self, message_type: Any) -> None:
        self._lists, self._ids, self._times, self._strings = (
            _plan(message_type, kind, {}) for kind in (_is_list, is_id, _is_time, _is_string)
        )

    def find_long_list(self, message: Message) -> Violation | None:
        """Returns the violation of a list that is longer than allowed, None if there is none.

        Nothing may be read of the items of a request before: a request of 4 MiB has room for two million, and the other
        checks spend microseconds on each.
        """
        return _find_long_list(message, self._lists, "") if self._lists else None

    def canonicalize(self, message: Message) -> bool:
        """Writes every id, which is a field with the rule `uuid`, in lower case; returns whether one was not."""
        return bool(self._ids) and _canonicalize(message, self._ids)

    def violations(self, message: Message, data: bytes) -> Sequence[Violation]:
        """Returns what is wrong with a message that was read from `data`."""
        violations: list[Violation] = []
        if self._times and not _are_times_valid(message, self._times):
            violations.extend(_invalid_times(message, self._times, ""))
        # A NUL in a string is a NUL in the bytes. Most messages have none, so their strings need not be read.
        if b"\0" in data:
            violations.extend(_nul_strings(message, self._strings, ""))
        return violations


def is_id(field: descriptor.FieldDescriptor) -> bool:
    """Returns whether the values of a field have the rule `uuid`."""
    rules = field.GetOptions().Extensions[validate_pb2.field]
    return bool(rules.string.uuid or rules.repeated.items.string.uuid)


def _is_list(field: descriptor.FieldDescriptor) -> bool:
    return bool(field.is_repeated)


def _is_time(field: descriptor.FieldDescriptor) -> bool:
    target = _value_of(field).message_type
    return target is not None and target.full_name in _TIMES


def _is_string(field: descriptor.FieldDescriptor) -> bool:
    entry = _entry_of(field)
    return _value_of(field).type == _STRING or (entry is not None and entry.fields_by_name["key"].type == _STRING)


def _plan(message_type: descriptor.Descriptor, kind: _Kind, plans: dict[str, _Plan]) -> _Plan:
    """Returns the plan of a type; `plans` has the plans of types that contain themselves."""
    if message_type.full_name in plans:
        return plans[message_type.full_name]
    plan = plans[message_type.full_name] = _Plan()
    for field in message_type.fields:
        described = _Field(field.name, field.is_repeated, _entry_of(field) is not None, _max_items(field))
        if kind(field):
            plan.fields.append(described)
        child_type = _value_of(field).message_type
        if child_type is not None and _holds(child_type, kind, set()):
            plan.children.append((described, _plan(child_type, kind, plans)))
    return plan


def _holds(message_type: descriptor.Descriptor, kind: _Kind, seen: set[str]) -> bool:
    """Returns whether a type holds a field of a kind at any depth."""
    if message_type.full_name in seen:
        return False
    seen.add(message_type.full_name)
    return any(
        kind(field) or (field.message_type is not None and _holds(field.message_type, kind, seen))
        for field in message_type.fields
    )


def _entry_of(field: descriptor.FieldDescriptor) -> descriptor.Descriptor | None:
    """Returns the type of the entries of a map; None for other fields."""
    entry = field.message_type
    return entry if entry is not None and entry.GetOptions().map_entry else None


def _value_of(field: descriptor.FieldDescriptor) -> descriptor.FieldDescriptor:
    """Returns the field of the values of a map; for fields that are no map the field itself."""
    entry = _entry_of(field)
    return field if entry is None else entry.fields_by_name["value"]


def _max_items(field: descriptor.FieldDescriptor) -> int:
    """Returns how many items a list or a map may have."""
    rules = field.GetOptions().Extensions[validate_pb2.field]
    return int(rules.repeated.max_items or rules.map.max_pairs or _MAX_ITEMS)


def _find_long_list(message: Any, plan: _Plan, path: str) -> Violation | None:
    for field in plan.fields:
        if len(getattr(message, field.name)) > field.max_items:
            return f"{path}{field.name}", f"must contain no more than {field.max_items} item(s)"
    for field, child_plan in plan.children:
        for part, child in _items(message, field):
            if (violation := _find_long_list(child, child_plan, f"{path}{part}.")) is not None:
                return violation
    return None


def _canonicalize(message: Any, plan: _Plan) -> bool:
    changed = False
    for name, repeated, *_ in plan.fields:
        value = getattr(message, name)
        if not repeated:
            if value != (canonical := value.lower()):
                setattr(message, name, canonical)
                changed = True
            continue
        for index, each in enumerate(value):
            if each != (canonical := each.lower()):
                value[index] = canonical
                changed = True
    for field, child_plan in plan.children:
        for child in _messages(message, field):
            changed |= _canonicalize(child, child_plan)
    return changed


def _are_times_valid(message: Any, plan: _Plan) -> bool:
    """Returns whether `_invalid_times` would yield nothing, without building paths."""
    for field in plan.fields:
        for value in _messages(message, field):
            if _time_error(value) is not None:
                return False
    for field, child_plan in plan.children:
        for child in _messages(message, field):
            if not _are_times_valid(child, child_plan):
                return False
    return True


def _invalid_times(message: Any, plan: _Plan, path: str) -> Iterator[Violation]:
    for field in plan.fields:
        for part, value in _items(message, field):
            if (text := _time_error(value)) is not None:
                yield f"{path}{part}", text
    for field, child_plan in plan.children:
        for part, child in _items(message, field):
            yield from _invalid_times(child, child_plan, f"{path}{part}.")


def _time_error(value: Any) -> str | None:
    seconds, nanos = value.seconds, value.nanos
    if type(value) is timestamp_pb2.Timestamp:
        valid = _FIRST_SECOND <= seconds <= _LAST_SECOND and 0 <= nanos <= _MAX_NANOS
        return None if valid else _INSTANT_TEXT
    valid = (
        -_MAX_DURATION_SECONDS <= seconds <= _MAX_DURATION_SECONDS
        and -_MAX_NANOS <= nanos <= _MAX_NANOS
        and seconds * nanos >= 0
    )
    return None if valid else _DURATION_TEXT


def _nul_strings(message: Any, plan: _Plan, path: str) -> Iterator[Violation]:
    for field in plan.fields:
        for part, value in _strings(message, field):
            if "\0" in value:
                yield f"{path}{part}", _NUL_TEXT
    for field, child_plan in plan.children:
        for part, child in _items(message, field):
            yield from _nul_strings(child, child_plan, f"{path}{part}.")


def _strings(message: Any, field: _Field) -> Iterator[tuple[str, str]]:
    """Yields the strings in a field, of a map its keys as well, each with its part of the path."""
    value = getattr(message, field.name)
    if field.mapped:
        for key, each in value.items():
            yield from ((field.name, text) for text in (key, each) if isinstance(text, str))
    elif field.repeated:
        yield from ((f"{field.name}[{index}]", each) for index, each in enumerate(value))
    else:
        yield field.name, value


def _messages(message: Any, field: _Field) -> Iterable[Any]:
    """Returns the messages in a field."""
    name, repeated, mapped, _ = field
    value = getattr(message, name)
    if mapped or repeated:
        return cast("Iterable[Any]", value.values() if mapped else value)
    return (value,) if message.HasField(name) else ()


def _items(message: Any, field: _Field) -> Iterator[tuple[str, Any]]:
    """Yields the messages in a field, each with its part of the path."""
    if field.mapped:
        for key, value in getattr(message, field.name).items():
            yield f"{field.name}[{key}]", value
    elif field.repeated:
        for index, value in enumerate(getattr(message, field.name)):
            yield f"{field.name}[{index}]", value
    elif message.HasField(field.name):
        yield field.name, getattr(message, field.name)
