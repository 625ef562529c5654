"""Unit vectors, rounded so that their inner products are exact.

Numbers are rounded to multiples of 2⁻¹². Two vectors of length one then have an inner product that is exact in 32-bit
floats, in whatever order it is summed up: the same vectors have the same score on every machine, with any number of
threads and other vectors. Decisions that are replayed depend on that.
"""

import numpy as np
import numpy.typing as npt

#: One vector, or rows of them.
Vector = npt.NDArray[np.float32]

#: How many steps there are from 0 to 1.
STEPS = 4096
#: Rounding may make a vector slightly longer, and the bound of an exact sum leaves no room for that.
_LENGTH = 1 - 2**-11


def exact(vector: npt.ArrayLike) -> Vector:
    """Returns a vector, or rows of them, of length one and rounded so that products are exact; zero stays zero."""
    given = np.asarray(vector, dtype=np.float64)
    length = np.linalg.norm(given, axis=-1, keepdims=True)
    scaled = np.divide(given, length, out=np.zeros_like(given), where=length > 0) * (_LENGTH * STEPS)
    rounded = np.rint(scaled)
    # Rounded towards zero, no number grows, and neither does the length.
    is_too_long = (rounded * rounded).sum(axis=-1, keepdims=True) > STEPS * STEPS
    return np.asarray(np.where(is_too_long, np.trunc(scaled), rounded) / STEPS, dtype=np.float32)


def from_bytes(encoded: bytes) -> Vector:
    """Returns the vector of little-endian 32-bit floats."""
    return np.frombuffer(encoded, dtype="<f4").astype(np.float32)


def to_bytes(vector: Vector) -> bytes:
    """Returns a vector as little-endian 32-bit floats."""
    return vector.astype("<f4").tobytes()
