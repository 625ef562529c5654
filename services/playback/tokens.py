"""Playback tokens: what opens a session's playlists, segments and keys, and nothing else, until it ends."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from services.kit import signing, stream_leases
from services.kit import tokens as kit_tokens
from services.playback import domain, errors

ISSUER = "marquee-playback"
AUDIENCE = "media"
#: Longer than a long evening: a token that ends takes the picture with it.
LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token says."""

    session_id: str
    #: The reference of the account, as the stream slots name it.
    account: str


def path_prefix(package_id: str) -> str:
    """Answers the path under which the edge serves the files of a package."""
    return f"/media/{package_id}/"


def expire_time(session: domain.Session) -> datetime:
    """Answers when the token of a session ends, in whole seconds as tokens have it."""
    return datetime.fromtimestamp(int((session.start_time + LIFETIME).timestamp()), UTC)


def issue(keys: signing.SigningKeys, session: domain.Session) -> str:
    """Returns the token of a session, which does not show whose it is.

    While the lease of `sid` holds, the edge opens the paths under `pfx` with it.
    """
    return keys.sign(
        {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": stream_leases.account_reference(session.account_id),
            "sid": session.session_id,
            "pfx": path_prefix(session.package_id),
            "iat": int(session.start_time.timestamp()),
            "exp": int(expire_time(session).timestamp()),
        }
    )


async def verify(keys: signing.SigningKeys, token: str, session_id: str, at: datetime) -> Pass:
    """Answers what a token of this session says. Raises PlaybackTokenInvalid, whatever is wrong with it."""
    try:
        key = await keys.key(str(jwt.get_unverified_header(token).get("kid", "")))
        if key is None:
            raise errors.PlaybackTokenInvalid
        claims = kit_tokens.verified(token, key, at.timestamp(), issuer=ISSUER, audience=AUDIENCE)
        known = Pass(session_id=str(claims["sid"]), account=str(claims["sub"]))
    except (jwt.InvalidTokenError, kit_tokens.TokenInvalid, kit_tokens.TokenExpired, KeyError):
        raise errors.PlaybackTokenInvalid from None
    if known.session_id != session_id:
        raise errors.PlaybackTokenInvalid
    return known
