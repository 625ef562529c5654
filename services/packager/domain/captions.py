"""Decodes captions, and clips them to the duration of the film."""

import codecs
import re

from services.packager.domain import thumbnails

# UTF-32 comes before UTF-16, because its mark starts with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURE = "WEBVTT"
_TIME = r"(?:(\d+):)?(\d{2}):(\d{2}\.\d{3})"
_TIMING = re.compile(rf"(?m)^[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(.*)$")


class CaptionsUnusable(Exception):
    """Captions cannot be packaged; the message says why and what to do."""


def decode(content: bytes) -> str:
    """Returns captions as text without a byte order mark. Raises CaptionsUnusable if their encoding is not certain."""
    mark, encoding = next((each for each in _MARKS if content.startswith(each[0])), (b"", _unmarked(content)))
    try:
        text = content.removeprefix(mark).decode(encoding)
    except UnicodeDecodeError as broken:
        line = content.count(b"\n", 0, broken.start) + 1
        raise CaptionsUnusable(
            f"The captions are not {encoding.upper()}: line {line} holds a byte that does not belong there. "
            "Save them as UTF-8."
        ) from None
    if not text.startswith(_SIGNATURE):
        raise CaptionsUnusable("The captions are not WebVTT: they do not start with WEBVTT. Convert them to WebVTT.")
    # FFmpeg does not support lines that end with a carriage return alone.
    return re.sub(r"\r\n?", "\n", text)


def clip(text: str, duration: float) -> str:
    """Returns plain WebVTT without the parts beyond the film's end. Raises CaptionsUnusable if no cue is left."""
    blocks = text.rstrip("\n").split("\n\n")
    timed = [(block, _TIMING.search(block)) for block in blocks]
    if not any(timing for _, timing in timed):
        raise CaptionsUnusable("The captions hold no cue of WebVTT.")
    clipped_blocks = [clipped for block, timing in timed if (clipped := _clipped(block, timing, duration)) is not None]
    if not any(map(_TIMING.search, clipped_blocks)):
        raise CaptionsUnusable(
            f"No cue of the captions is shown within the film, which ends after {duration:.1f} s. "
            "They may belong to another film."
        )
    return "\n\n".join(clipped_blocks) + "\n"


def _unmarked(content: bytes) -> str:
    # Without a mark, the encoded signature identifies UTF-16.
    for encoding in ("utf-16-le", "utf-16-be"):
        if content.startswith(_SIGNATURE.encode(encoding)):
            return encoding
    return "utf-8"


def _clipped(block: str, timing: re.Match[str] | None, duration: float) -> str | None:
    if timing is None:
        return block
    start, end = _seconds(*timing.groups()[:3]), _seconds(*timing.groups()[3:6])
    if start >= end or start >= duration:
        return None
    if end <= duration:
        return block
    clipped = f"{thumbnails.timestamp(start)} --> {thumbnails.timestamp(duration)}{timing[7]}"
    return block[: timing.start()] + clipped + block[timing.end() :]


def _seconds(hours: str | None, minutes: str, seconds: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
