"""The servicers of identity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.api import httpbody_pb2
from google.protobuf import timestamp_pb2
from marquee.event.v1 import event_pb2
from marquee.identity.v1 import identity_pb2, identity_pb2_grpc

from services.identity import convert, domain, errors, importing, passwords, storage
from services.kit import clock, context, db, events, ids, paging, signing

_PROFILES_OF_A_PAGE = 50


class Identity(identity_pb2_grpc.IdentityServiceServicer):
    """Accounts, profiles and tokens, for viewers.

    Args:
        database: identity's own.
        outbox: where registrations are told.
        secrets: hashes and checks passwords.
        keys: signs access tokens.
        time: tells the time.
        successor_key: derives refresh tokens; see `domain.successor_key`.
        home_country_code: where accounts live that do not say.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        secrets: passwords.Passwords,
        keys: signing.SigningKeys,
        time: clock.Clock,
        *,
        successor_key: bytes,
        home_country_code: str,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._passwords = secrets
        self._keys = keys
        self._clock = time
        self._successor_key = successor_key
        self._home = home_country_code

    async def Register(self, request: identity_pb2.RegisterRequest, rpc: Any) -> identity_pb2.RegisterResponse:
        """Creates an account with one profile and signs it in."""
        _refuse_weak(request.password, request.email)
        password_hash = await self._passwords.hash(request.password)
        now = self._clock.now()
        account = convert.new_account(request, self._home, now)
        named = identity_pb2.ProfileImport(display_name=request.display_name)
        profile = convert.new_profile(account.account_id, named, now)
        async with self._database.transaction() as tx:
            if not await storage.add_account(tx, account, password_hash):
                raise errors.EmailTaken
            await storage.save_profile(tx, profile)
            await self._outbox.add(tx, account_registered=event_pb2.AccountRegistered(account_id=account.account_id))
            tokens = await self._signed_in(tx, account, profile, now)
        return identity_pb2.RegisterResponse(
            account=convert.account_message(account), profile=convert.profile_message(profile), **tokens
        )

    async def LogIn(self, request: identity_pb2.LogInRequest, rpc: Any) -> identity_pb2.LogInResponse:
        """Signs in."""
        account, password_hash = await self._authenticated(request.email, request.password)
        renewed = await self._passwords.hash(request.password) if self._passwords.outdated(password_hash) else None
        now = self._clock.now()
        async with self._database.transaction() as tx:
            profile = await _profile(tx, account, request.profile_id)
            if renewed is not None:
                await storage.set_password_hash(tx, account.account_id, renewed)
            tokens = await self._signed_in(tx, account, profile, now)
        return identity_pb2.LogInResponse(
            account=convert.account_message(account), profile=convert.profile_message(profile), **tokens
        )

    async def RefreshToken(
        self, request: identity_pb2.RefreshTokenRequest, rpc: Any
    ) -> identity_pb2.RefreshTokenResponse:
        """Exchanges a refresh token for its successor and a new access token."""
        async with self._database.transaction() as tx:
            answer = await self._rotated(tx, request.refresh_token, self._clock.now())
        if answer is None:  # Told only now: the end of the family must be committed.
            raise errors.RefreshTokenReused
        return answer

    async def LogOut(self, request: identity_pb2.LogOutRequest, rpc: Any) -> identity_pb2.LogOutResponse:
        """Ends the family of a refresh token."""
        async with self._database.transaction() as tx:
            await storage.end_family_of(tx, domain.token_hash(request.refresh_token))
        return identity_pb2.LogOutResponse()

    async def GetJwks(self, request: identity_pb2.GetJwksRequest, rpc: Any) -> httpbody_pb2.HttpBody:
        """Gets the verification keys."""
        return httpbody_pb2.HttpBody(content_type="application/jwk-set+json", data=self._keys.jwks())

    async def GetAccount(self, request: identity_pb2.GetAccountRequest, rpc: Any) -> identity_pb2.GetAccountResponse:
        """Gets the calling account."""
        caller = context.caller()
        async with self._database.reading() as session:
            account = await _account(session, caller.account_id)
            profile = (
                await storage.profile(session, caller.account_id, caller.profile_id) if caller.profile_id else None
            )
        return identity_pb2.GetAccountResponse(
            account=convert.account_message(account), profile=convert.profile_message(profile) if profile else None
        )

    async def ListProfiles(
        self, request: identity_pb2.ListProfilesRequest, rpc: Any
    ) -> identity_pb2.ListProfilesResponse:
        """Lists the profiles of the calling account."""
        size = paging.size(request.page_size, default=_PROFILES_OF_A_PAGE, most=_PROFILES_OF_A_PAGE)
        filters = ("profiles", context.caller().account_id)
        [start] = paging.cursor(request.page_token, of=filters, kinds=(paging.place,)) or [0]
        async with self._database.reading() as session:
            account = await _account(session, context.caller().account_id)
            profiles = await storage.profiles(session, account.account_id)
        more = start + size < len(profiles)
        return identity_pb2.ListProfilesResponse(
            profiles=[convert.profile_message(profile) for profile in profiles[start : start + size]],
            next_page_token=paging.token([start + size], of=filters) if more else "",
        )

    async def SelectProfile(
        self, request: identity_pb2.SelectProfileRequest, rpc: Any
    ) -> identity_pb2.SelectProfileResponse:
        """Binds the caller's token family to another profile."""
        caller, now = context.caller(), self._clock.now()
        async with self._database.transaction() as tx:
            account = await _account(tx, caller.account_id)
            profile = await _profile(tx, account, request.profile_id)
            if not await storage.bind_family(tx, caller.family_id, profile):
                raise errors.SignedOut
        return identity_pb2.SelectProfileResponse(
            profile=convert.profile_message(profile), **self._access(account, profile, caller.family_id, now)
        )

    async def _authenticated(self, email: str, password: str) -> tuple[domain.Account, str]:
        """Answers the account that these credentials open, and the hash of its password. Raises BadCredentials."""
        async with self._database.reading() as session:
            found = await storage.credentials(session, domain.normalised_email(email))
        if not await self._passwords.matches(found[1] if found else None, password) or found is None:
            raise errors.BadCredentials
        return found

    async def _rotated(
        self, tx: db.WriteSession, refresh_token: str, now: datetime
    ) -> identity_pb2.RefreshTokenResponse | None:
        """Answers the tokens that follow a refresh token, None if its use ended the family."""
        presented = domain.token_hash(refresh_token)
        use = await storage.lock_use(tx, presented)
        verdict = domain.judged(use.issue_time, use.use_time, now) if use else domain.Verdict.EXPIRED
        if use is None or verdict is domain.Verdict.EXPIRED:
            raise errors.RefreshTokenInvalid
        if verdict is domain.Verdict.REUSED:
            await storage.end_family(tx, use.family_id)
            return None
        salt = use.salt or domain.new_salt()
        successor = domain.successor(refresh_token, salt, self._successor_key)
        if verdict is domain.Verdict.ROTATE:
            await storage.use_token(tx, use.family_id, presented, salt, domain.token_hash(successor), now)
        account = await _account(tx, use.account_id)
        profile = await _profile(tx, account, use.profile_id)
        return identity_pb2.RefreshTokenResponse(
            refresh_token=successor, **self._access(account, profile, use.family_id, now)
        )

    async def _signed_in(
        self, tx: db.WriteSession, account: domain.Account, profile: domain.Profile, now: datetime
    ) -> dict[str, Any]:
        """Opens a family; answers the fields that carry its tokens."""
        family_id, refresh_token = ids.new(), domain.new_refresh_token()
        await storage.add_family(tx, family_id, profile, domain.token_hash(refresh_token), now)
        return {"refresh_token": refresh_token, **self._access(account, profile, family_id, now)}

    def _access(
        self, account: domain.Account, profile: domain.Profile, family_id: str, now: datetime
    ) -> dict[str, Any]:
        """Answers the fields that carry an access token."""
        claims = convert.claims(account, profile, family_id, now)
        return {
            "access_token": self._keys.sign(claims),
            "expire_time": timestamp_pb2.Timestamp(seconds=claims["exp"]),
        }


class IdentityAdmin(identity_pb2_grpc.IdentityAdminServiceServicer):
    """Accounts, for operators.

    Args:
        importer: imports accounts.
        production: whether passwords that are easy to guess are refused, those of the demo accounts first.
    """

    def __init__(self, importer: importing.Importer, *, production: bool) -> None:
        self._importer = importer
        self._production = production

    async def ImportAccounts(
        self, request: identity_pb2.ImportAccountsRequest, rpc: Any
    ) -> identity_pb2.ImportAccountsResponse:
        """Brings accounts to what is given."""
        if self._production:
            for message in request.accounts:
                _refuse_weak(message.password, message.email)
        return await self._importer.run(request.accounts)


async def _account(session: db.Session, account_id: str) -> domain.Account:
    """Gets an account. Raises AccountNotFound, also for a service that asks for itself."""
    account = await storage.account(session, account_id) if account_id else None
    if account is None:
        raise errors.AccountNotFound
    return account


async def _profile(session: db.Session, account: domain.Account, profile_id: str) -> domain.Profile:
    """Gets a profile of an account, the first if none is named. Raises ProfileNotFound."""
    if profile_id:
        profile = await storage.profile(session, account.account_id, profile_id)
    else:
        profile = next(iter(await storage.profiles(session, account.account_id)), None)
    if profile is None:
        raise errors.ProfileNotFound(profile_id)
    return profile


def _refuse_weak(password: str, email: str) -> None:
    """Raises WeakPassword."""
    weakness = domain.weakness(password, email)
    if weakness is not None:
        raise errors.WeakPassword(weakness)
