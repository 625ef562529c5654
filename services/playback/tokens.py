"""Playback tokens, which give access to the manifests, segments and keys of one session while its lease holds.

A token expires LIFETIME after it was issued. Each PERIOD, which is shorter, a new one is issued: the token of a session
at a time follows from the start of the session alone, so that it need not be stored.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from services.kit import access_tokens as kit_tokens
from services.kit import signing, stream_leases
from services.playback import domain, errors

ISSUER = "marquee-playback"
AUDIENCE = "media"
LIFETIME = timedelta(hours=12)
PERIOD = LIFETIME - timedelta(hours=1)
#: For how long each heartbeat after a renewal reports it, in case a response was lost.
RENEWAL_REPORTED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PlaybackClaims:
    """What a token states."""

    session_id: str
    #: The reference of the account, as the stream slots name it.
    account: str


def path_prefix(asset_id: str) -> str:
    """Returns the path under which the edge serves the files of an asset."""
    return f"/media/{asset_id}/"


def expire_time(session: domain.Session, at: datetime) -> datetime:
    """Returns when the token that is current at a time expires, in whole seconds as tokens state it."""
    return datetime.fromtimestamp(int((_issue_time(session, at) + LIFETIME).timestamp()), UTC)


def is_renewal_reported(session: domain.Session, at: datetime) -> bool:
    """Returns whether the token was renewed so recently that heartbeats report it."""
    issue_time = _issue_time(session, at)
    return issue_time > session.start_time and at - issue_time < RENEWAL_REPORTED


def issue(keys: signing.SigningKeys, session: domain.Session, at: datetime) -> str:
    """Returns the token of a session that is current at a time. It does not show whose session it is.

    While the lease of `sid` holds, the edge serves the paths under `pfx` to it.
    """
    return keys.sign(
        {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": stream_leases.account_reference(session.account_id),
            "sid": session.session_id,
            "pfx": path_prefix(session.asset_id),
            "iat": int(_issue_time(session, at).timestamp()),
            "exp": int(expire_time(session, at).timestamp()),
        }
    )


async def verify(keys: signing.SigningKeys, token: str, session_id: str, at: datetime) -> PlaybackClaims:
    """Returns what a token of this session states. Raises PlaybackTokenInvalid, whatever is wrong with it."""
    try:
        key = await keys.key(str(jwt.get_unverified_header(token).get("kid", "")))
        if key is None:
            raise errors.PlaybackTokenInvalid
        claims = kit_tokens.verified(token, key, at.timestamp(), issuer=ISSUER, audience=AUDIENCE)
        verified = PlaybackClaims(session_id=str(claims["sid"]), account=str(claims["sub"]))
    except (jwt.InvalidTokenError, kit_tokens.TokenInvalid, kit_tokens.TokenExpired, KeyError):
        raise errors.PlaybackTokenInvalid from None
    if verified.session_id != session_id:
        raise errors.PlaybackTokenInvalid
    return verified


def _issue_time(session: domain.Session, at: datetime) -> datetime:
    periods = max(at - session.start_time, timedelta()) // PERIOD
    return session.start_time + periods * PERIOD
