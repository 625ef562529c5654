"""Secrets of one platform: made on the first start, kept in files only their owner reads."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from deploy.local import settings as settings_module

MINIMUM = 32
VARIETY = 10
"""A random secret of the minimum length has more different characters than this."""

KNOWN_DEFAULTS = ("demo", "change-me", "changeme", "secret", "default", "example", "marquee", "password")


class UnsafeProduction(Exception):
    """A production start would run with demo accounts or with a secret that is no secret."""


@dataclass(frozen=True)
class Secrets:
    """`service` signs service tokens; `postgres` and `redis` open the engines."""

    service: str
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
        service=settings.service_secret or _kept(directory / "service"),
        postgres=_kept(directory / "postgres"),
        redis=_kept(directory / "redis"),
    )


def refuse_unsafe(settings: settings_module.Settings) -> None:
    """Fails with `UnsafeProduction` where a production start would not be safe."""
    given = settings.service_secret
    if given is not None and len(given) < MINIMUM:
        raise UnsafeProduction(f"MARQUEE_SERVICE_SECRET is shorter than {MINIMUM} characters")
    if settings.mode != "production":
        return
    if given is not None and _is_default(given):
        raise UnsafeProduction(
            "MARQUEE_SERVICE_SECRET is a default or guessable value; take one from `openssl rand -hex 32`"
        )
    if settings.seeded.exists():
        raise UnsafeProduction(
            f"{settings.home} holds the demo accounts, whose passwords are public; "
            "start production with a fresh MARQUEE_HOME"
        )


def _is_default(secret: str) -> bool:
    lowered = secret.lower()
    return len(set(secret)) < VARIETY or any(word in lowered for word in KNOWN_DEFAULTS)


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
