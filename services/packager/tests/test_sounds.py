"""Sound tracks keep their language, name and role; a track is never dropped silently."""

import re
import xml.etree.ElementTree as ET

import pytest

from services.packager.domain import media, tracks
from services.packager.packaging import source_probe
from services.packager.tests import films, packaged_asset
from services.packager.tools import subprocess_runner

DASH = {"": "urn:mpeg:dash:schema:mpd:2011"}


def in_hls(asset, kind="AUDIO"):
    """Returns the name, language, default flag and characteristics of each track in the master playlist."""
    rows = []
    for line in re.findall(rf"#EXT-X-MEDIA:TYPE={kind},(.*)", asset.master):
        fields = dict(re.findall(r'([A-Z-]+)=(?:"([^"]*)"|[A-Z]+)', line))
        rows.append((fields["NAME"], fields.get("LANGUAGE"), "DEFAULT=YES" in line, fields.get("CHARACTERISTICS")))
    return rows


def in_dash(asset, kind="audio"):
    """Returns the label, language, roles and number of representations of each adaptation set."""
    sets = ET.fromstring(asset.manifest).findall(f".//AdaptationSet[@contentType='{kind}']", DASH)
    return sorted(
        (
            each.findtext("Label", namespaces=DASH),
            each.get("lang"),
            [role.get("value") for role in each.findall("Role", DASH)],
            len(each.findall("Representation", DASH)),
        )
        for each in sets
    )


async def a_film_of_tracks(output, *metadata):
    film = await films.a_film(output.with_name("plain.mp4"), sounds=len(metadata))
    options = [
        option
        for number, each in enumerate(metadata)
        for name, value in each.items()
        for option in (
            (f"-disposition:a:{number}", value)
            if name == "disposition"
            else (f"-metadata:s:a:{number}", f"{name}={value}")
        )
    ]
    await packaged_asset.ffmpeg("-i", film, "-map", "0", "-c", "copy", *options, output)
    return output


async def test_two_english_tracks_keep_name_and_role(tmp_path):
    asset = await packaged_asset.packaged(packaged_asset.CASES / "two-english.mp4", tmp_path)

    assert [
        ("English", "en", True, None),
        ("English (Commentary)", "en", False, "public.auxiliary-content"),
    ] == in_hls(asset)
    assert [("English", "en", ["main"], 1), ("English (Commentary)", "en", ["commentary"], 1)] == in_dash(asset)


async def test_three_tracks_of_one_language_are_kept_separate(tmp_path):
    film = await a_film_of_tracks(tmp_path / "film.mkv", *[{"language": "hin"}] * 3)

    asset = await packaged_asset.packaged(film, tmp_path)

    names = ["Hindi", "Hindi 2", "Hindi 3"]
    assert [(name, "hi", name == "Hindi", None) for name in names] == in_hls(asset)
    assert ["main", "alternate", "alternate"] == [roles[0] for _, _, roles, _ in in_dash(asset)]
    assert [(name, 1) for name in names] == [(each[0], each[3]) for each in in_dash(asset)]


async def test_the_main_sound_track_is_the_default_in_every_order(tmp_path):
    film = await a_film_of_tracks(
        tmp_path / "film.mkv",
        {"language": "eng", "title": 'Director, "cast" & <crew>', "disposition": "comment"},
        {"language": "eng", "disposition": "visual_impaired"},
        {"language": "eng", "disposition": "default"},
    )

    asset = await packaged_asset.packaged(film, tmp_path)

    assert [
        ("English", "en", True, None),
        ("English (Director, 'cast' & <crew>)", "en", False, "public.auxiliary-content"),
        ("English (Audio description)", "en", False, "public.accessibility.describes-video"),
    ] == in_hls(asset)
    assert [
        ("English", "en", ["main"], 1),
        ("English (Audio description)", "en", ["description"], 1),
        ("English (Director, 'cast' & <crew>)", "en", ["commentary"], 1),
    ] == in_dash(asset)


@pytest.mark.parametrize(
    ("tags", "title"),
    [
        ({}, ""),
        ({"handler_name": "SoundHandler"}, ""),
        ({"handler_name": "Core Media Audio"}, ""),
        ({"handler_name": "ISO Media file produced by Google Inc."}, ""),
        ({"title": "Stereo"}, ""),
        ({"handler_name": "Director's commentary"}, "Director's commentary"),
        ({"title": 'A "b"\n\x00c\u2028d'}, "A 'b' c d"),
        ({"title": "x" * 500}, "x" * 80),
    ],
)
def test_generic_track_names_are_ignored(tags, title):
    assert title == tracks.audio_title(tags)


def test_display_names_are_unique():
    main, other = media.Role.MAIN, media.Role.COMMENTARY
    track_properties = [
        ("en", "", main),
        ("en", "English 2", main),
        ("en", "", main),
        ("eng", "", other),
        ("xx", "", main),
    ]

    names = tracks.display_names(track_properties)

    assert ["English", "English 2", "English 3", "English (Commentary)", "Unknown language"] == names


@pytest.mark.parametrize("channels", [9, 16])
async def test_many_channels_without_a_layout_are_refused_with_a_reason(tmp_path, channels):
    film, sound = await films.a_film(tmp_path / "film.mp4"), tmp_path / "sound.raw"
    sound.write_bytes(bytes(2 * channels * 48000 * 3))
    many = tmp_path / "many.mkv"
    raw = ("-f", "s16le", "-ar", "48000", "-ch_layout", f"{channels}C", "-i", sound)
    await packaged_asset.ffmpeg("-i", film, *raw, "-map", "0:v", "-map", "1", "-c:v", "copy", "-c:a", "pcm_s16le", many)

    with pytest.raises(subprocess_runner.ToolFailed, match=rf"Sound track 1 has {channels} channels.*mix it to stereo"):
        await source_probe.probe(many)


@pytest.mark.parametrize("layout", ["7.1", "7.1.4", "5.1.4"])
async def test_many_channels_with_a_layout_are_mixed_down(tmp_path, layout):
    film, many = await films.a_film(tmp_path / "film.mp4"), tmp_path / "many.mov"
    mixed = ("-af", f"pan={layout}|FL=c0|FR=c0|FC=c0", "-c:a", "pcm_s16le")
    await packaged_asset.ffmpeg("-i", film, "-c:v", "copy", *mixed, many)

    asset = await packaged_asset.packaged(many, tmp_path)

    assert media.TOLERANCE > abs(3.0 - min(await asset.decoded_durations()))


async def test_a_track_without_a_decoder_is_refused_with_a_reason(tmp_path):
    film = await films.a_film(tmp_path / "film.mkv", sounds=2, options=("-c:a", "mp2"))
    content = film.read_bytes()
    place = content.rindex(b"A_MPEG/L2")
    film.write_bytes(content[:place] + b"A_UNKNOWN" + content[place + 9 :])

    with pytest.raises(
        subprocess_runner.ToolFailed, match=r"Sound track 2 \(.*\) cannot be decoded. Convert it to AAC"
    ):
        await source_probe.probe(film)


async def test_a_declared_track_without_packets_is_left_out(tmp_path):
    film = await films.a_film(tmp_path / "film.ts", sounds=2, options=("-c:a", "mp2"))
    content = film.read_bytes()
    packets = (content[place : place + 188] for place in range(0, len(content), 188))
    # 0x102 is the identifier of the second sound track.
    film.write_bytes(b"".join(each for each in packets if (each[1] & 0x1F, each[2]) != (1, 2)))

    assert 1 == len((await source_probe.probe(film)).audio)


async def test_sound_of_another_programme_is_left_out(tmp_path):
    film = await films.a_film(tmp_path / "film.mp4", sounds=2)
    both = tmp_path / "both.ts"
    programmes = ("-program", "program_num=1:st=0:st=1", "-program", "program_num=2:st=2")
    await packaged_asset.ffmpeg("-i", film, "-map", "0", "-c", "copy", *programmes, both)

    assert 1 == len((await source_probe.probe(both)).audio)


async def test_a_stream_of_unknown_kind_is_left_out(tmp_path):
    film = await films.a_film(tmp_path / "film.ts", sounds=2, options=("-c:a", "mp2"))
    content = film.read_bytes()
    for kind in (0x86, 0xA0, 0xC3, 0xFF):
        # The programme map table lists the second sound track by its type and identifier; FFmpeg ignores the checksum.
        changed = re.sub(rb"[\x03\x04](?=\xe1\x02\xf0)", bytes([kind]), content)
        assert changed != content
        film.write_bytes(changed)

        content_with_kind = await source_probe.probe(film)

        assert 0 < content_with_kind.duration < 4
