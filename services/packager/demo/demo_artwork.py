"""Draws the layers of a demo film: a sky with a body, far and near land, and the film's name."""

import colorsys
import math
import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_Colour = tuple[int, int, int]
_NIGHT = 0.05
_Outline = Callable[[random.Random, int, int], list[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Scene:
    """The layers, back to front (sky, body, far land, near land, name), and the direction of the land.

    `drift` is 1 if the land moves to the left, -1 if it moves to the right.
    """

    layers: tuple[Path, ...]
    drift: int


def seeded_random(seed: str) -> random.Random:
    """Returns a generator of random numbers that depend on the seed alone."""
    return random.Random(seed)  # noqa: S311 - the numbers choose shapes and colours, nothing secret


def paint(seed: str, name: str, width: int, height: int, directory: Path) -> Scene:
    """Draws a scene of this size into `directory`. The same seed gives the same picture."""
    rng = seeded_random(seed)
    hue = rng.random()
    dark = rng.choice((_NIGHT, 0.12, 0.3))
    bright = rng.uniform(0.35, 0.65)
    layers = {
        "sky": _sky(rng, hue, dark, bright, width, height),
        "body": _body(_colour(hue + rng.uniform(0.4, 0.6), 0.78, 0.75), height // 4),
        "far": _land(rng, _colour(hue + 0.08, dark * 0.5 + bright * 0.45, 0.4), width, height * 5 // 9),
        "near": _land(rng, _colour(hue + 0.1, dark * 0.4 + 0.05, 0.45), width, height // 3),
        "name": _plate(name, width, height // 4),
    }
    for layer, image in layers.items():
        image.save(directory / f"{layer}.tga")
    return Scene(tuple(directory / f"{layer}.tga" for layer in layers), drift=rng.choice((1, -1)))


def running_time(seconds: int, width: int, height: int, output: Path) -> None:
    """Writes ten grey frames per second as raw pixels, each with its own time."""
    font = ImageFont.load_default(height * 3 // 4)
    with output.open("wb") as frames:
        for tenth in range(seconds * 10):
            frame = Image.new("L", (width, height), 16)
            written = f"{tenth // 600:02d}:{tenth // 10 % 60:02d}.{tenth % 10}"
            ImageDraw.Draw(frame).text((width // 2, height // 2), written, font=font, fill=235, anchor="mm")
            frames.write(frame.tobytes())


def _colour(hue: float, lightness: float, saturation: float) -> _Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, min(lightness, 0.95), saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _sky(rng: random.Random, hue: float, dark: float, bright: float, width: int, height: int) -> Image.Image:
    column = Image.new("RGB", (1, height))
    for y in range(height):
        depth = y / height
        column.putpixel((0, y), _colour(hue + 0.12 * depth, dark + (bright - dark) * depth, 0.55))
    sky = column.resize((width, height))
    if dark == _NIGHT:
        pen = ImageDraw.Draw(sky)
        for _ in range(120):
            x, y = rng.randrange(width), rng.randrange(height // 2)
            size = rng.choice((1, 1, 2)) * height // 540
            pen.ellipse((x, y, x + size, y + size), fill=(230, 230, 240))
    return sky


def _body(colour: _Colour, size: int) -> Image.Image:
    mask = Image.new("L", (2 * size, 2 * size))
    pen = ImageDraw.Draw(mask)
    for share, alpha in ((1.0, 40), (0.85, 70), (0.7, 255)):
        edge = size * (1 - share)
        pen.ellipse((edge, edge, 2 * size - edge, 2 * size - edge), fill=alpha)
    return _filled(mask, colour)


def _land(rng: random.Random, colour: _Colour, width: int, height: int) -> Image.Image:
    outline = rng.choice(_OUTLINES)
    mask = Image.new("L", (2 * width, 2 * height))
    points = outline(rng, 2 * width, 2 * height)
    ImageDraw.Draw(mask).polygon([(0, 2 * height), *points, (2 * width, 2 * height)], fill=255)
    return _filled(mask, colour)


def _filled(mask: Image.Image, colour: _Colour) -> Image.Image:
    # Masks are drawn at twice the size; halving them smooths the edges.
    smooth = mask.reduce(2)
    layer = Image.new("RGBA", smooth.size, colour)
    layer.putalpha(smooth)
    return layer


# Each outline ends at its starting height, so that the scrolling land has no seam.


def _hills(rng: random.Random, width: int, height: int) -> list[tuple[float, float]]:
    waves = [(rng.randint(1, 2 + 2 * n), rng.uniform(0, math.tau), 0.2 / (n + 1)) for n in range(3)]

    def level(x: float) -> float:
        return 0.4 - sum(size * math.sin(math.tau * count * x + shift) for count, shift, size in waves)

    return [(width * step / 240, height * level(step / 240)) for step in range(241)]


def _peaks(rng: random.Random, width: int, height: int) -> list[tuple[float, float]]:
    count = rng.randint(4, 7)
    points = []
    for peak in range(count):
        points.append((width * peak / count, height * 0.8))
        points.append((width * (peak + rng.uniform(0.35, 0.65)) / count, height * rng.uniform(0.05, 0.4)))
    return [*points, (width, height * 0.8)]


def _roofs(rng: random.Random, width: int, height: int) -> list[tuple[float, float]]:
    count = rng.randint(14, 22)
    street = height * 0.75
    points = []
    for roof in range(count):
        left, right = width * roof / count, width * (roof + rng.uniform(0.75, 1.0)) / count
        top = height * rng.uniform(0.1, 0.7)
        points += [(left, street), (left, top), (right, top), (right, street)]
    return points


def _firs(rng: random.Random, width: int, height: int) -> list[tuple[float, float]]:
    count = rng.randint(18, 30)
    foot = height * 0.75
    points = []
    for fir in range(count):
        points.append((width * fir / count, foot))
        points.append((width * (fir + 0.5) / count, height * rng.uniform(0.1, 0.5)))
    return [*points, (width, foot)]


def _waves(rng: random.Random, width: int, height: int) -> list[tuple[float, float]]:
    count = rng.randint(8, 14)
    return [
        (width * step / 360, height * (0.55 - 0.12 * abs(math.sin(math.pi * count * step / 360))))
        for step in range(361)
    ]


_OUTLINES: tuple[_Outline, ...] = (_hills, _peaks, _roofs, _firs, _waves)


def _plate(name: str, width: int, height: int) -> Image.Image:
    plate = Image.new("RGBA", (width, height))
    pen = ImageDraw.Draw(plate)
    text = _writable(name)
    size = height / 2
    length = pen.textlength(text, font=ImageFont.load_default(size))
    font = ImageFont.load_default(size * min(1.0, 0.9 * width / max(length, 1)))
    for offset, fill in ((size // 25 + 1, (0, 0, 0, 140)), (0, (255, 255, 255, 235))):
        pen.text((width * 0.05 + offset, height // 2 + offset), text, font=font, fill=fill, anchor="lm")
    return plate


def _writable(name: str) -> str:
    # The default font of Pillow has ASCII characters alone.
    plain = name.translate({0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
