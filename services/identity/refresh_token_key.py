"""The secret with which identity derives refresh tokens from those before them; no other service has it."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from services.kit import config

#: The name of the file, in the directory of the signing keys.
FILE = "successor.key"

_BYTES = 32


def read_or_create(path: Path) -> bytes:
    """Returns the key in a file that all replicas share, and makes it at the first start. Raises ConfigError."""
    if not path.exists():
        _create(path)
    key = path.read_bytes()
    if len(key) < _BYTES:
        raise config.ConfigError(f"{path} must hold {_BYTES} random bytes or more")
    return key


def _create(path: Path) -> None:
    """Writes a new key, whole or not at all; of replicas that start at the same time, the first one's key stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # `mkstemp` opens for the owner alone.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(name)
    finally:
        Path(name).unlink()
