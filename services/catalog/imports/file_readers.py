"""Reads import files row by row: a file may be larger than the memory, a row may not."""

import gzip
import io
import itertools
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from services.catalog import errors

_LONGEST_ROW = 1024 * 1024
_CHUNK = 64 * 1024
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_WHITESPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: a value, or the reason why it cannot be read."""

    number: int
    value: Any = None
    unreadable: str = ""


def lines(file: BinaryIO) -> Iterator[Row]:
    """Reads JSON lines; empty lines are skipped. After a line that is not JSON the next ones are still read.

    Raises ImportUnreadable.
    """
    yield from _guarded(_lines(_unpacked(file)))


def array(file: BinaryIO) -> Iterator[Row]:
    """Reads the items of a JSON array. Raises ImportUnreadable."""
    yield from _guarded(_Array(_unpacked(file)).items())


def _unpacked(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    zipped = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    return io.BufferedReader(gzip.GzipFile(fileobj=file), _CHUNK) if zipped else file


def _guarded(rows: Iterator[Row]) -> Iterator[Row]:
    number = 0
    try:
        for row in rows:
            number = row.number
            yield row
    except EOFError:
        raise errors.ImportUnreadable(number + 1, "the compressed file ends early") from None
    except (gzip.BadGzipFile, zlib.error) as broken:
        raise errors.ImportUnreadable(number + 1, f"the compressed file is damaged ({broken})") from None
    except UnicodeDecodeError:
        raise errors.ImportUnreadable(number + 1, "it is not UTF-8") from None


def _lines(stream: BinaryIO) -> Iterator[Row]:
    for number in itertools.count(1):
        line = stream.readline(_LONGEST_ROW)
        if not line:
            return
        content = line.removeprefix(_BOM if number == 1 else b"").strip()
        if number == 1 and content.startswith(b"["):
            raise errors.ImportUnreadable(1, "it is an array, not one object a line")
        if len(line) == _LONGEST_ROW and not line.endswith(b"\n"):
            while (rest := stream.readline(_LONGEST_ROW)) and not rest.endswith(b"\n"):
                pass
            yield Row(number, unreadable=f"is longer than {_LONGEST_ROW} bytes")
        elif content:
            yield _line(number, content, ended=line.endswith(b"\n"))


def _line(number: int, content: bytes, *, ended: bool) -> Row:
    try:
        return Row(number, orjson.loads(content))
    except orjson.JSONDecodeError as broken:
        if not ended:
            raise errors.ImportUnreadable(number, "the file ends in the middle of this row") from None
        return Row(number, unreadable=f"is not JSON: {broken}")


class _Array:
    """A JSON array, of which one item and one chunk are in memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = io.TextIOWrapper(stream, encoding="utf-8-sig")
        self._decoder = json.JSONDecoder()
        self._buffer = ""
        self._position = 0

    def items(self) -> Iterator[Row]:
        """Reads the items, each numbered by its position."""
        try:
            yield from self._items()
        finally:
            self._stream.detach()

    def _items(self) -> Iterator[Row]:
        if not self._skip_space():
            return
        if self._take(1) != "[":
            raise errors.ImportUnreadable(1, "it is not a JSON array")
        for number in itertools.count(1):
            if number == 1 and self._peek(number) == "]":
                self._take(number)
                break
            yield Row(number, self._item(number))
            mark = self._take(number + 1)
            if mark == "]":
                break
            if mark != ",":
                raise errors.ImportUnreadable(number + 1, "a comma or a closing bracket is missing before it")
        if self._skip_space():
            raise errors.ImportUnreadable(number + 1, "something follows the end of the array")

    def _item(self, number: int) -> Any:
        self._peek(number)
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._position)
            except RecursionError:
                raise errors.ImportUnreadable(number, "it is nested too deeply") from None
            except json.JSONDecodeError as broken:
                if len(self._buffer) - self._position > _LONGEST_ROW:
                    raise errors.ImportUnreadable(number, f"it is not JSON: {broken.msg}") from None
                if not self._fill():
                    raise errors.ImportUnreadable(number, f"it ends early, or is not JSON: {broken.msg}") from None
                continue
            except ValueError:
                # Python reads no number with more than some thousand digits.
                raise errors.ImportUnreadable(number, "it holds a number with too many digits") from None
            # A number at the end of the buffer may continue.
            if end < len(self._buffer) or not self._fill():
                self._position = end
                return value

    def _take(self, number: int) -> str:
        mark = self._peek(number)
        self._position += 1
        return mark

    def _peek(self, number: int) -> str:
        """Returns the next character that is not space. Raises ImportUnreadable at the end of the file."""
        if not self._skip_space():
            raise errors.ImportUnreadable(number, "it ends early")
        return self._buffer[self._position]

    def _skip_space(self) -> bool:
        """Moves to the next character that is not space; returns whether there is one."""
        while True:
            while self._position < len(self._buffer):
                if self._buffer[self._position] not in _WHITESPACE:
                    return True
                self._position += 1
            if not self._fill():
                return False

    def _fill(self) -> bool:
        """Reads another chunk and drops what has been read; returns whether there was one."""
        chunk = self._stream.read(_CHUNK)
        self._buffer, self._position = self._buffer[self._position :] + chunk, 0
        return bool(chunk)
