"""Registration, log-in and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.api import httpbody_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_admin_service_pb2, identity_service_pb2

from services.identity import convert, domain, errors, storage
from services.identity.handlers import base
from services.kit import db, ids
from services.kit import errors as kit_errors

#: How long verifiers may keep the keys, which bounds how long a withdrawn key is still accepted.
_JWKS_SECONDS = 300


class Authentication(base.Handlers):
    """The methods of registration, log-in and tokens."""

    async def Register(
        self, request: identity_service_pb2.RegisterRequest, rpc: Any
    ) -> identity_service_pb2.RegisterResponse:
        """Creates an account with one profile and logs it in; logs in to the account if it exists already."""
        await self._passwords.require_strong(request.password, request.email)
        async with self._attempts.attempt(request.email):
            existing = await self._credentials(request.email)
            # One computation in either case, so that the time does not tell whether the account exists.
            if existing is None:
                password_hash = await self._passwords.hash(request.password)
            elif not await self._passwords.matches(existing[1], request.password):
                raise errors.RegistrationRefused
        if existing is not None:
            return identity_service_pb2.RegisterResponse(**await self._log_in(*existing, request.password))
        now = self._clock.now()
        account = convert.new_account(request, self._home, now)
        named = identity_admin_service_pb2.ProfileImport(display_name=request.display_name)
        profile = convert.new_profile(account.account_id, named, now)
        async with self._database.transaction() as tx:
            if not await storage.add_account(tx, account, password_hash):
                raise errors.RegistrationRefused
            profile = await storage.save_profile(tx, profile)
            await self._outbox.add(
                tx, account_registered=event_internal_pb2.AccountRegistered(account_id=account.account_id)
            )
            await self._outbox.add(tx, profile_changed=convert.profile_changed(profile))
            tokens = await self._issue_tokens(tx, account, profile, now)
        return identity_service_pb2.RegisterResponse(
            account=convert.account_message(account), profile=convert.profile_message(profile), **tokens
        )

    async def LogIn(self, request: identity_service_pb2.LogInRequest, rpc: Any) -> identity_service_pb2.LogInResponse:
        """Logs in."""
        async with self._attempts.attempt(request.email):
            credentials = await self._credentials(request.email)
            password_hash = credentials[1] if credentials else None
            if not await self._passwords.matches(password_hash, request.password) or credentials is None:
                raise errors.BadCredentials
        fields = await self._log_in(*credentials, request.password, request.profile_id)
        return identity_service_pb2.LogInResponse(**fields)

    async def RefreshToken(
        self, request: identity_service_pb2.RefreshTokenRequest, rpc: Any
    ) -> identity_service_pb2.RefreshTokenResponse:
        """Exchanges a refresh token for its successor and a new access token."""
        async with self._database.transaction(serialize_by=request.refresh_token) as tx:
            response = await self._rotated(tx, request, await self._shared_clock.now(tx))
        if isinstance(response, kit_errors.Error):  # Raised only now: the deletion of the family must be committed.
            raise response
        return response

    async def LogOut(
        self, request: identity_service_pb2.LogOutRequest, rpc: Any
    ) -> identity_service_pb2.LogOutResponse:
        """Revokes the family of a refresh token."""
        async with self._database.transaction(serialize_by=request.refresh_token) as tx:
            await storage.delete_family_of_token(tx, domain.token_hash(request.refresh_token))
        return identity_service_pb2.LogOutResponse()

    async def GetJwks(self, request: identity_service_pb2.GetJwksRequest, rpc: Any) -> httpbody_pb2.HttpBody:
        """Gets the verification keys, which may be kept for five minutes."""
        await rpc.send_initial_metadata((("cache-control", f"public, max-age={_JWKS_SECONDS}"),))
        return httpbody_pb2.HttpBody(content_type="application/jwk-set+json", data=self._keys.jwks())

    async def _credentials(self, email: str) -> tuple[domain.Account, str] | None:
        """Returns the account with an email address, and the hash of its password; None if there is none."""
        async with self._database.reading() as session:
            return await storage.credentials(session, domain.normalized_email(email))

    async def _log_in(
        self, account: domain.Account, password_hash: str, password: str, profile_id: str = ""
    ) -> dict[str, Any]:
        """Logs in to an account whose password was checked; returns the fields of the response."""
        renewed = await self._passwords.hash(password) if self._passwords.outdated(password_hash) else None
        now = self._clock.now()
        async with self._database.transaction(serialize_by=account.account_id) as tx:
            profile = await _bound_profile(tx, account, profile_id)
            if renewed is not None:
                await storage.set_password_hash(tx, account.account_id, renewed)
            tokens = await self._issue_tokens(tx, account, profile, now)
        return {
            "account": convert.account_message(account),
            "profile": convert.profile_message(profile) if profile else None,
            **tokens,
        }

    async def _rotated(
        self, tx: db.WriteSession, request: identity_service_pb2.RefreshTokenRequest, now: datetime
    ) -> identity_service_pb2.RefreshTokenResponse | kit_errors.Error:
        """Returns the tokens that follow a refresh token, or the error of a use that revoked the family."""
        presented = domain.token_hash(request.refresh_token)
        row = await storage.lock_refresh_token(tx, presented)
        outcome = domain.rotation_outcome(row.issue_time, row.use_time, now) if row else domain.RotationOutcome.EXPIRED
        if row is None or outcome is domain.RotationOutcome.EXPIRED:
            raise errors.RefreshTokenInvalid
        if outcome is domain.RotationOutcome.REUSED:
            await storage.delete_family(tx, row.family_id)
            return errors.RefreshTokenReused()
        account = await base.account_of(tx, row.account_id)
        profile_id = request.profile_id or row.profile_id
        profile = await base.profile_of(tx, account, profile_id) if profile_id else None
        earlier = await storage.request_of(tx, request.request_id)
        if earlier is not None and earlier != (presented, request.profile_id or None):
            raise kit_errors.RequestIdReused
        salt = row.salt or domain.new_salt()
        successor = domain.successor(request.refresh_token, salt, self._successor_key)
        if outcome is domain.RotationOutcome.ROTATE:
            if await storage.count_tokens(tx, row.family_id) >= domain.MOST_REFRESH_TOKENS:
                # Deleting old tokens instead would let a thief make the owner's token unknown, and go on unnoticed.
                await storage.delete_family(tx, row.family_id)
                return errors.RefreshTokenInvalid()
            use = storage.Rotation(row.family_id, presented, salt, request.request_id, request.profile_id or None)
            await storage.use_token(tx, use, domain.token_hash(successor), now)
        return identity_service_pb2.RefreshTokenResponse(
            refresh_token=successor, **self._access(account, profile, row.family_id, now)
        )

    async def _issue_tokens(
        self, tx: db.WriteSession, account: domain.Account, profile: domain.Profile | None, now: datetime
    ) -> dict[str, Any]:
        """Adds a token family; returns the fields that carry its tokens."""
        family_id, refresh_token = ids.new(), domain.new_refresh_token()
        profile_id = profile.profile_id if profile else None
        issue_time = await self._shared_clock.now(tx)
        token_hash = domain.token_hash(refresh_token)
        await storage.add_family(tx, family_id, account.account_id, profile_id, token_hash, issue_time)
        await storage.delete_oldest_families(tx, account.account_id, domain.MOST_LOG_INS)
        return {"refresh_token": refresh_token, **self._access(account, profile, family_id, now)}


async def _bound_profile(session: db.Session, account: domain.Account, profile_id: str) -> domain.Profile | None:
    """Returns the profile that a log-in is bound to: the named one, or the only one. Raises ProfileNotFound."""
    if profile_id:
        return await base.profile_of(session, account, profile_id)
    profiles = await storage.profiles(session, account.account_id)
    return profiles[0] if len(profiles) == 1 else None
