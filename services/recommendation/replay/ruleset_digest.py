"""The digest of the rules that homes are computed by, so that nobody has to raise a version number."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from services.kit import visibility

_SERVICE = Path(__file__).parent.parent
#: All code between the stored inputs and the bytes of a home: the fitted weights, constants and sentences, the
#: visibility predicate, and the reading of inputs and writing of homes.
SOURCES = (
    *sorted((_SERVICE / "domain").glob("*.py")),
    *sorted((_SERVICE / "convert").glob("*.py")),
    _SERVICE / "ranking" / "model_trainer.py",
    Path(visibility.__file__),
)


def digest(sources: Iterable[Path], *versions: str) -> bytes:
    """Returns the SHA-256 of source files and of the versions of the libraries they depend on."""
    sha256 = hashlib.sha256()
    for part in (*versions, *(piece for path in sources for piece in (path.name, path.read_bytes()))):
        raw = part.encode() if isinstance(part, str) else part
        sha256.update(len(raw).to_bytes(8, "big") + raw)
    return sha256.digest()


#: The rules of this process.
DIGEST = digest(SOURCES, f"numpy {np.__version__}")
