"""Fragmented MP4: whether a segment is complete, and the codec that an initialization segment states."""

import struct
from collections.abc import Iterator

_HEADER = struct.Struct(">I4s")
_SOUND_CODEC = "mp4a.40.2"


class Unusable(Exception):
    """The bytes are not what the encoder writes."""


def check_segment(segment: bytes) -> None:
    """Checks that a segment holds whole fragments, and nothing else. Raises Unusable."""
    kinds = list(_boxes(segment))
    if b"moof" not in kinds or kinds[-1] != b"mdat":
        raise Unusable("A segment has no fragment.")


def codec(init: bytes) -> str:
    """Returns the codec of an initialization segment, by RFC 6381: H.264 or AAC. Raises Unusable."""
    list(_boxes(init))
    place = init.find(b"avcC")
    if place >= 0:
        # The configuration begins with its version; profile, compatibility and level follow.
        return f"avc1.{init[place + 5 : place + 8].hex()}"
    if b"mp4a" in init:
        return _SOUND_CODEC
    raise Unusable("An initialization segment has an unknown codec.")


def _boxes(data: bytes) -> Iterator[bytes]:
    """Yields the kinds of the boxes at the top level. Raises Unusable unless they fill the data."""
    place = 0
    while place < len(data):
        if len(data) - place < _HEADER.size:
            raise Unusable("A segment is cut short.")
        size, kind = _HEADER.unpack_from(data, place)
        if size < _HEADER.size or place + size > len(data):
            raise Unusable("A segment is cut short.")
        yield kind
        place += size
