"""Converts accounts and profiles to messages and claims, and imports to accounts and profiles."""

import dataclasses
from datetime import datetime
from typing import Any

from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_admin_service_pb2, identity_pb2, identity_service_pb2
from marquee.type.v1 import type_pb2

from services.identity import domain, errors
from services.kit import access_tokens, ids, timestamps

#: What an account is created from.
AccountSource = identity_service_pb2.RegisterRequest | identity_admin_service_pb2.AccountImport

#: The fields of a profile that an update mask may name, beside `preferences`.
_EDITABLE = frozenset({"display_name", "avatar", "language_code"})


def account_message(account: domain.Account) -> identity_pb2.Account:
    """Returns the message of an account."""
    message = identity_pb2.Account(
        account_id=account.account_id,
        email=account.email,
        display_name=account.display_name,
        roles=[identity_pb2.Role.ValueType(role) for role in account.roles],
        tier=type_pb2.Tier.ValueType(account.tier),
        country_code=account.country_code,
    )
    timestamps.put_datetime(message.create_time, account.create_time)
    return message


def profile_message(profile: domain.Profile) -> identity_pb2.Profile:
    """Returns the message of a profile."""
    message = identity_pb2.Profile(
        profile_id=profile.profile_id,
        display_name=profile.display_name,
        avatar=profile.avatar,
        maturity_ceiling=profile.maturity_ceiling,
        language_code=profile.language_code,
        preferences=identity_pb2.Preferences(genre_ids=profile.genre_ids, language_codes=profile.liked_language_codes),
        etag=profile.etag,
    )
    timestamps.put_datetime(message.create_time, profile.create_time)
    if profile.answer_time is not None:
        timestamps.put_datetime(message.preferences.answer_time, profile.answer_time)
    return message


def profile_changed(profile: domain.Profile) -> event_internal_pb2.ProfileChanged:
    """Returns the event with the profile as it is now."""
    return event_internal_pb2.ProfileChanged(account_id=profile.account_id, profile=profile_message(profile))


def claims(account: domain.Account, profile: domain.Profile | None, family_id: str, at: datetime) -> dict[str, Any]:
    """Returns the claims of an access token; without a profile it has the ceiling of callers who are not logged in."""
    issued = int(at.timestamp())
    return {
        "iss": access_tokens.ISSUER,
        "aud": access_tokens.AUDIENCE,
        "sub": account.account_id,
        "pid": profile.profile_id if profile else "",
        "roles": [_word(identity_pb2.Role.Name(identity_pb2.Role.ValueType(role))) for role in account.roles],
        "tier": _word(type_pb2.Tier.Name(type_pb2.Tier.ValueType(account.tier))),
        "mat": profile.maturity_ceiling if profile else domain.DEFAULT_CEILING,
        "cty": account.country_code,
        "lang": profile.language_code if profile else domain.DEFAULT_LANGUAGE_CODE,
        "sid": family_id,
        "iat": issued,
        "exp": issued + int(domain.ACCESS_LIFETIME.total_seconds()),
        "jti": ids.new(),
    }


def new_account(message: AccountSource, home_country_code: str, at: datetime) -> domain.Account:
    """Returns a new account without a subscription. Its country is the home country unless it states another one."""
    return domain.Account(
        account_id=ids.new(),
        email=domain.normalized_email(message.email),
        display_name=message.display_name,
        roles=_roles(message) or (identity_pb2.ROLE_VIEWER,),
        country_code=message.country_code or home_country_code,
        tier=type_pb2.TIER_FREE,
        create_time=at,
    )


def new_profile(account_id: str, message: identity_admin_service_pb2.ProfileImport, at: datetime) -> domain.Profile:
    """Returns a new profile, with the defaults of the contract for what is not stated."""
    return domain.Profile(
        profile_id=ids.new(),
        account_id=account_id,
        display_name=message.display_name,
        avatar=message.avatar or "comet",
        maturity_ceiling=message.maturity_ceiling if message.HasField("maturity_ceiling") else domain.DEFAULT_CEILING,
        language_code=message.language_code or domain.DEFAULT_LANGUAGE_CODE,
        create_time=at,
        **(_preferences(message.preferences, at) if message.HasField("preferences") else {}),
    )


def imported_account(current: domain.Account, message: identity_admin_service_pb2.AccountImport) -> domain.Account:
    """Returns an account with the values of an import; values that the import does not state stay."""
    return dataclasses.replace(
        current,
        display_name=message.display_name,
        roles=_roles(message) or current.roles,
        country_code=message.country_code or current.country_code,
    )


def imported_profile(
    current: domain.Profile, message: identity_admin_service_pb2.ProfileImport, at: datetime
) -> domain.Profile:
    """Returns a profile with the values of an import; values that the import does not state stay."""
    updated = dataclasses.replace(
        current,
        avatar=message.avatar or current.avatar,
        maturity_ceiling=message.maturity_ceiling if message.HasField("maturity_ceiling") else current.maturity_ceiling,
        language_code=message.language_code or current.language_code,
    )
    if not message.HasField("preferences"):
        return updated
    answered = dataclasses.replace(updated, **_preferences(message.preferences, at))
    # Equal preferences keep the time at which they were first stated.
    again = dataclasses.replace(answered, answer_time=current.answer_time)
    return again if current.answer_time and again == updated else answered


def updated_profile(
    current: domain.Profile, request: identity_service_pb2.UpdateProfileRequest, at: datetime
) -> domain.Profile:
    """Returns a profile with the fields that the mask names. Raises FieldNotEditable."""
    target: dict[str, Any] = {}
    paths = request.update_mask.paths
    for path in (*sorted(_EDITABLE), "preferences") if list(paths) == ["*"] else paths:
        if path == "preferences":
            target |= _preferences(request.profile.preferences, at)
        elif path in _EDITABLE:
            target[path] = getattr(request.profile, path)
        else:
            raise errors.FieldNotEditable(path)
    return dataclasses.replace(current, **target)


def _preferences(message: identity_pb2.Preferences, at: datetime) -> dict[str, Any]:
    return {
        "genre_ids": tuple(message.genre_ids),
        "liked_language_codes": tuple(message.language_codes),
        "answer_time": at,
    }


def _roles(message: AccountSource) -> tuple[int, ...]:
    return tuple(sorted(set(message.roles))) if isinstance(message, identity_admin_service_pb2.AccountImport) else ()


def _word(name: str) -> str:
    """Returns the last word of an enum value's name, such as `admin` of ROLE_ADMIN."""
    return name.rpartition("_")[2].lower()
