"""What the servicers for viewers share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.protobuf import timestamp_pb2

from services.identity import convert, domain, errors, login_attempts, passwords, storage
from services.kit import clock, db, events, signing


class Handlers:
    """The base of the servicers for viewers.

    Args:
        database: the database of identity.
        outbox: publishes new accounts and changed profiles.
        secrets: hashes and checks passwords.
        attempts: limits failed log-ins.
        keys: signs access tokens.
        time: the clock.
        shared_time: the clock by which replicas judge refresh tokens that others rotated.
        successor_key: derives refresh tokens; see `domain.successor`.
        home_country_code: the country of accounts that state none.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        secrets: passwords.Passwords,
        attempts: login_attempts.LogInAttempts,
        keys: signing.SigningKeys,
        time: clock.Clock,
        shared_time: db.SharedClock,
        *,
        successor_key: bytes,
        home_country_code: str,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._passwords = secrets
        self._attempts = attempts
        self._keys = keys
        self._clock = time
        self._shared_clock = shared_time
        self._successor_key = successor_key
        self._home = home_country_code

    def _access(
        self, account: domain.Account, profile: domain.Profile | None, family_id: str, now: datetime
    ) -> dict[str, Any]:
        """Returns the fields that carry an access token."""
        claims = convert.claims(account, profile, family_id, now)
        return {
            "access_token": self._keys.sign(claims),
            "expire_time": timestamp_pb2.Timestamp(seconds=claims["exp"]),
        }


async def account_of(session: db.Session, account_id: str) -> domain.Account:
    """Returns an account. Raises AccountNotFound, also for a service that calls without a viewer."""
    account = await storage.account(session, account_id) if account_id else None
    if account is None:
        raise errors.AccountNotFound
    return account


async def profile_of(session: db.Session, account: domain.Account, profile_id: str) -> domain.Profile:
    """Returns a profile of an account. Raises ProfileNotFound."""
    profile = await storage.profile(session, account.account_id, profile_id)
    if profile is None:
        raise errors.ProfileNotFound(profile_id)
    return profile
