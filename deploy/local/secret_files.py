"""Creates the secrets of a platform on its first start and keeps them in files that only their owner can read."""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local import settings as settings_module


class UnsafeProduction(Exception):
    """A production start would run with demo accounts."""


@dataclass(frozen=True)
class Secrets:
    """The passwords of the engines."""

    postgres: str
    redis: str

    def role_password(self, role: str) -> str:
        """Returns the password of a database role, derived from the secret of PostgreSQL."""
        return hmac.new(self.postgres.encode(), role.encode(), hashlib.sha256).hexdigest()


def load(settings: settings_module.Settings) -> Secrets:
    """Reads the secrets of the platform and creates those that do not exist yet."""
    directory = settings.home / "secrets"
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    return Secrets(
        postgres=_read_or_create(directory / "postgres"),
        redis=_read_or_create(directory / "redis"),
    )


def require_safe(settings: settings_module.Settings) -> None:
    """Raises `UnsafeProduction` when a production start would not be safe."""
    if settings.mode == "production" and settings.seeded.exists():
        raise UnsafeProduction(
            f"{settings.home} holds the demo accounts, whose passwords are public; "
            "start production with an empty MARQUEE_HOME"
        )


def _read_or_create(path: Path) -> str:
    if not path.exists():
        _create(path)
    return path.read_text().strip()


def _create(path: Path) -> None:
    """Writes a new secret, whole or not at all: an empty file, as of a full disk, would be an empty password."""
    # `mkstemp` opens for the owner alone.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        # Of two commands that start at the same time, the first one's secret stays.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(name)
    finally:
        Path(name).unlink()
