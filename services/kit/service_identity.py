"""The identity of one service in the mesh: signs its tokens with its own key and verifies the tokens of callers.

A mesh token is a JWT whose issuer and subject are the calling service and whose audience is the called one. Each
service has a private key of its own; all of them share the file with the public keys, a JSON Web Key Set (RFC 7517).
The id of a key is the name of its service, a point and the thumbprint of the key, so that no service can sign for
another, and so that a service may have two keys while they are replaced.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.kit import access_tokens, cache, config, signing
from services.kit.clock import Clock

#: The identity of the people who run the platform: their commands call services directly.
OPERATOR = "operator"

_LIFETIME_SECONDS = 300
#: How long the result of a verification is cached, in seconds; a withdrawn key is accepted for as long.
REMEMBERED_SECONDS = 60.0
_REMEMBERED = 20_000


class PublicKeys(Protocol):
    """Finds the public keys of services."""

    def key(self, key_id: str) -> Ed25519PublicKey | None:
        """Returns the key with this id, None if there is none."""
        ...


class KeySetFile:
    """The public keys of all services, in a file that is read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_of: tuple[int, int] | None = None
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._refresh()

    def key(self, key_id: str) -> Ed25519PublicKey | None:
        """Returns the key with this id, None if there is none."""
        self._refresh()
        return self._keys.get(key_id)

    def _refresh(self) -> None:
        try:
            stated = self._path.stat()
            version = (stated.st_mtime_ns, stated.st_ino)
            if version != self._read_of:
                self._keys = access_tokens.read_jwks(self._path.read_bytes())
                self._read_of = version
        except (OSError, ValueError, KeyError, jwt.PyJWTError) as failed:
            # A running process continues with the keys that it has; a process does not start without any.
            if self._read_of is None:
                raise config.ConfigError(f"{self._path} is no set of public keys: {failed}") from None


class ServiceIdentity:
    """Signs the mesh tokens of one service and verifies those that it receives.

    Args:
        service: the name of the service.
        private_key: its own key.
        public_keys: finds the keys of all services.
        clock: tells when tokens expire.
    """

    def __init__(self, service: str, private_key: Ed25519PrivateKey, public_keys: PublicKeys, clock: Clock) -> None:
        self._service = service
        self._private_key = private_key
        self._key_id = key_id(service, private_key.public_key())
        self._public_keys = public_keys
        self._clock = clock
        #: The token for each audience, and when it is to be replaced.
        self._signed: dict[str, tuple[str, float]] = {}
        self._verified: cache.ExpiringCache[str, tuple[str, Collection[str]]] = cache.ExpiringCache(
            clock, most_values=_REMEMBERED
        )

    def token_for(self, audience: str) -> str:
        """Returns a token for calls to the service `audience`; it lives for at least two more minutes."""
        now = self._clock.seconds()
        token, renew_at = self._signed.get(audience, ("", 0.0))
        if now >= renew_at:
            token = self.sign(audience)
            self._signed[audience] = token, now + _LIFETIME_SECONDS / 2
        return token

    def sign(self, audience: str | list[str]) -> str:
        """Returns a new token for one service or several."""
        now = int(self._clock.seconds())
        claims = {
            "iss": self._service,
            "sub": self._service,
            "aud": audience,
            "iat": now,
            "exp": now + _LIFETIME_SECONDS,
        }
        return jwt.encode(claims, self._private_key, algorithm=access_tokens.ALGORITHM, headers={"kid": self._key_id})

    def verify(self, token: str, audience: str) -> str:
        """Returns the service that signed `token` for `audience`. Raises TokenInvalid or TokenExpired."""
        service, audiences = self._verified.get(token) or self._check(token)
        if audience not in audiences:
            raise access_tokens.TokenInvalid("The service token is meant for another service.")
        return service

    def _check(self, token: str) -> tuple[str, Collection[str]]:
        name = access_tokens.key_id_of(token)
        key = self._public_keys.key(name)
        if key is None:
            raise access_tokens.TokenInvalid("The service token is signed with a key that is not known.")
        service = name.rpartition(".")[0]
        now = self._clock.seconds()
        claims = access_tokens.verified(token, key, now, issuer=service, audience=None)
        if claims.get("sub") != service:
            raise access_tokens.TokenInvalid("The service token speaks for another service than its issuer.")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [str(audience)]
        expires = min(float(claims["exp"]), now + REMEMBERED_SECONDS)
        return self._verified.put(token, (service, audiences), expires=expires)


def load(service: str, common: config.Common, clock: Clock) -> ServiceIdentity:
    """Returns the identity of the service `service` from the files of the configuration. Raises ConfigError."""
    if common.service_key is None or common.service_jwks is None:
        raise config.ConfigError(
            "MARQUEE_SERVICE_KEY must name the file of this service's private key, and MARQUEE_SERVICE_JWKS that of "
            "the public keys of all services"
        )
    public_keys = KeySetFile(common.service_jwks)
    private_key = signing.read_private_key(common.service_key)
    if public_keys.key(key_id(service, private_key.public_key())) is None:
        raise config.ConfigError(f"{common.service_key} is not a key of {service} in {common.service_jwks}")
    return ServiceIdentity(service, private_key, public_keys, clock)


def key_id(service: str, key: Ed25519PublicKey) -> str:
    """Returns the id of a key of `service`."""
    return f"{service}.{signing.key_id(key)}"
