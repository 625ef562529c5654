"""Finds unknown fields in JSON bodies, which the transcoder would ignore."""

import functools
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from google.protobuf import descriptor, descriptor_pool

from gateway import contract

#: The unknown fields that are named, and the items of a list that are searched. A body of 1 MiB has room for 300,000;
#: services refuse lists that are too long.
_MAX_NAMED, _MAX_ITEMS = 20, 1_000


class JsonBodies:
    """Finds unknown fields by the message of each JSON path.

    Args:
        whole: the contracts.
    """

    def __init__(self, whole: contract.Contract) -> None:
        pool = descriptor_pool.DescriptorPool()
        for file in whole.files.file:
            pool.Add(file)
        self._messages: dict[tuple[str, str], descriptor.Descriptor] = {}
        for method in whole.visible_methods:
            for rule in method.http_rules:
                message = _message(pool.FindMessageTypeByName(method.request), rule.body)
                if message is not None:
                    self._messages[rule.path, rule.verb] = message

    @property
    def templates(self) -> frozenset[str]:
        """Returns the path templates that have a verb with a checked body."""
        return frozenset(template for template, _ in self._messages)

    def unknown_fields(self, template: str, verb: str, body: bytes) -> list[str]:
        """Returns the paths of fields that the message of a body does not have, such as `device.colour`; 20 at most."""
        message = self._messages.get((template, verb))
        if message is None:
            return []
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:  # The transcoder reports it.
            return []
        return list(itertools.islice(_unknown_in_message(value, message, ""), _MAX_NAMED))


def _message(request: descriptor.Descriptor, body: str) -> descriptor.Descriptor | None:
    if body == "*":
        return request
    field = request.fields_by_name.get(body)
    return field.message_type if field is not None and not _has_special_json(field.message_type) else None


def _unknown_in_message(value: Any, message: descriptor.Descriptor, prefix: str) -> Iterator[str]:
    if not isinstance(value, Mapping) or _has_special_json(message):
        return
    fields = _fields_by_name(message)
    for name, inner in value.items():
        field = fields.get(name)
        if field is None:
            yield f"{prefix}{name}"
        elif field.message_type is not None:
            yield from _unknown_in_value(inner, field.message_type, f"{prefix}{name}")


def _unknown_in_value(value: Any, message: descriptor.Descriptor, path: str) -> Iterator[str]:
    if message.GetOptions().map_entry:
        inner = message.fields_by_name["value"].message_type
        if inner is not None and isinstance(value, Mapping):
            for key, each in value.items():
                yield from _unknown_in_message(each, inner, f"{path}[{key}].")
    elif isinstance(value, list):
        for index, each in enumerate(value[:_MAX_ITEMS]):
            yield from _unknown_in_message(each, message, f"{path}[{index}].")
    else:
        yield from _unknown_in_message(value, message, f"{path}.")


@functools.cache
def _fields_by_name(message: descriptor.Descriptor) -> Mapping[str, descriptor.FieldDescriptor]:
    """Returns the fields of a message by both spellings of their names."""
    return {name: field for field in message.fields for name in (field.name, field.json_name)}


def _has_special_json(message: descriptor.Descriptor | None) -> bool:
    """Returns whether a message has a JSON form of its own, or is not JSON."""
    return message is None or message.full_name.startswith(("google.protobuf.", "google.api."))
