"""Parses requests and checks them against the rules of the contract, before a handler sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import protovalidate
from google.protobuf.message import DecodeError, Message

from services.kit import errors, request_sanitizer, status

#: The size of the largest message, and of the largest for viewers: the largest that the contract allows them has 50 kB.
MAX_BYTES, MAX_VIEWER_BYTES = 4 * 1024 * 1024, 128 * 1024
#: How many requests of a method are remembered as valid, and the size of the largest of them.
_MAX_REMEMBERED, _MAX_REMEMBERED_BYTES = 1_000, 200

_VALIDATOR = protovalidate.Validator()


class RequestParser:
    """Reads the requests of one method.

    Screens send the same bytes again and again, and no rule of the contract depends on the time. Bytes that were valid
    once stay valid, so they are checked only once.

    Args:
        parse: parses the bytes of a message.
        max_bytes: the size of the largest message that is parsed; its objects take many times as much memory.
    """

    def __init__(self, parse: Callable[[bytes], Message], max_bytes: int = MAX_BYTES) -> None:
        self._parse = parse
        self._max_bytes = max_bytes
        self._values = request_sanitizer.FieldValues(parse(b"").DESCRIPTOR)
        self._valid: set[bytes] = set()

    def parse(self, data: bytes) -> Message:
        """Returns the request that `data` holds, its ids in lower case. Raises RequestInvalid or RequestTooLarge."""
        if len(data) > self._max_bytes:
            raise errors.RequestTooLarge(self._max_bytes)
        try:
            request = self._parse(data)
        except DecodeError as unreadable:
            raise errors.RequestInvalid("The request is not a message of this method.") from unreadable
        if data in self._valid:
            return request
        if long_list := self._values.find_long_list(request):
            raise status.violations([long_list])
        # Before the rules, which compare ids as strings and fail on a time out of range.
        changed = self._values.canonicalize(request)
        if broken := self._values.violations(request, data):
            raise status.violations(broken)
        check(request)
        if len(data) <= _MAX_REMEMBERED_BYTES and not changed:
            if len(self._valid) >= _MAX_REMEMBERED:
                self._valid.clear()
            self._valid.add(data)
        return request

    async def parse_stream(self, stream: AsyncIterator[bytes]) -> AsyncIterator[Message]:
        """Yields the requests of a stream, one by one. Raises RequestInvalid."""
        async for data in stream:
            yield self.parse(data)


def check(request: Message) -> None:
    """Raises RequestInvalid with every rule that a request breaks."""
    broken = _VALIDATOR.collect_violations(request)
    if broken:
        raise status.violations([(_path(violation), str(violation.proto.message)) for violation in broken])


def _path(violation: Any) -> str:
    """Returns the field of a violation in dots and brackets, such as `title_ids[3]`; empty for the whole request."""
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += f".{element.field_name}" if path else str(element.field_name)
        subscript = element.subscript
        if subscript is not None:
            path += f"[{getattr(subscript, 'value', subscript)}]"
    return path
