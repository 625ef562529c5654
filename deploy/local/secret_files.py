"""Secrets of one platform: made on the first start, kept in files only their owner reads."""

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
    """`postgres` and `redis` open the engines."""

    postgres: str
    redis: str

    def role_password(self, role: str) -> str:
        """The password of a database role, derived so that only one secret is kept."""
        return hmac.new(self.postgres.encode(), role.encode(), hashlib.sha256).hexdigest()


def load(settings: settings_module.Settings) -> Secrets:
    """Reads the secrets of the platform and makes those that do not exist yet."""
    directory = settings.home / "secrets"
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    return Secrets(
        postgres=_kept(directory / "postgres"),
        redis=_kept(directory / "redis"),
    )


def refuse_unsafe(settings: settings_module.Settings) -> None:
    """Fails with `UnsafeProduction` where a production start would not be safe."""
    if settings.mode == "production" and settings.seeded.exists():
        raise UnsafeProduction(
            f"{settings.home} holds the demo accounts, whose passwords are public; "
            "start production with a fresh MARQUEE_HOME"
        )


def _kept(path: Path) -> str:
    try:
        # Created exclusively with its final mode: at no time can another user read it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    value = secrets.token_hex(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(value + "\n")
    return value
