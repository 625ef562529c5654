"""The tracks that the encoder of a channel writes."""

from dataclasses import dataclass
from fractions import Fraction

from services.packager.domain import media

#: All sources are shown at this rate.
FRAME_RATE = Fraction(25)
_CANVAS = {media.Profile.FULL: (1920, 1080), media.Profile.QUICK: (640, 360)}
_SOUND_BITRATE = {media.Profile.FULL: 128_000, media.Profile.QUICK: 48_000}
_SOUND = "audio"
#: The rate of a segment exceeds the peak of its rung by the buffer of the encoder, which holds two seconds.
_SEGMENT_PEAK = 1.5


@dataclass(frozen=True, slots=True)
class EncodedTrack:
    """One video rendition or one sound track; `directory` is below that of the run."""

    kind: str
    directory: str
    codec: str
    bitrate: int
    width: int = 0
    height: int = 0
    frame_rate: float = 0.0


def canvas(profile: media.Profile) -> tuple[int, int]:
    """Returns the size in pixels of the picture that the renditions are scaled from."""
    return _CANVAS[profile]


def rungs(profile: media.Profile) -> tuple[media.Rung, ...]:
    """Returns the video renditions, the smallest first."""
    return media.ladder(*canvas(profile), profile)


def names(profile: media.Profile) -> tuple[str, ...]:
    """Returns the names of the tracks, in the order of the encoder's outputs: the renditions, then the sound."""
    return (*(rung.name for rung in rungs(profile)), _SOUND)


def describe(profile: media.Profile, codecs: tuple[str, ...]) -> tuple[EncodedTrack, ...]:
    """Returns the tracks, given the codec of each."""
    *video, sound = codecs
    return (
        *(
            EncodedTrack(
                "video",
                f"video/{rung.name}",
                codec,
                round(_SEGMENT_PEAK * rung.peak),
                rung.width,
                rung.height,
                float(FRAME_RATE),
            )
            for rung, codec in zip(rungs(profile), video, strict=True)
        ),
        EncodedTrack("audio", f"audio/{_SOUND}", sound, _SOUND_BITRATE[profile]),
    )
