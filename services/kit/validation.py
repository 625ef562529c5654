"""The rules of the contract: what comes in is read and checked before a handler sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import protovalidate
from google.protobuf.message import DecodeError, Message

from services.kit import errors, field_values, status

#: How many requests of a method are remembered as valid, and how long such a one may be.
_MOST_KNOWN, _LONGEST_KNOWN = 1_000, 200

_VALIDATOR = protovalidate.Validator()


class RequestParser:
    """Reads the requests of one method.

    What every screen asks, it asks in the same bytes again and again, and no rule of the contract asks for the time:
    bytes that were valid are, so they are only checked once.

    Args:
        parse: makes a message of bytes.
    """

    def __init__(self, parse: Callable[[bytes], Message]) -> None:
        self._parse = parse
        self._values = field_values.FieldValues(parse(b"").DESCRIPTOR)
        self._known: set[bytes] = set()

    def parse(self, data: bytes) -> Message:
        """Returns the request that `data` holds, its ids in lower case. Raises RequestInvalid."""
        try:
            request = self._parse(data)
        except DecodeError as unreadable:
            raise errors.RequestInvalid("The request is not a message of this method.") from unreadable
        if data in self._known:
            return request
        # Before the rules: two spellings of one id are one id, and a time out of range cannot be compared.
        changed = self._values.canonicalize(request)
        if found := self._values.violations(request, data):
            raise status.violations(found)
        check(request)
        if len(data) <= _LONGEST_KNOWN and not changed:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known.add(data)
        return request

    async def parse_stream(self, stream: AsyncIterator[bytes]) -> AsyncIterator[Message]:
        """Yields the requests of a stream, one by one. Raises RequestInvalid."""
        async for data in stream:
            yield self.parse(data)


def check(request: Message) -> None:
    """Raises RequestInvalid with every rule that a request breaks."""
    found = _VALIDATOR.collect_violations(request)
    if found:
        raise status.violations([(_path(violation), str(violation.proto.message)) for violation in found])


def _path(violation: Any) -> str:
    """Returns the field of a violation in dots and brackets, such as `title_ids[3]`."""
    path = ""
    for element in violation.proto.field.elements:
        path += f".{element.field_name}" if path else str(element.field_name)
        subscript = element.subscript
        if subscript is not None:
            path += f"[{getattr(subscript, 'value', subscript)}]"
    return path
