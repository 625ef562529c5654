"""Reads a file in chunks and unpacks it, with a bound on how much it may grow."""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO

#: The longest file when it is unpacked.
MAX_BYTES = 1024 * 1024 * 1024
#: A guide shrinks to a tenth or a twentieth when it is compressed.
MAX_RATIO = 200
_RATIO_CHECKED_FROM = 4 * 1024 * 1024
_CHUNK = 64 * 1024
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
#: What the dictionary of an xz file may take: the strongest preset has one of 64 MiB.
_XZ_MEMORY = 80 * 1024 * 1024


class UnpackFailed(Exception):
    """The file cannot be unpacked; the text says why."""


def read(file: BinaryIO, *, most_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """Returns the chunks of a file, unpacked if it is gzip or xz. Raises UnpackFailed."""
    file.seek(0)
    head = file.read(len(_XZ))
    file.seek(0)
    size = 0
    for chunk in _unpack(file, head):
        size += len(chunk)
        if size > most_bytes:
            raise UnpackFailed(f"it is longer than {most_bytes} bytes")
        if size > _RATIO_CHECKED_FROM and size > MAX_RATIO * file.tell():
            raise UnpackFailed(f"it grows to more than {MAX_RATIO} times its size when it is unpacked")
        yield chunk


def _unpack(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    try:
        if head.startswith(_GZIP):
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield from iter(lambda: unpacked.read(_CHUNK), b"")
        elif head == _XZ:
            yield from _unpack_xz(file)
        else:
            yield from iter(lambda: file.read(_CHUNK), b"")
    except EOFError:
        raise UnpackFailed("the compressed file ends early") from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as damaged:
        raise UnpackFailed(f"the compressed file is damaged ({damaged})") from None


def _unpack_xz(file: BinaryIO) -> Iterator[bytes]:
    decompressor, data = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY), b""
    while True:
        if decompressor.eof:
            data = decompressor.unused_data.lstrip(b"\0") or file.read(_CHUNK).lstrip(b"\0")
            if not data:
                return
            decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        elif decompressor.needs_input:
            data = file.read(_CHUNK)
            if not data:
                raise EOFError
        chunk = decompressor.decompress(data, _CHUNK)
        data = b""
        if chunk:
            yield chunk
