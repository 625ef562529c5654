"""Playback tokens, which give access to the manifests, segments and keys of one session while its lease holds.

A token outlives the media by an hour: players that cannot replace the token in URLs that they hold play to the end, and
the edge, which serves segments on the token alone while the lease cannot be read, does not do so for long. A new token
is issued each period, which is OVERLAP shorter. The token of a session at a time follows from its start and the
duration of its media alone, so that it need not be stored. A session on a channel has one token for each asset, and one
that opens no media for its manifests and keys.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from services.kit import access_tokens as kit_tokens
from services.kit import signing, stream_leases
from services.playback import domain, errors

ISSUER = "marquee-playback"
AUDIENCE = "media"
#: For how long the viewer may pause before a token is renewed.
PAUSE = timedelta(minutes=30)
#: For how long the manifests of a session on a channel are played, as far as its tokens are concerned.
CHANNEL_DURATION = timedelta(hours=4)
#: For how long a token is valid beside the next one.
OVERLAP = timedelta(minutes=30)
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


def period(session: domain.Session) -> timedelta:
    """Returns how long after a token of a session the next one is issued."""
    return (CHANNEL_DURATION if session.place else session.duration) + PAUSE


def expire_time(session: domain.Session, at: datetime) -> datetime:
    """Returns when the token that is current at a time expires, in whole seconds as tokens state it."""
    return datetime.fromtimestamp(int((_issue_time(session, at) + period(session) + OVERLAP).timestamp()), UTC)


def is_renewal_reported(session: domain.Session, at: datetime) -> bool:
    """Returns whether the token was renewed so recently that heartbeats report it."""
    issue_time = _issue_time(session, at)
    return issue_time > session.start_time and at - issue_time < RENEWAL_REPORTED


def issue(keys: signing.SigningKeys, session: domain.Session, at: datetime, asset_id: str = "") -> str:
    """Returns the token of a session that is current at a time. It does not show whose session it is.

    While the lease of `sid` holds, the edge serves the paths under `pfx` to it.

    Args:
        keys: signs the token.
        session: the session.
        at: the time.
        asset_id: which asset of a channel it opens; empty for that of the session.
    """
    return keys.sign(
        {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": stream_leases.account_reference(session.account_id),
            "sid": session.session_id,
            # Nothing has the id of a session in the media store.
            "pfx": path_prefix(asset_id or session.asset_id or session.session_id),
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
    periods = max(at - session.start_time, timedelta()) // period(session)
    return session.start_time + periods * period(session)
