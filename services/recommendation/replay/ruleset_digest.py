"""What names the rules that homes are decided by, so that nobody has to remember to raise a number."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from services.kit import visibility

_ROOM = Path(__file__).parent.parent
#: All that lies between the inputs that are kept and the bytes of a home: its fitted weights, constants and sentences,
#: the visibility predicate, and how inputs are read and homes are told.
SOURCES = (
    *sorted((_ROOM / "domain").glob("*.py")),
    *sorted((_ROOM / "convert").glob("*.py")),
    _ROOM / "ranking" / "model_trainer.py",
    Path(visibility.__file__),
)


def digest(sources: Iterable[Path], *versions: str) -> bytes:
    """Returns what tells rules from others: the SHA-256 of the files they are written in and of what these build on."""
    told = hashlib.sha256()
    for part in (*versions, *(piece for each in sources for piece in (each.name, each.read_bytes()))):
        raw = part.encode() if isinstance(part, str) else part
        told.update(len(raw).to_bytes(8, "big") + raw)
    return told.digest()


#: The rules of now, as they were when the process began.
DIGEST = digest(SOURCES, f"numpy {np.__version__}")
