"""What a source holds, and the ladder of renditions that is made of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from fractions import Fraction

KEYFRAME_SECONDS = 2
SEGMENT_SECONDS = 4
#: How far sound, picture and the stated duration of an asset may differ, in seconds.
TOLERANCE = 0.2
# A frame at the slowest rate is shorter than the tolerance.
_SLOWEST_RATE, _FASTEST_RATE = 10, 60
# A sound that is longer by less than this is cut where the picture ends.
_SOUND_TAIL = 0.1
# Beyond these, a screen for BT.709 shows wrong colours.
_HIGH_DYNAMIC_RANGE = frozenset({"smpte2084", "arib-std-b67"})
_WIDE_PRIMARIES = frozenset({"bt2020", "smpte428", "smpte431", "smpte432", "film", "ebu3213"})


class Profile(Enum):
    """How much is made of a source."""

    FULL = "full"
    QUICK = "quick"


class Scheme(Enum):
    """How segments are encrypted."""

    CBCS = "cbcs"
    CENC = "cenc"


class Role(StrEnum):
    """What a track is for, in the words of DASH (ISO/IEC 23009-1)."""

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

    `stream` is its index among all streams, `language` is what the source states, `title` is its own name, if any.
    `end` is where its last packet ends, in seconds.
    """

    stream: int
    language: str
    title: str
    role: Role
    end: float


@dataclass(frozen=True, slots=True)
class Color:
    """The colours of a picture, in the words of FFmpeg; `unknown` where the source does not state them."""

    primaries: str = "unknown"
    transfer: str = "unknown"
    matrix: str = "unknown"

    @property
    def is_standard(self) -> bool:
        """Whether the picture is shown right on a screen for BT.709 or BT.601."""
        return not (
            self.transfer in _HIGH_DYNAMIC_RANGE or self.primaries in _WIDE_PRIMARIES or self.matrix == "bt2020nc"
        )


@dataclass(frozen=True, slots=True)
class Media:
    """What a source holds.

    `duration` is how long the asset plays, in seconds; `picture_end` is where the last picture of the source ends.
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
    """One rendition of the picture, in pixels, and what it may spend.

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
    """Answers the rungs for a picture of this size, the smallest first, none larger than the picture.

    A rung is named by its shorter side, so that an upright 1080 by 1920 video fills the ladder too.
    A picture smaller than every rung is its own only rung.
    """
    shorter, longer = sorted((width, height))
    rungs = _QUICK if profile is Profile.QUICK else _FULL
    sides = [side for side in rungs if side <= shorter] or [_even(shorter)]
    made = []
    for side in sides:
        crf, peak = rungs.get(side, _FULL[144])
        other = max(side, min(_even(longer), 2 * round(longer * side / shorter / 2)))
        across, down = (other, side) if width >= height else (side, other)
        made.append(Rung(f"{side}p", across, down, crf, peak))
    return tuple(made)


def _even(pixels: int) -> int:
    return max(2, pixels - pixels % 2)


def encoded_rate(rate: Fraction) -> Fraction:
    """Returns the frames per second to encode at: the source's own, halved or doubled into what players expect."""
    while rate > _FASTEST_RATE:
        rate /= 2
    while rate < _SLOWEST_RATE:
        rate *= 2
    return rate


def play_duration(picture_end: float, sound_ends: Iterable[float]) -> float:
    """Returns how long an asset plays, in seconds: until the longest sound ends, or the picture.

    The last picture is held while a sound goes on; silence follows a sound that ends before the picture.
    """
    sound_end = max(sound_ends, default=0.0)
    return sound_end if sound_end > picture_end + _SOUND_TAIL else picture_end


def is_cut_short(promised: float, found: float) -> bool:
    """Returns whether a source holds clearly less, in seconds, than its header promises."""
    return found < promised * 0.95 - 1.0
