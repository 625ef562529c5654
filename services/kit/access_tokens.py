"""Access tokens of users: every service verifies them again and caches the result."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.utils import base64url_decode, base64url_encode

from services.kit import cache, context, errors
from services.kit.clock import Clock

ISSUER = "marquee"
AUDIENCE = "marquee"
#: Ed25519 signatures only: a token that names another algorithm is refused (RFC 8725, section 3.1).
ALGORITHM = "EdDSA"

#: The age in seconds at which a key set is fetched again, and the age up to which it is used while it cannot be.
JWKS_MAX_AGE, JWKS_STALE_LIMIT = 60.0, 300.0
#: How long the result of a verification is cached, in seconds.
_REMEMBERED_SECONDS = 60.0
_REFETCH_SECONDS = 5.0
_REMEMBERED = 20_000

#: Three parts of base64url without padding (RFC 7515, sections 2 and 3.1).
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+")


class TokenInvalid(errors.Unauthenticated):
    """The token was not issued by this platform, or is damaged."""

    reason, domain = "TOKEN_INVALID", errors.PLATFORM


class TokenExpired(errors.Unauthenticated):
    """The token has expired."""

    reason, domain = "TOKEN_EXPIRED", errors.PLATFORM


class Keyring(Protocol):
    """Finds the key that a token names."""

    async def key(self, key_id: str) -> Ed25519PublicKey | None:
        """Returns the key with this id, None if there is none."""
        ...


class ServiceVerifier(Protocol):
    """Tells which service a mesh token names."""

    def verify(self, token: str, audience: str) -> str:
        """Returns the service that signed `token` for `audience`. Raises TokenInvalid or TokenExpired."""
        ...


class JwksKeyring:
    """Keeps the keys of a JSON Web Key Set (RFC 7517), and fetches it again when it is old or a token names a new key.

    A key that was withdrawn is accepted for `JWKS_MAX_AGE` at most, and for `JWKS_STALE_LIMIT` while the key set cannot
    be fetched; after that every token is refused until it can.

    Args:
        fetch: returns the key set as JSON.
        monotonic: a clock in seconds that never goes back.
    """

    def __init__(self, fetch: Callable[[], Awaitable[bytes]], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched = self._tried = float("-inf")

    async def key(self, key_id: str) -> Ed25519PublicKey | None:
        """Returns the key with this id, None if there is none. Raises what `fetch` raises once the keys are too old.

        A made-up id costs one fetch every five seconds at most.
        """
        now = self._monotonic()
        is_due = now - self._fetched >= JWKS_MAX_AGE or key_id not in self._keys
        if is_due and now - self._tried > _REFETCH_SECONDS:
            self._tried = now
            try:
                self._keys = read_jwks(await self._fetch())
                self._fetched = self._monotonic()
            except errors.Error:
                if now - self._fetched >= JWKS_STALE_LIMIT:
                    self._keys = {}
                    self._tried = float("-inf")
                    raise
        return self._keys.get(key_id)


def read_jwks(document: bytes) -> dict[str, Ed25519PublicKey]:
    """Returns the Ed25519 keys of a key set by id. Keys of other types and for other uses are ignored."""
    found = {}
    for entry in orjson.loads(document).get("keys", []):
        if entry.get("kty") != "OKP" or entry.get("crv") != "Ed25519" or entry.get("use", "sig") != "sig":
            continue
        key = jwt.PyJWK(entry, algorithm=ALGORITHM).key
        if isinstance(key, Ed25519PublicKey):
            found[str(entry["kid"])] = key
    return found


def require_compact(token: str) -> None:
    """Checks that a token is in the one canonical spelling of RFC 7515. Raises TokenInvalid.

    Decoders that ignore other characters, or bits after the last byte, accept many spellings of a token for one
    signature.
    """
    if not _COMPACT.fullmatch(token) or not all(map(_is_canonical, token.split("."))):
        raise TokenInvalid("The token is not a JSON Web Token.")


def verified(
    token: str,
    key: Ed25519PublicKey,
    time_now: float,
    *,
    issuer: str = ISSUER,
    audience: str | None = AUDIENCE,
) -> Mapping[str, Any]:
    """Returns the claims of a token signed with `key`. Raises TokenInvalid or TokenExpired.

    Args:
        token: the token in compact form (RFC 7515).
        key: the key that it must be signed with.
        time_now: seconds since 1970, so that tests and demonstrations may move the clock.
        issuer: who must have issued it.
        audience: whom it must be meant for; None where the caller of this function checks it.
    """
    require_compact(token)
    # PyJWT reads the clock of the machine, so the times are checked here.
    untimed: Any = {
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": audience is not None,
        "require": ["exp"],
    }
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[ALGORITHM], issuer=issuer, audience=audience, options=untimed
        )
        expires, begins = float(claims["exp"]), float(claims.get("nbf", 0))
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise TokenInvalid("The token is not valid here.") from None
    if time_now < begins:
        raise TokenInvalid("The token is not valid yet.")
    if time_now >= expires:
        raise TokenExpired("The token has expired; refresh it.")
    return claims


class Authenticator:
    """Identifies the caller of a call by its credentials.

    The signature of each token is checked once a minute.

    Args:
        keyring: finds identity's keys.
        services: verifies the tokens that services show each other.
        clock: tells whether a token has expired.
    """

    def __init__(self, keyring: Keyring, services: ServiceVerifier, clock: Clock) -> None:
        self._keyring = keyring
        self._services = services
        self._clock = clock
        self._users: cache.ExpiringCache[str, context.Caller] = cache.ExpiringCache(clock, most_values=_REMEMBERED)

    def known(self, authorization: str) -> context.Caller | None:
        """Returns the user of a token whose verification is cached, without waiting; None for other tokens."""
        return self._users.get(authorization)

    async def caller(self, authorization: str, service_token: str, area: str) -> context.Caller:
        """Returns who calls a method of `area` with these two metadata values. Raises Unauthenticated.

        Args:
            authorization: the access token of a user; empty without one.
            service_token: the mesh token of a service; empty without one.
            area: the service that is called, for which the mesh token must be meant.
        """
        user = context.ANONYMOUS
        if authorization:
            user = self.known(authorization) or await self._user(authorization)
        if not service_token:
            return user
        return context.Caller(
            account_id=user.account_id,
            profile_id=user.profile_id,
            roles=user.roles,
            tier=user.tier,
            maturity_ceiling=user.maturity_ceiling,
            country_code=user.country_code,
            language_code=user.language_code,
            family_id=user.family_id,
            token=user.token,
            service=self._services.verify(service_token, area),
        )

    async def _user(self, authorization: str) -> context.Caller:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise TokenInvalid("The authorization must be a bearer token.")
        key = await self._keyring.key(key_id_of(token))
        if key is None:
            raise TokenInvalid("The token is signed with a key that is not ours.")
        now = self._clock.seconds()
        claims = verified(token, key, now)
        user = _caller(claims, token)
        return self._users.put(authorization, user, expires=min(float(claims["exp"]), now + _REMEMBERED_SECONDS))


def _is_canonical(part: str) -> bool:
    try:
        return base64url_encode(base64url_decode(part)).decode() == part
    except ValueError:
        return False


def key_id_of(token: str) -> str:
    """Returns the id of the key that a token names, empty if it names none. Raises TokenInvalid."""
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except jwt.InvalidTokenError:
        raise TokenInvalid("The token is not a JSON Web Token.") from None


def _caller(claims: Mapping[str, Any], token: str) -> context.Caller:
    try:
        return context.Caller(
            account_id=str(claims["sub"]),
            profile_id=str(claims.get("pid", "")),
            roles=frozenset(map(str, claims.get("roles", ()))),
            tier=str(claims.get("tier", "")),
            maturity_ceiling=int(claims.get("mat", 0)),
            country_code=str(claims.get("cty", "")),
            language_code=str(claims.get("lang", "")) or "en",
            family_id=str(claims.get("sid", "")),
            token=token,
        )
    except (KeyError, ValueError, TypeError):
        raise TokenInvalid("The token does not say who it speaks for.") from None
