"""All SQL of entitlement."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, Uuid, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql

from services.entitlement import domain
from services.entitlement.tables import assignments, channel_assignments, packages, subscriptions
from services.kit import db

_ASSIGNMENTS = {domain.Kind.TITLE: assignments, domain.Kind.CHANNEL: channel_assignments}


async def list_packages(session: db.Session) -> list[domain.Package]:
    """Returns all packages."""
    return [_package(row) for row in await session.execute(_with_counts())]


async def lock_package(session: db.WriteSession, package_id: str) -> domain.Package | None:
    """Returns a package, None if there is none. Until the transaction ends, no other transaction can change it."""
    locked = select(packages.c.package_id).where(packages.c.package_id == package_id).with_for_update()
    if (await session.execute(locked)).first() is None:
        return None
    return _package((await session.execute(_with_counts().where(packages.c.package_id == package_id))).one())


async def list_assignments(session: db.Session) -> dict[domain.Kind, dict[str, frozenset[str]]]:
    """Returns the packages of each title and each channel that is assigned to one, by kind.

    What is in the same packages shares one set.
    """
    shared: dict[frozenset[str], frozenset[str]] = {}
    by_kind: dict[domain.Kind, dict[str, frozenset[str]]] = {kind: {} for kind in domain.Kind}
    for kind, table in _ASSIGNMENTS.items():
        subject_id = table.c[kind]
        rows = await session.execute(
            select(subject_id, func.array_agg(table.c.package_id).label("package_ids")).group_by(subject_id)
        )
        for id_, package_ids in rows:
            holders = frozenset(map(str, package_ids))
            by_kind[kind][id_] = shared.setdefault(holders, holders)
    return by_kind


async def save_package(session: db.WriteSession, package: domain.Package) -> int:
    """Writes a package; returns its new revision."""
    values = {
        "display_name": package.display_name,
        "description": package.description,
        "tier": package.tier,
        "prices": [asdict(price) for price in package.prices],
        "max_streams": package.max_streams,
        "includes_all_titles": package.includes_all_titles,
        "includes_all_channels": package.includes_all_channels,
    }
    return await _save(session, packages, {"package_id": package.package_id}, values)


async def add_subjects(
    session: db.WriteSession, package_id: str, kind: domain.Kind, subject_ids: Collection[str]
) -> int:
    """Adds titles or channels to a package; returns how many it did not hold before."""
    if not subject_ids:
        return 0
    table = _ASSIGNMENTS[kind]
    added = await session.execute(
        postgresql.insert(table)
        .from_select(
            ["package_id", kind],
            select(packages.c.package_id, _unnested(subject_ids)).where(packages.c.package_id == package_id),
        )
        .on_conflict_do_nothing()
        .returning(table.c[kind])
    )
    return len(added.all())


async def remove_subjects(
    session: db.WriteSession, package_id: str, kind: domain.Kind, subject_ids: Collection[str]
) -> int:
    """Removes titles or channels from a package; returns how many it held."""
    if not subject_ids:
        return 0
    table = _ASSIGNMENTS[kind]
    removed = await session.execute(
        delete(table)
        .where(table.c.package_id == package_id, table.c[kind].in_(select(_unnested(subject_ids))))
        .returning(table.c[kind])
    )
    return len(removed.all())


async def get_subscription(session: db.Session, account_id: str, *, lock: bool = False) -> domain.Subscription:
    """Returns the subscription of an account, one without a state if there is none.

    Args:
        session: a session; one that writes, to lock.
        account_id: the account; empty for a service that calls for itself, which has no subscription.
        lock: whether to keep others from changing it until the transaction ends.
    """
    if not account_id:
        return domain.Subscription()
    statement = select(subscriptions).where(subscriptions.c.account_id == account_id)
    row = (await session.execute(statement.with_for_update() if lock else statement)).first()
    return domain.Subscription() if row is None else _subscription(row)


async def lock_ended_subscriptions(
    session: db.WriteSession, at: datetime, limit: int
) -> dict[str, domain.Subscription]:
    """Returns canceled subscriptions that end at a time or before it, by account, without those that others lock."""
    statement = (
        select(subscriptions)
        .where(subscriptions.c.state == domain.State.CANCELED, subscriptions.c.end_time <= at)
        .order_by(subscriptions.c.end_time)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return {row.account_id: _subscription(row) for row in await session.execute(statement)}


async def save_subscription(session: db.WriteSession, account_id: str, subscription: domain.Subscription) -> int:
    """Writes the subscription of an account; returns its new revision."""
    values = {
        "state": subscription.state,
        "package_ids": sorted(subscription.package_ids),
        "start_time": subscription.start_time,
        "renew_time": subscription.renew_time,
        "end_time": subscription.end_time,
    }
    return await _save(session, subscriptions, {"account_id": account_id}, values)


async def _save(session: db.WriteSession, table: Table, key: dict[str, Any], values: dict[str, Any]) -> int:
    statement = postgresql.insert(table).values(**key, **values, revision=1)
    saved = statement.on_conflict_do_update(
        index_elements=list(key), set_={**values, "revision": table.c.revision + 1}
    ).returning(table.c.revision)
    return int((await session.execute(saved)).scalar_one())


def _with_counts() -> Select[Any]:
    """Returns the statement that selects packages with the numbers of the titles and channels in them."""
    counts = [
        select(func.count()).where(table.c.package_id == packages.c.package_id).scalar_subquery().label(name)
        for name, table in (("title_count", assignments), ("channel_count", channel_assignments))
    ]
    return select(packages, *counts)


def _unnested(subject_ids: Collection[str]) -> ColumnElement[str]:
    """Returns one array parameter: PostgreSQL takes 32,767 parameters, fewer than some packages have titles."""
    array = postgresql.ARRAY(Uuid(as_uuid=False))
    return func.unnest(bindparam("ids", list(dict.fromkeys(subject_ids)), type_=array), type_=Uuid(as_uuid=False))


def _subscription(row: Row[Any]) -> domain.Subscription:
    return domain.Subscription(
        state=domain.State(row.state),
        package_ids=frozenset(row.package_ids),
        start_time=row.start_time,
        renew_time=row.renew_time,
        end_time=row.end_time,
        revision=row.revision,
    )


def _package(row: Row[Any]) -> domain.Package:
    return domain.Package(
        package_id=row.package_id,
        display_name=row.display_name,
        description=row.description,
        tier=domain.Tier(row.tier) if row.tier else None,
        prices=tuple(
            domain.Price(**{**price, "billing_period": domain.BillingPeriod(price["billing_period"])})
            for price in row.prices
        ),
        max_streams=row.max_streams,
        includes_all_titles=row.includes_all_titles,
        includes_all_channels=row.includes_all_channels,
        title_count=row.title_count,
        channel_count=row.channel_count,
        revision=row.revision,
    )
