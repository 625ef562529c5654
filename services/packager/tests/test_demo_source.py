"""Generated demo films and their captions."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from services.packager.demo import demo_artwork, demo_source
from services.packager.domain import media
from services.packager.packaging import source_probe
from services.packager.tools import ffmpeg


async def frame(film: Path, at: float, output: Path) -> Image.Image:
    await ffmpeg.encode(["-ss", str(at), "-i", film], ["-frames:v", "1", "-update", "1"], output)
    with Image.open(output) as image:
        return image.convert("RGB")


async def test_a_generated_film_has_motion_sound_and_a_clock(tmp_path):
    film = tmp_path / "film.mp4"

    await demo_source.generate("seed", "The Salt Road", media.Profile.QUICK, tmp_path, film, lambda _: None)

    content = await source_probe.probe(film)
    assert (640, 360) == (content.width, content.height)
    assert 24.0 == pytest.approx(content.duration, abs=0.1)
    assert ["eng"] == [track.language for track in content.audio]
    early, late = await frame(film, 2, tmp_path / "a.bmp"), await frame(film, 12, tmp_path / "b.bmp")
    moved = ImageStat.Stat(ImageChops.difference(early, late)).mean
    assert sum(moved) > 3
    clock = (early.width * 2 // 3, early.height * 4 // 5, early.width, early.height)
    assert ImageChops.difference(early.crop(clock), late.crop(clock)).getbbox()


@pytest.mark.parametrize(
    "name", ["", "Été — l\u2019île", "ราตรี", "A name that is far longer than any picture is wide " * 3]
)
def test_any_name_can_be_painted(tmp_path, name):
    scene = demo_artwork.paint("seed", name, 640, 360, tmp_path)

    assert all(layer.is_file() for layer in scene.layers)


def test_each_seed_gives_its_own_reproducible_artwork(tmp_path):
    layers_by_run = []
    for number, seed in enumerate(["one", "two", "one"]):
        (tmp_path / str(number)).mkdir()
        scene = demo_artwork.paint(seed, "The Salt Road", 320, 180, tmp_path / str(number))
        layers_by_run.append([layer.read_bytes() for layer in scene.layers])

    assert layers_by_run[0] == layers_by_run[2] != layers_by_run[1]


@pytest.mark.parametrize("profile", media.Profile)
async def test_generated_captions_are_valid_captions(tmp_path, profile):
    source = tmp_path / "captions.vtt"
    source.write_text(demo_source.captions("seed", profile))

    await ffmpeg.normalize_captions(source, tmp_path / "plain.vtt")

    assert (tmp_path / "plain.vtt").read_text().count("-->") >= 5
