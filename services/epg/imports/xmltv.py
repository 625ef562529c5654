"""Reads XMLTV element by element: a file may be larger than the memory, an element may not.

Elements that are not known are ignored. Entities cannot be declared, and nothing outside the file is read.
"""

import contextlib
import functools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, BinaryIO
from xml.parsers import expat

from marquee.type.v1 import type_pb2

from services.epg import errors
from services.epg.domain.source_records import Problem, ProblemKind, SourceChannel, SourceGuide, SourceProgramme
from services.epg.imports import file_chunks, xmltv_details
from services.epg.imports.limits import MAX_CHANNELS, MAX_ID_LENGTH, MAX_NAME_LENGTH, MAX_PROGRAMMES

#: The longest tag with its attributes: the parser keeps it until it is complete.
_MAX_TAG_BYTES = 1024 * 1024
_MAX_DEPTH = 64
#: What an element may hold that is read; more is ignored.
_MAX_CHILDREN, _MAX_TEXT = 200, 10_000
_TOP, _ENTRY, _CHILD = 1, 2, 3
_TIME = re.compile(r"\s*(\d{4}(?:\d\d){0,5})\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_YEARS = range(1970, 2101)
_WHOLE_TIME_LENGTH = len("20260628230000 +0200")
_CHANNEL_CHILDREN = frozenset({"display-name", "icon"})


class _Invalid(Exception):
    """The file is not a guide; the text says why."""


def read(file: BinaryIO) -> SourceGuide:
    """Returns what a file states. Raises ImportUnreadable."""
    return _Reader().read(file_chunks.read(file))


@functools.lru_cache(maxsize=4096)
def parse_time(text: str) -> datetime | None:
    """Returns the time that XMLTV writes as `20260628230000 +0200`, without a zone if it has no offset.

    Returns None if it is not a time.
    """
    if len(text) == _WHOLE_TIME_LENGTH and text[8:14].isdecimal():
        # Most times are stated so, and this is six times as fast.
        with contextlib.suppress(ValueError):
            whole = datetime.fromisoformat(f"{text[:8]}T{text[8:14]}{text[15:]}")
            return whole if whole.year in _YEARS else None
    found = _TIME.match(text)
    if found is None:
        return None
    digits, offset = found.groups()
    parts = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, len(digits), 2))]
    try:
        time = datetime(*(*parts, 1, 1)[: max(len(parts), 3)])  # type: ignore[arg-type] # noqa: DTZ001
        zone = _parse_offset(offset)
    except ValueError:
        return None
    return time.replace(tzinfo=zone) if time.year in _YEARS else None


def _parse_offset(offset: str | None) -> timezone | None:
    if offset is None:
        return None
    if offset[0] not in "+-":
        return UTC
    digits = offset[1:].replace(":", "")
    difference = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-difference if offset[0] == "-" else difference)


class _Reader:
    """The state of reading one file."""

    def __init__(self) -> None:
        self._guide = SourceGuide()
        self._depth = 0
        #: The element below the top one that is being read, and the line on which it begins.
        self._entry, self._attributes, self._line = "", dict[str, str](), 0
        self._children: list[xmltv_details.Child] = []
        self._known_children: frozenset[str] = frozenset()
        self._texts: list[str] = []
        self._text_length = 0
        self._child_attributes: dict[str, str] | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = _refuse_entity

    def read(self, chunks: Iterator[bytes]) -> SourceGuide:
        """Returns what the chunks state. Raises ImportUnreadable."""
        try:
            self._parse(chunks)
        except expat.ExpatError as broken:
            raise errors.ImportUnreadable(broken.lineno, expat.ErrorString(broken.code) or "it is not XML") from None
        except (_Invalid, file_chunks.UnpackFailed) as broken:
            raise errors.ImportUnreadable(self._parser.CurrentLineNumber, str(broken)) from None
        except (LookupError, ValueError) as unknown:
            raise errors.ImportUnreadable(1, f"its encoding is not supported ({unknown})") from None
        return self._guide

    def _parse(self, chunks: Iterator[bytes]) -> None:
        fed = 0
        for chunk in chunks:
            self._parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - self._parser.CurrentByteIndex > _MAX_TAG_BYTES:
                raise _Invalid(f"a tag is longer than {_MAX_TAG_BYTES} bytes")
        self._parser.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth = self._depth = self._depth + 1
        if depth == _CHILD:
            if name in self._known_children and len(self._children) < _MAX_CHILDREN:
                self._child_attributes, self._texts, self._text_length = attributes, [], 0
                self._parser.CharacterDataHandler = self._add_text
        elif depth == _ENTRY:
            self._entry, self._attributes, self._line = name, attributes, self._parser.CurrentLineNumber
            self._children = []
            self._known_children = {
                "programme": xmltv_details.CHILDREN,
                "channel": _CHANNEL_CHILDREN,
            }.get(name, frozenset())
        elif depth == _TOP and name != "tv":
            raise _Invalid("it is not XMLTV: the first element is not <tv>")
        elif depth > _MAX_DEPTH:
            raise _Invalid("it is nested too deeply")

    def _add_text(self, text: str) -> None:
        if self._text_length < _MAX_TEXT:
            self._texts.append(text)
            self._text_length += len(text)

    def _end(self, name: str) -> None:
        if self._depth == _CHILD and self._child_attributes is not None:
            text = self._texts[0] if len(self._texts) == 1 else "".join(self._texts)
            # Most texts need no change, which is found faster than made.
            if not text.isprintable() or "  " in text or text[:1] == " " or text[-1:] == " ":
                text = " ".join(text.split())
            text = text[:_MAX_TEXT]
            self._children.append(xmltv_details.Child(name, text, self._child_attributes))
            self._child_attributes = None
            self._parser.CharacterDataHandler = None
        elif self._depth == _ENTRY and name == "programme":
            self._add_programme()
        elif self._depth == _ENTRY and name == "channel":
            self._add_channel()
        self._depth -= 1

    def _add_channel(self) -> None:
        channel_id = self._attributes.get("id", "").strip()
        stated = [child.text[:MAX_NAME_LENGTH] for child in self._children if child.name == "display-name"]
        names = tuple(dict.fromkeys(filter(None, stated))) or (channel_id,)
        if not channel_id or len(channel_id) > MAX_ID_LENGTH:
            self._add_problem(ProblemKind.CHANNEL_UNREADABLE, channel_id)
        elif channel_id in self._guide.channels:
            self._add_problem(ProblemKind.CHANNEL_REPEATED, channel_id)
        else:
            if len(self._guide.channels) == MAX_CHANNELS:
                raise _Invalid(f"it holds more than {MAX_CHANNELS} channels")
            icons = [child.attributes.get("src", "") for child in self._children if child.name == "icon"]
            logos = [logo for uri in icons for logo in xmltv_details.image(uri, type_pb2.IMAGE_KIND_LOGO)]
            texts = tuple(name for name in names if not _is_number(name)) or names
            number = next((int(name) for name in names if _is_number(name)), 0)
            self._guide.channels[channel_id] = SourceChannel(self._line, channel_id, texts, tuple(logos[:1]), number)

    def _add_programme(self) -> None:
        self._guide.programme_count += 1
        if self._guide.programme_count > MAX_PROGRAMMES:
            raise _Invalid(f"it holds more than {MAX_PROGRAMMES} programmes")
        channel_id = self._attributes.get("channel", "").strip()
        start = parse_time(self._attributes.get("start", ""))
        details = xmltv_details.encode(self._children)
        if not channel_id or len(channel_id) > MAX_ID_LENGTH or start is None or details is None:
            self._add_problem(ProblemKind.PROGRAMME_UNREADABLE, channel_id)
            return
        stop = parse_time(self._attributes.get("stop", ""))
        self._guide.programmes[channel_id].append(SourceProgramme(self._line, start, stop, details))

    def _add_problem(self, kind: ProblemKind, channel_id: str) -> None:
        self._guide.problems.add(Problem(kind, self._line, channel_id[:MAX_ID_LENGTH]))


def _is_number(name: str) -> bool:
    """Returns whether a name of a channel is its number, which some files put among the names."""
    return re.fullmatch(r"[1-9][0-9]{0,4}", name) is not None


def _refuse_entity(*_: Any) -> None:
    raise _Invalid("it declares entities")
