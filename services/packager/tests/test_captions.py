"""Captions are UTF-8, end with the film, and keep their language, name and role."""

import asyncio
import random

import pytest

from services.packager.domain import captions, job_plan, media, tracks
from services.packager.tests import films, packaged_asset, test_sounds

TEXT = "WEBVTT\n\n00:01.000 --> 00:02.000\nÉté — नमस्ते\n"


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A silent film of three seconds."""
    return asyncio.run(films.a_film(tmp_path_factory.mktemp("film") / "film.mp4", sounds=0))


async def packaged_text(film, home, content, name="captions.vtt"):
    """Returns the text of captions that were packaged with a film of three seconds."""
    file = home / name
    file.write_bytes(content)
    asset = await packaged_asset.packaged(film, home, job_plan.Captions("en", file))
    return "".join(each.read_text(encoding="utf-8") for each in sorted(asset.directory.glob("text/en/*.vtt")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
async def test_captions_in_any_encoding_of_unicode_are_read(film, tmp_path, encoding):
    assert "Été — नमस्ते" in await packaged_text(film, tmp_path, TEXT.encode(encoding))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
async def test_captions_with_any_line_endings_are_read(film, tmp_path, ending):
    assert "Été" in await packaged_text(film, tmp_path, TEXT.replace("\n", ending).encode())


@pytest.mark.parametrize("encoding", ["latin-1", "cp1251", "shift-jis"])
def test_captions_of_an_uncertain_encoding_are_refused_with_the_line(encoding):
    words = {"latin-1": "Été", "cp1251": "Привет", "shift-jis": "こんにちは"}[encoding]
    content = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{words}\n".encode(encoding)

    with pytest.raises(captions.CaptionsUnusable, match=r"not UTF-8: line 4 .* Save them as UTF-8"):
        captions.decode(content)


@pytest.mark.parametrize(
    "content", [b"", b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n", random.Random(1).randbytes(2000)]
)
def test_content_that_is_not_webvtt_is_refused_with_advice(content):
    with pytest.raises(captions.CaptionsUnusable, match=r"Convert them to WebVTT|Save them as UTF-8"):
        captions.decode(content)


async def test_captions_without_a_cue_are_refused(film, tmp_path):
    with pytest.raises(captions.CaptionsUnusable, match="no cue"):
        await packaged_text(film, tmp_path, b"WEBVTT\n\nNOTE nothing\n")


async def test_captions_are_clipped_to_the_duration_of_the_film(film, tmp_path):
    content = (
        b"WEBVTT\n\n1\n00:01.000 --> 01:00:00.000 line:0\nUntil the end.\n\n"
        b"00:02.000 --> 00:02.500\nWithin.\n\n00:03.500 --> 00:04.000\nBeyond.\n"
    )

    text = await packaged_text(film, tmp_path, content)

    assert "00:00:01.000 --> 00:00:03.000" in text
    assert "Within." in text
    assert "Beyond." not in text
    assert 1 == len(list((tmp_path / "0190").glob("text/en/*.vtt")))


async def test_captions_of_another_film_are_refused_with_a_reason(film, tmp_path):
    with pytest.raises(captions.CaptionsUnusable, match=r"ends after 3.0 s\. They may belong to another film"):
        await packaged_text(film, tmp_path, b"WEBVTT\n\n01:00:00.000 --> 01:00:02.000\nBeyond.\n")


def test_clipped_cues_keep_their_name_and_settings():
    text = "WEBVTT\n\n1\n00:01.000 --> 00:09.000 line:0\nA\nB\n\n2\n00:09.000 --> 00:10.000\nC\n"

    assert "WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.250 line:0\nA\nB\n" == captions.clip(text, 3.25)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("film.en.vtt", media.Role.SUBTITLE),
        ("film.en.forced.vtt", media.Role.FORCED_SUBTITLE),
        ("Film.EN.SDH.vtt", media.Role.CAPTION),
        ("film.en.cc.vtt", media.Role.CAPTION),
        ("forced.vtt", media.Role.SUBTITLE),
    ],
)
def test_the_file_name_decides_the_role_of_captions(tmp_path, name, role):
    assert role == tracks.caption_role(tmp_path / name)


async def test_captions_of_one_language_keep_name_and_role(film, tmp_path):
    captions_of_order = []
    for name in ("film.en.vtt", "film.en.sdh.vtt", "film.en.forced.vtt"):
        (tmp_path / name).write_text(TEXT)
        captions_of_order.append(job_plan.Captions("en", tmp_path / name))

    asset = await packaged_asset.packaged(film, tmp_path, *captions_of_order)

    sdh = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
    assert [
        ("English", "en", False, None),
        ("English (SDH)", "en", False, sdh),
        ("English (Forced)", "en", False, None),
    ] == test_sounds.in_hls(asset, "SUBTITLES")
    assert 1 == asset.master.count("FORCED=YES")
    assert [
        ("English", "en", ["subtitle"], 1),
        ("English (Forced)", "en", ["forced-subtitle"], 1),
        ("English (SDH)", "en", ["caption"], 1),
    ] == test_sounds.in_dash(asset, "text")
