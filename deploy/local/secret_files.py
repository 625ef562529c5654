"""Creates the secrets of a platform on its first start and keeps them in files that only their owner can read."""

import hashlib
import hmac
import os
import secrets
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
    try:
        # The file is created exclusively and with its final mode, so that no other user can read it at any time.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    value = secrets.token_hex(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(value + "\n")
    return value
