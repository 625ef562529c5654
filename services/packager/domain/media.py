"""What a source holds, and the ladder of renditions that is made of it."""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

KEYFRAME_SECONDS = 2
SEGMENT_SECONDS = 4
_FASTEST_RATE = 60


class Profile(Enum):
    """How much is made of a source."""

    FULL = "full"
    QUICK = "quick"


class Scheme(Enum):
    """How segments are encrypted."""

    CBCS = "cbcs"
    CENC = "cenc"


@dataclass(frozen=True, slots=True)
class Audio:
    """A sound track of a source: its place among the sound tracks, and its language by BCP 47."""

    index: int
    language: str


@dataclass(frozen=True, slots=True)
class Media:
    """What a source holds.

    `duration` is in seconds; `width` and `height` are those of the upright picture in square pixels.
    """

    duration: float
    width: int
    height: int
    frame_rate: Fraction
    interlaced: bool
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
    """Answers the frames per second to encode at: the source's own, halved until any screen can show it."""
    while rate > _FASTEST_RATE:
        rate /= 2
    return rate


def is_cut_short(promised: float, found: float) -> bool:
    """Tells whether a source gave clearly less picture, in seconds, than its header promised."""
    return found < promised * 0.95 - 1.0
