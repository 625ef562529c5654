"""The content of a source, and the ladder of its renditions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from fractions import Fraction

KEYFRAME_SECONDS = 2
SEGMENT_SECONDS = 4
#: How much sound, picture and the stated duration of an asset may differ, in seconds.
TOLERANCE = 0.2
# A frame at the slowest rate is shorter than the tolerance.
_SLOWEST_RATE, _FASTEST_RATE = 10, 60
# Sound that exceeds the picture by less than this is cut, in seconds.
_SOUND_TAIL = 0.1
# A screen for BT.709 shows these in wrong colours.
_HIGH_DYNAMIC_RANGE = frozenset({"smpte2084", "arib-std-b67"})
_WIDE_PRIMARIES = frozenset({"bt2020", "smpte428", "smpte431", "smpte432", "film", "ebu3213"})


class Profile(Enum):
    """How many renditions a source gets."""

    FULL = "full"
    QUICK = "quick"


class Scheme(Enum):
    """How segments are encrypted."""

    CBCS = "cbcs"
    CENC = "cenc"
    AES_128 = "aes-128"


class Role(StrEnum):
    """The purpose of a track, with the values of DASH (ISO/IEC 23009-1)."""

    MAIN = "main"
    ALTERNATE = "alternate"
    COMMENTARY = "commentary"
    DESCRIPTION = "description"
    DUB = "dub"
    CLEAR_SPEECH = "enhanced-audio-intelligibility"
    SUBTITLE = "subtitle"
    CAPTION = "caption"
    FORCED_SUBTITLE = "forced-subtitle"


@dataclass(frozen=True, slots=True)
class Audio:
    """A sound track of a source.

    `stream` is its index among all streams; `language` and `title` are the source's own, unchecked; `end` is the end
    of its last packet, in seconds.
    """

    stream: int
    language: str
    title: str
    role: Role
    end: float


@dataclass(frozen=True, slots=True)
class Color:
    """The colour properties of a picture, with FFmpeg's names; `unknown` where the source does not state them."""

    primaries: str = "unknown"
    transfer: str = "unknown"
    matrix: str = "unknown"

    @property
    def is_standard(self) -> bool:
        """Whether a screen for BT.709 shows the colours right without a conversion."""
        return not (
            self.transfer in _HIGH_DYNAMIC_RANGE or self.primaries in _WIDE_PRIMARIES or self.matrix == "bt2020nc"
        )


@dataclass(frozen=True, slots=True)
class Media:
    """The content of a source.

    `duration` is the duration of the asset; `picture_end` is the end of the last picture; both are in seconds.
    `width` and `height` are those of the upright picture in square pixels; `stream` is its index among all streams.
    """

    duration: float
    stream: int
    picture_end: float
    width: int
    height: int
    frame_rate: Fraction
    interlaced: bool
    color: Color
    audio: tuple[Audio, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One rendition of the ladder: its size in pixels and its bit rate limits.

    `crf` is x264's constant rate factor; `peak` caps it, in bits per second.
    """

    name: str
    width: int
    height: int
    crf: int
    peak: int


_FULL = {
    144: (26, 250_000),
    360: (24, 900_000),
    480: (23, 1_600_000),
    720: (23, 3_200_000),
    1080: (23, 6_000_000),
}
_QUICK = {side: _FULL[side] for side in (144, 360)}


def ladder(width: int, height: int, profile: Profile) -> tuple[Rung, ...]:
    """Returns the rungs for a picture of this size, the smallest first, none larger than the picture.

    A rung is named after its shorter side, so that a portrait video of 1080 by 1920 gets every rung.
    A picture smaller than every rung is its own only rung.
    """
    shorter, longer = sorted((width, height))
    settings = _QUICK if profile is Profile.QUICK else _FULL
    sides = [side for side in settings if side <= shorter] or [_even(shorter)]
    rungs = []
    for side in sides:
        crf, peak = settings.get(side, _FULL[144])
        other = max(side, min(_even(longer), 2 * round(longer * side / shorter / 2)))
        across, down = (other, side) if width >= height else (side, other)
        rungs.append(Rung(f"{side}p", across, down, crf, peak))
    return tuple(rungs)


def _even(pixels: int) -> int:
    return max(2, pixels - pixels % 2)


def encoded_rate(rate: Fraction) -> Fraction:
    """Returns the frame rate to encode at: the source's own, halved or doubled into the range that players support."""
    while rate > _FASTEST_RATE:
        rate /= 2
    while rate < _SLOWEST_RATE:
        rate *= 2
    return rate


def play_duration(picture_end: float, sound_ends: Iterable[float]) -> float:
    """Returns the duration of an asset, in seconds: the end of the picture, or of the longest sound.

    The last picture is repeated until the sound ends; silence follows a sound that ends before the picture.
    """
    sound_end = max(sound_ends, default=0.0)
    return sound_end if sound_end > picture_end + _SOUND_TAIL else picture_end


def is_cut_short(stated: float, measured: float) -> bool:
    """Returns whether a source holds clearly less, in seconds, than its header promises."""
    return measured < stated * 0.95 - 1.0
