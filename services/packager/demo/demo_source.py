"""Generates demo sources: a moving picture that shows its name and running time, sound and captions."""

import asyncio
import itertools
import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from services.packager.demo import demo_artwork
from services.packager.domain import media, thumbnails
from services.packager.tools import ffmpeg


@dataclass(frozen=True, slots=True)
class _Format:
    width: int
    height: int
    rate: Fraction
    seconds: int


# The first start generates seventy quick films, perhaps on two cores: each takes about 1.5 s of one core.
_FORMATS = {
    media.Profile.FULL: _Format(1920, 1080, Fraction(24), 40),
    media.Profile.QUICK: _Format(640, 360, Fraction(16), 24),
}
_NOTES = (196.0, 220.0, 246.9, 261.6, 293.7, 329.6)
_CAPTION_SECONDS = 4
_CAPTIONS = (
    "[The wind rises.]",
    "You can see it from here, if you wait.",
    "[A low chord holds.]",
    "We said we would be back before dark.",
    "Every hour it moves a little further.",
    "[Distant bells.]",
    "Nobody has come this way for years.",
    "Then we go on. It is not far now.",
    "[The tone fades, and returns.]",
    "Do you remember the first time?",
    "It looked exactly like this.",
    "[Silence.]",
)


async def generate(
    seed: str, name: str, profile: media.Profile, directory: Path, output: Path, progress: ffmpeg.Progress
) -> None:
    """Generates a film from a seed, encoded as the top rung of the profile.

    The layers of the picture are written to `directory`.
    """
    form = _FORMATS[profile]
    width, height, seconds = form.width, form.height, form.seconds
    scene = await asyncio.to_thread(demo_artwork.paint, seed, name, width, height, directory)
    clock_width, clock_height = height // 3 // 2 * 2, height // 10 // 2 * 2
    clock = directory / "clock.gray"
    await asyncio.to_thread(demo_artwork.running_time, seconds, clock_width, clock_height, clock)
    rung = media.ladder(width, height, profile)[-1]
    await ffmpeg.encode(
        [
            *("-filter_complex_threads", "1"),
            *itertools.chain.from_iterable(_painting(layer, form.rate) for layer in scene.layers),
            *("-f", "rawvideo", "-pixel_format", "gray", "-video_size", f"{clock_width}x{clock_height}"),
            *("-framerate", "10", "-i", clock),
        ],
        [
            *("-filter_complex", f"{_picture(form.rate, scene.drift)};{_sound(demo_artwork.seeded_random(seed))}"),
            *("-map", "[picture]", "-map", "[sound]", "-t", str(seconds)),
            *ffmpeg.h264(rung, form.rate, profile),
            *ffmpeg.aac(profile),
            *("-metadata:s:a:0", "language=eng"),
        ],
        output,
        seconds,
        progress,
    )


def captions(seed: str, profile: media.Profile) -> str:
    """Returns English captions of a generated film, in WebVTT."""
    seconds = _FORMATS[profile].seconds
    lines = demo_artwork.seeded_random(seed).sample(_CAPTIONS, k=len(_CAPTIONS))
    cues = ["WEBVTT\n"]
    for number, start in enumerate(range(1, seconds - _CAPTION_SECONDS, _CAPTION_SECONDS)):
        end = start + _CAPTION_SECONDS - 0.5
        cues.append(f"{thumbnails.timestamp(start)} --> {thumbnails.timestamp(end)}\n{lines[number % len(lines)]}\n")
    return "\n".join(cues)


def _painting(layer: Path, rate: Fraction) -> tuple[str | Path, ...]:
    # Targa has no signature, so FFmpeg needs the format to recognize it.
    return ("-f", "image2", "-pattern_type", "none", "-framerate", str(rate), "-i", layer)


def _picture(rate: Fraction, drift: int) -> str:
    # The loop filter reads each layer once, which is cheaper than reading the file for every frame.
    still = "loop=-1:1"
    return ";".join(
        (
            f"[0]format=yuv420p,{still}[sky]",
            f"[1]format=yuva420p,{still}[body]",
            f"[2]format=yuva420p,{still},scroll=h={0.0008 * drift}[far]",
            f"[3]format=yuva420p,{still},scroll=h={0.003 * drift}[near]",
            f"[4]format=yuva420p,{still}[name]",
            f"[5]fps={rate}[clock]",
            "[sky][body]overlay=x='(W-w)*(0.5+0.45*sin(t/6))':y='H*(0.22-0.18*cos(t/4))'[1a]",
            "[1a][far]overlay=x=0:y=H-h[2a]",
            "[2a][near]overlay=x=0:y=H-h[3a]",
            "[3a][name]overlay=x=0:y=H/20[4a]",
            "[4a][clock]overlay=x=W-w-W/24:y=H-h-H/14,format=yuv420p[picture]",
        )
    )


def _sound(chance: random.Random) -> str:
    root = chance.choice(_NOTES)
    third = chance.choice((6 / 5, 5 / 4))
    voices = (f"sine=f={root * ratio:.2f}" for ratio in (1, third, 3 / 2))
    return ";".join(
        (
            *(f"{voice}[voice{number}]" for number, voice in enumerate(voices)),
            f"[voice0][voice1][voice2]amix=3,tremolo=f={chance.uniform(0.15, 0.5):.2f}:d=0.6,volume=0.5[sound]",
        )
    )
