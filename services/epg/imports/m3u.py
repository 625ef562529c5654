"""Reads the channels of an M3U playlist, line by line.

The addresses of streams are not read: which media a channel plays is not stated by guides.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import BinaryIO

from marquee.type.v1 import type_pb2

from services.epg import errors
from services.epg.domain import name_folding
from services.epg.domain.source_records import Problem, ProblemKind, SourceChannel, SourceGuide
from services.epg.imports import file_chunks, xmltv_details
from services.epg.imports.limits import MAX_CHANNELS, MAX_ID_LENGTH, MAX_NAME_LENGTH

_MAX_LINE_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_ENTRY = re.compile(r"#EXTINF:\s*-?[\d.]*")
_ATTRIBUTE = re.compile(r"""\s*([\w-]+)=(?:"([^"]*)"|'([^']*)'|([^\s,"']*))""")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_MAX_GENRE_LENGTH, _MAX_DAYS = 60, 31
#: How far back viewers may go where a source offers catch-up without saying how far: as players assume.
_DEFAULT_DAYS = 7
#: What says that an entry offers catch-up; `none` and `0` say that it does not.
_CATCH_UP = frozenset({"default", "append", "shift", "flussonic", "flussonic-hls", "flussonic-ts", "fs", "xc", "vod"})
_CATCH_UP_DAYS = ("catchup-days", "timeshift", "tvg-rec")


def read(file: BinaryIO) -> SourceGuide:
    """Returns the channels that a file states. Raises ImportUnreadable."""
    guide = SourceGuide()
    defaults: Mapping[str, str] = {}
    #: The line, the text and the group of the entry whose address is awaited.
    entry: tuple[int, str, str] | None = None
    number = 0
    for number, line in _lines(file):
        if number == 1:
            defaults = _parse_attributes(line)
        elif line.startswith("#EXTINF"):
            if entry:
                _add_problem(guide, entry[0])
            entry = (number, line, "")
        elif line.startswith("#EXTGRP:") and entry:
            entry = (entry[0], entry[1], line.removeprefix("#EXTGRP:"))
        elif line.startswith("#EXT-X-TARGETDURATION"):
            raise errors.ImportUnreadable(number, "it lists the segments of one stream, not channels")
        elif line and not line.startswith("#"):
            _add(guide, number, entry, defaults)
            entry = None
    if not number:
        raise errors.ImportUnreadable(1, "it is empty")
    if entry:
        _add_problem(guide, entry[0])
    return guide


def _add(guide: SourceGuide, number: int, entry: tuple[int, str, str] | None, defaults: Mapping[str, str]) -> None:
    """Adds the channel of an entry, whose address stands on the line with a number."""
    channel = _parse_entry(*entry, defaults) if entry else None
    if channel is None:
        _add_problem(guide, entry[0] if entry else number)
    elif channel.source_channel_id in guide.channels:
        _add_problem(guide, channel.line, channel.source_channel_id, ProblemKind.CHANNEL_REPEATED)
    elif len(guide.channels) == MAX_CHANNELS:
        raise errors.ImportUnreadable(channel.line, f"it holds more than {MAX_CHANNELS} channels")
    else:
        guide.channels[channel.source_channel_id] = channel


def _add_problem(
    guide: SourceGuide, line: int, channel_id: str = "", kind: ProblemKind = ProblemKind.CHANNEL_UNREADABLE
) -> None:
    guide.problems.add(Problem(kind, line, channel_id))


def _parse_entry(number: int, line: str, group: str, defaults: Mapping[str, str]) -> SourceChannel | None:
    """Returns the channel of an `#EXTINF` line, None if it has no name."""
    begin = _ENTRY.match(line)
    if begin is None:
        return None
    attributes, end = dict(defaults), begin.end()
    while found := _ATTRIBUTE.match(line, end):
        attributes[found[1].lower()] = _value(found)
        end = found.end()
    title = line[end:].partition(",")[2].strip()
    stated_names = (title, attributes.get("tvg-name", "").strip())
    names = tuple(dict.fromkeys(name[:MAX_NAME_LENGTH] for name in stated_names if name))
    channel_id = attributes.get("tvg-id", "").strip() or (names[-1] if names else "")
    if not names or len(channel_id) > MAX_ID_LENGTH:
        return None
    chosen_group = (attributes.get("group-title", "").strip() or group).partition(";")[0]
    return SourceChannel(
        line=number,
        source_channel_id=channel_id,
        display_names=names,
        images=xmltv_details.image(attributes.get("tvg-logo", ""), type_pb2.IMAGE_KIND_LOGO),
        number=_digits(attributes.get("tvg-chno", ""), 99_999),
        genre_id=name_folding.ascii_slug(chosen_group)[:_MAX_GENRE_LENGTH].strip("-"),
        catch_up_window=_catch_up_window(attributes),
    )


def _catch_up_window(attributes: Mapping[str, str]) -> timedelta:
    days = max((_digits(attributes.get(name, ""), _MAX_DAYS) for name in _CATCH_UP_DAYS), default=0)
    offered = attributes.get("catchup", attributes.get("catchup-type", "")).lower() in _CATCH_UP
    return timedelta(days=days or (_DEFAULT_DAYS if offered or attributes.get("catchup-source") else 0))


def _digits(text: str, most: int) -> int:
    """Returns the number that a text states, zero if it states none or one above `most`."""
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*", text)
    return int(found[1]) if found and int(found[1]) <= most else 0


def _parse_attributes(line: str) -> dict[str, str]:
    return {found[1].lower(): _value(found) for found in _ATTRIBUTE.finditer(line)}


def _value(attribute: re.Match[str]) -> str:
    return attribute[2] or attribute[3] or attribute[4] or ""


def _lines(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Returns the lines with their numbers, without control characters. Raises ImportUnreadable."""
    rest, number = b"", 0
    try:
        for chunk in file_chunks.read(file):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                number += 1
                yield number, _decode(line, number)
            if len(rest) > _MAX_LINE_BYTES:
                raise errors.ImportUnreadable(number + 1, f"the line is longer than {_MAX_LINE_BYTES} bytes")
    except file_chunks.UnpackFailed as broken:
        raise errors.ImportUnreadable(number + 1, str(broken)) from None
    if rest:
        yield number + 1, _decode(rest, number + 1)


def _decode(line: bytes, number: int) -> str:
    try:
        text = line.removeprefix(_BOM if number == 1 else b"").decode()
    except UnicodeDecodeError:
        raise errors.ImportUnreadable(number, "it is not UTF-8") from None
    text = _CONTROL.sub(" ", text).strip()
    if number == 1 and not text.startswith("#EXTM3U"):
        raise errors.ImportUnreadable(1, "it is not M3U: it does not begin with #EXTM3U")
    return text
