"""The account and its profiles."""

from __future__ import annotations

from typing import Any

from marquee.identity.v1 import identity_service_pb2

from services.identity import convert, domain, errors, storage
from services.identity.handlers import base
from services.kit import context, ids, paging, status
from services.kit import errors as kit_errors

_PROFILES_OF_A_PAGE = 50


class Profiles(base.Handlers):
    """The methods of the account and its profiles."""

    async def GetAccount(
        self, request: identity_service_pb2.GetAccountRequest, rpc: Any
    ) -> identity_service_pb2.GetAccountResponse:
        """Gets the account of the caller."""
        caller = context.caller()
        async with self._database.reading() as session:
            account = await base.account_of(session, caller.account_id)
            profile = (
                await storage.profile(session, caller.account_id, caller.profile_id) if caller.profile_id else None
            )
        return identity_service_pb2.GetAccountResponse(
            account=convert.account_message(account), profile=convert.profile_message(profile) if profile else None
        )

    async def ListProfiles(
        self, request: identity_service_pb2.ListProfilesRequest, rpc: Any
    ) -> identity_service_pb2.ListProfilesResponse:
        """Lists the profiles of the account."""
        size = paging.size(request.page_size, default=_PROFILES_OF_A_PAGE, most=_PROFILES_OF_A_PAGE)
        filters = ("profiles", context.caller().account_id)
        [start] = paging.cursor(request.page_token, of=filters, kinds=(paging.non_negative_int,)) or [0]
        async with self._database.reading() as session:
            account = await base.account_of(session, context.caller().account_id)
            profiles = await storage.profiles(session, account.account_id)
        more = start + size < len(profiles)
        return identity_service_pb2.ListProfilesResponse(
            profiles=[convert.profile_message(profile) for profile in profiles[start : start + size]],
            next_page_token=paging.token([start + size], of=filters) if more else "",
        )

    async def SelectProfile(
        self, request: identity_service_pb2.SelectProfileRequest, rpc: Any
    ) -> identity_service_pb2.SelectProfileResponse:
        """Selects another profile."""
        caller, now = context.caller(), self._clock.now()
        async with self._database.transaction(serialize_by=caller.family_id) as tx:
            account = await base.account_of(tx, caller.account_id)
            profile = await base.profile_of(tx, account, request.profile_id)
            if not await storage.bind_family(tx, caller.family_id, profile):
                raise errors.SignedOut
        return identity_service_pb2.SelectProfileResponse(
            profile=convert.profile_message(profile), **self._access(account, profile, caller.family_id, now)
        )

    async def UpdateProfile(
        self, request: identity_service_pb2.UpdateProfileRequest, rpc: Any
    ) -> identity_service_pb2.UpdateProfileResponse:
        """Changes the fields of a profile that the mask names."""
        account_id, now = context.caller().account_id, self._clock.now()
        if not request.update_mask.paths:
            raise status.violations([("update_mask", "names no field")])
        async with self._database.transaction(serialize_by=account_id) as tx:
            account = await base.account_of(tx, account_id)
            # The lock on the account keeps the names of its profiles distinct.
            await storage.lock_account(tx, account.email)
            current = await base.profile_of(tx, account, _parse_profile_id(request.profile.profile_id))
            if request.profile.etag and request.profile.etag != current.etag:
                raise kit_errors.EtagMismatch(current.profile_id)
            target = convert.updated_profile(current, request, now)
            others = {profile.display_name for profile in await storage.profiles(tx, account.account_id)}
            field = domain.invalid_field(current, target, others - {current.display_name})
            if field:
                raise errors.FieldNotEditable(field)
            if target != current:
                target = await storage.save_profile(tx, target)
                await self._outbox.add(tx, profile_changed=convert.profile_changed(target))
        return identity_service_pb2.UpdateProfileResponse(profile=convert.profile_message(target))


def _parse_profile_id(profile_id: str) -> str:
    """Returns the canonical form of a profile id. Raises ProfileNotFound if it is not a UUID."""
    try:
        return ids.parse(profile_id)
    except ValueError:
        raise errors.ProfileNotFound(profile_id) from None
