"""Vectors of texts from the language model, cached in a folder."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

#: Runs in its own process, because only embedding may load a language model.
_SCRIPT = """
import json, sys
import numpy as np
from services.embedding import onnx_model
texts = json.load(sys.stdin)
np.save(sys.argv[1], onnx_model.load("").embed(texts), allow_pickle=False)
"""
_ROOT = Path(__file__).parents[2]
_LAST_WORDS = 400


class ModelUnavailable(Exception):
    """The language model cannot run; the message says why."""


def load_vectors(texts: Sequence[str], folder: Path) -> npt.NDArray[np.float32]:
    """Returns a unit vector for each text, from the folder if they are cached.

    Raises ModelUnavailable if the language model is not installed.
    """
    key = hashlib.sha256("\x00".join((_SCRIPT, *texts)).encode()).hexdigest()[:32]
    cached = folder / f"{key}.npy"
    if not cached.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(texts, cached)
    found: npt.NDArray[np.float32] = np.load(cached, allow_pickle=False)
    return found


def _make(texts: Sequence[str], cached: Path) -> None:
    # Readers see the whole file or none.
    part = cached.with_suffix(".part.npy")
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(part)],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
    )
    if ended.returncode:
        part.unlink(missing_ok=True)
        raise ModelUnavailable(f"the language model cannot be run: {ended.stderr.strip()[-_LAST_WORDS:]}")
    part.replace(cached)
