"""Vectors of length one, and how they are rounded.

Numbers are rounded to multiples of 2⁻¹². Two vectors of length one then have an inner product that is exact in 32-bit
floats, in whatever order it is summed up: the same vectors score the same on every machine, with every number of
threads and however many others lie beside them. Decisions that are replayed rely on that.
"""

import numpy as np
import numpy.typing as npt

#: One vector, or rows of them.
Vector = npt.NDArray[np.float32]

#: How many steps there are from 0 to 1.
STEPS = 4096
#: What is rounded may come out longer by a hair, for which the bound of an exact sum leaves no room.
_LENGTH = 1 - 2**-11


def exact(vector: npt.ArrayLike) -> Vector:
    """Returns a vector, or rows of them, of length one and so rounded that sums of products are exact; zero is kept."""
    given = np.asarray(vector, dtype=np.float64)
    length = np.linalg.norm(given, axis=-1, keepdims=True)
    scaled = np.divide(given, length, out=np.zeros_like(given), where=length > 0) * (_LENGTH * STEPS)
    rounded = np.rint(scaled)
    # Towards zero no number grows, so neither does the length.
    longer = (rounded * rounded).sum(axis=-1, keepdims=True) > STEPS * STEPS
    return np.asarray(np.where(longer, np.trunc(scaled), rounded) / STEPS, dtype=np.float32)


def from_bytes(told: bytes) -> Vector:
    """Returns the vector that little-endian 32-bit floats tell."""
    return np.frombuffer(told, dtype="<f4").astype(np.float32)


def to_bytes(vector: Vector) -> bytes:
    """Returns a vector as little-endian 32-bit floats."""
    return vector.astype("<f4").tobytes()
