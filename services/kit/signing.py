"""Signing keys of tokens: a folder that all replicas share, in which a rotation moves each key one place on.

next.pem      published ahead, so that every verifier knows it before it signs
current.pem   signs
previous.pem  published until the tokens that it signed have ended; there is none before the first rotation
"""

import base64
import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.kit import access_tokens, config

_CURRENT, _NEXT, _PREVIOUS = "current.pem", "next.pem", "previous.pem"
_PUBLISHED = (_CURRENT, _NEXT, _PREVIOUS)


class SigningKeys:
    """Signs tokens with the current key and publishes all that verify. Sees a rotation at its next use.

    Args:
        folder: where the keys are; made with two new ones when it is empty.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = -1
        self._key_id = ""
        self._private: Ed25519PrivateKey
        self._public: dict[str, Ed25519PublicKey] = {}
        self._jwks = b""
        _complete(folder)
        self._refresh()

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Returns a token with these claims."""
        self._refresh()
        return jwt.encode(dict(claims), self._private, algorithm=access_tokens.ALGORITHM, headers={"kid": self._key_id})

    def jwks(self) -> bytes:
        """Returns the keys that verify, as a JSON Web Key Set (RFC 7517)."""
        self._refresh()
        return self._jwks

    async def key(self, key_id: str) -> Ed25519PublicKey | None:
        """Returns the key with this id, None if there is none."""
        self._refresh()
        return self._public.get(key_id)

    def _refresh(self) -> None:
        if self._folder.stat().st_mtime_ns == self._seen:
            return
        with _locked(self._folder, fcntl.LOCK_SH):
            self._seen = self._folder.stat().st_mtime_ns
            found = [read_private_key(self._folder / name) for name in _PUBLISHED if (self._folder / name).exists()]
        self._private = found[0]
        self._public = {key_id(key.public_key()): key.public_key() for key in found}
        self._key_id = key_id(self._private.public_key())
        self._jwks = orjson.dumps({"keys": [jwk(name, key) for name, key in self._public.items()]})


def rotate(folder: Path, *, forget_previous: bool = False) -> str:
    """Has the next key sign from now on; returns its id.

    Args:
        folder: where the keys are.
        forget_previous: drops the key that has signed until now, and with it every token that it signed.
    """
    _complete(folder)
    with _locked(folder, fcntl.LOCK_EX):
        if forget_previous:
            (folder / _PREVIOUS).unlink(missing_ok=True)
        else:
            (folder / _CURRENT).replace(folder / _PREVIOUS)
        (folder / _NEXT).replace(folder / _CURRENT)
        create_private_key(folder / _NEXT)
        return key_id(read_private_key(folder / _CURRENT).public_key())


def key_id(key: Ed25519PublicKey) -> str:
    """Returns the thumbprint of a key (RFC 7638), which is its id."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(key.public_bytes_raw())}
    return _encoded(hashlib.sha256(orjson.dumps(members)).digest())


def _complete(folder: Path) -> None:
    """Makes the keys that are missing: both at the first start, one after a rotation that was cut short."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder, fcntl.LOCK_EX):
        if not (folder / _CURRENT).exists() and (folder / _NEXT).exists():
            (folder / _NEXT).replace(folder / _CURRENT)
        for name in (_CURRENT, _NEXT):
            if not (folder / name).exists():
                create_private_key(folder / name)


@contextlib.contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    """Keeps replicas and rotations from seeing each other's half-done work. The lock dies with its process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def create_private_key(path: Path) -> None:
    """Writes a new private key, whole or not at all, that only its owner may read."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # `mkstemp` opens for the owner alone.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(descriptor)
    Path(name).replace(path)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Returns the private key in a file. Raises ConfigError."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as failed:
        raise config.ConfigError(f"{path} cannot be read: {failed.strerror}") from None
    except ValueError:
        raise config.ConfigError(f"{path} is no private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise config.ConfigError(f"{path} is not an Ed25519 key")
    return key


def jwk(name: str, key: Ed25519PublicKey) -> dict[str, str]:
    """Returns a key as a JSON Web Key (RFC 7517) with the id `name`."""
    public = _encoded(key.public_bytes_raw())
    return {"kty": "OKP", "crv": "Ed25519", "x": public, "kid": name, "use": "sig", "alg": access_tokens.ALGORITHM}


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
