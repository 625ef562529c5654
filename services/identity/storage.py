"""All SQL of identity."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects import postgresql

from services.identity import domain, tables
from services.kit import db

_accounts, _profiles, _families, _tokens = tables.accounts, tables.profiles, tables.families, tables.refresh_tokens

#: Columns of a profile that hold several values.
_LISTS = ("genre_ids", "liked_language_codes")


@dataclasses.dataclass(frozen=True, slots=True)
class RefreshTokenRow:
    """A refresh token that was presented, with its family."""

    family_id: str
    account_id: str
    #: The profile that was selected last; None if none was.
    profile_id: str | None
    issue_time: datetime
    use_time: datetime | None
    salt: bytes | None


@dataclasses.dataclass(frozen=True, slots=True)
class Rotation:
    """The first use of a refresh token, and the request that it came with."""

    family_id: str
    token_hash: bytes
    #: The salt of the successor.
    salt: bytes
    request_id: str
    #: None where the request named no profile.
    request_profile_id: str | None


async def account(session: db.Session, account_id: str) -> domain.Account | None:
    """Gets an account."""
    row = (await session.execute(select(_accounts).where(_accounts.c.account_id == account_id))).first()
    return _account(row) if row else None


async def accounts_by_email(session: db.Session, emails: Sequence[str]) -> dict[str, domain.Account]:
    """Gets the accounts of normalized addresses, by address."""
    rows = await session.execute(select(_accounts).where(_accounts.c.email.in_(emails)))
    return {row.email: _account(row) for row in rows}


async def credentials(session: db.Session, email: str) -> tuple[domain.Account, str] | None:
    """Gets the account of a normalized address, and the hash of its password."""
    row = (await session.execute(select(_accounts).where(_accounts.c.email == email))).first()
    return (_account(row), row.password_hash) if row else None


async def profiles(session: db.Session, account_id: str) -> list[domain.Profile]:
    """Gets the profiles of an account, oldest first."""
    of_account = select(_profiles).where(_profiles.c.account_id == account_id)
    rows = await session.execute(of_account.order_by(_profiles.c.create_time, _profiles.c.profile_id))
    return [_profile(row) for row in rows]


async def profile(session: db.Session, account_id: str, profile_id: str) -> domain.Profile | None:
    """Gets a profile of an account; None also for one of another account."""
    row = (
        await session.execute(
            select(_profiles).where(_profiles.c.profile_id == profile_id, _profiles.c.account_id == account_id)
        )
    ).first()
    return _profile(row) if row else None


async def any_profile(session: db.Session, profile_id: str) -> domain.Profile | None:
    """Gets a profile of any account."""
    row = (await session.execute(select(_profiles).where(_profiles.c.profile_id == profile_id))).first()
    return _profile(row) if row else None


async def add_account(session: db.WriteSession, new: domain.Account, password_hash: str) -> bool:
    """Adds an account; returns whether its address was free."""
    values = {**_columns(new), "password_hash": password_hash, "tier_revision": 0}
    added = await session.execute(
        postgresql.insert(_accounts)
        .values(values)
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(_accounts.c.account_id)
    )
    return added.first() is not None


async def update_account(session: db.WriteSession, changed: domain.Account) -> None:
    """Updates an account, except its tier."""
    values = {name: value for name, value in _columns(changed).items() if name not in {"account_id", "tier"}}
    await session.execute(update(_accounts).where(_accounts.c.account_id == changed.account_id).values(values))


async def lock_account(session: db.WriteSession, email: str) -> domain.Account | None:
    """Gets the account of a normalized address and locks it until the transaction ends."""
    row = (await session.execute(select(_accounts).where(_accounts.c.email == email).with_for_update())).first()
    return _account(row) if row else None


async def set_password_hash(session: db.WriteSession, account_id: str, password_hash: str) -> None:
    """Replaces the hash of a password."""
    await session.execute(
        update(_accounts).where(_accounts.c.account_id == account_id).values(password_hash=password_hash)
    )


async def set_tier(session: db.WriteSession, account_id: str, tier: int, revision: int) -> None:
    """Sets the tier of an account, unless a later revision is stored."""
    await session.execute(
        update(_accounts)
        .where(_accounts.c.account_id == account_id, _accounts.c.tier_revision < revision)
        .values(tier=tier, tier_revision=revision)
    )


async def save_profile(session: db.WriteSession, saved: domain.Profile) -> domain.Profile:
    """Adds or updates a profile; returns it with its next revision."""
    saved = dataclasses.replace(saved, revision=saved.revision + 1)
    values = dataclasses.asdict(saved)
    for name in _LISTS:
        values[name] = list(values[name])
    await session.execute(
        postgresql.insert(_profiles).values(values).on_conflict_do_update(index_elements=["profile_id"], set_=values)
    )
    return saved


async def add_family(
    session: db.WriteSession,
    family_id: str,
    account_id: str,
    profile_id: str | None,
    token_hash: bytes,
    issue_time: datetime,
) -> None:
    """Adds the token family of a log-in, with its first refresh token."""
    await session.execute(
        _families.insert().values(
            family_id=family_id,
            account_id=account_id,
            profile_id=profile_id,
            expire_time=issue_time + domain.REFRESH_LIFETIME,
        )
    )
    await _add_token(session, family_id, token_hash, issue_time)


async def delete_oldest_families(session: db.WriteSession, account_id: str, kept: int) -> None:
    """Deletes the families of an account that were used least recently, all but so many."""
    used_last = select(_families.c.family_id).where(_families.c.account_id == account_id)
    used_last = used_last.order_by(_families.c.expire_time.desc(), _families.c.family_id.desc()).offset(kept)
    await session.execute(delete(_families).where(_families.c.family_id.in_(used_last)))


async def count_tokens(session: db.Session, family_id: str) -> int:
    """Returns the number of refresh tokens of a family, used ones included."""
    query = select(func.count()).select_from(_tokens).where(_tokens.c.family_id == family_id)
    return (await session.execute(query)).scalar_one()


async def lock_refresh_token(session: db.WriteSession, token_hash: bytes) -> RefreshTokenRow | None:
    """Gets a refresh token with its family and locks both until the transaction ends."""
    row = (
        await session.execute(
            select(
                _families.c.family_id,
                _families.c.account_id,
                _families.c.profile_id,
                _tokens.c.issue_time,
                _tokens.c.use_time,
                _tokens.c.salt,
            )
            .join_from(_tokens, _families)
            .where(_tokens.c.token_hash == token_hash)
            .with_for_update()
        )
    ).first()
    return RefreshTokenRow(**row._mapping) if row else None


async def request_of(session: db.Session, request_id: str) -> tuple[bytes, str | None] | None:
    """Returns the hash of the refresh token and the profile that a request named; None for a new request."""
    row = (
        await session.execute(
            select(_tokens.c.token_hash, _tokens.c.request_profile_id).where(_tokens.c.request_id == request_id)
        )
    ).first()
    return (row.token_hash, row.request_profile_id) if row else None


async def use_token(session: db.WriteSession, used: Rotation, successor_hash: bytes, at: datetime) -> None:
    """Marks a refresh token as used and adds its successor."""
    await session.execute(
        update(_tokens)
        .where(_tokens.c.token_hash == used.token_hash)
        .values(
            use_time=at,
            salt=used.salt,
            request_id=used.request_id,
            request_profile_id=used.request_profile_id,
        )
    )
    await _add_token(session, used.family_id, successor_hash, at)
    await session.execute(
        update(_families)
        .where(_families.c.family_id == used.family_id)
        .values(expire_time=at + domain.REFRESH_LIFETIME)
    )


async def bind_family(session: db.WriteSession, family_id: str, profile: domain.Profile) -> bool:
    """Binds a family of the profile's account to the profile; returns whether there is such a family."""
    bound = await session.execute(
        update(_families)
        .where(_families.c.family_id == family_id, _families.c.account_id == profile.account_id)
        .values(profile_id=profile.profile_id)
        .returning(_families.c.family_id)
    )
    return bound.first() is not None


async def delete_family(session: db.WriteSession, family_id: str) -> None:
    """Deletes a family and its refresh tokens."""
    await session.execute(delete(_families).where(_families.c.family_id == family_id))


async def delete_family_of_token(session: db.WriteSession, token_hash: bytes) -> None:
    """Deletes the family of a refresh token, if there is one."""
    family_id = select(_tokens.c.family_id).where(_tokens.c.token_hash == token_hash).scalar_subquery()
    await session.execute(delete(_families).where(_families.c.family_id == family_id))


async def delete_expired(session: db.WriteSession, at: datetime) -> None:
    """Deletes the families and refresh tokens that were expired at `at`."""
    await session.execute(delete(_families).where(_families.c.expire_time <= at))
    await session.execute(delete(_tokens).where(_tokens.c.issue_time <= at - domain.REFRESH_LIFETIME))


async def _add_token(session: db.WriteSession, family_id: str, token_hash: bytes, issue_time: datetime) -> None:
    await session.execute(_tokens.insert().values(token_hash=token_hash, family_id=family_id, issue_time=issue_time))


def _account(row: Row[Any]) -> domain.Account:
    return domain.Account(
        account_id=row.account_id,
        email=row.email,
        display_name=row.display_name,
        roles=tuple(row.roles),
        country_code=row.country_code,
        tier=row.tier,
        create_time=row.create_time,
    )


def _profile(row: Row[Any]) -> domain.Profile:
    return domain.Profile(**{**row._mapping, **{name: tuple(row._mapping[name]) for name in _LISTS}})


def _columns(account: domain.Account) -> dict[str, Any]:
    return {**dataclasses.asdict(account), "roles": list(account.roles)}
