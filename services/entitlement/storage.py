"""All SQL of entitlement."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Uuid, bindparam, delete, func, or_, select
from sqlalchemy.dialects import postgresql

from services.entitlement import domain
from services.entitlement.tables import assignments, packages, subscriptions
from services.kit import db


async def all_packages(session: db.Session) -> list[domain.Package]:
    """Answers every package, the cheapest first."""
    counts = (
        select(assignments.c.package_id, func.count().label("title_count"))
        .group_by(assignments.c.package_id)
        .subquery()
    )
    rows = await session.execute(
        select(packages, func.coalesce(counts.c.title_count, 0).label("title_count")).outerjoin(counts)
    )
    return domain.by_price(_package(row) for row in rows)


async def get_package(session: db.Session, package_id: str) -> domain.Package | None:
    """Answers one package with the number of its titles, None if there is none."""
    row = (await session.execute(select(packages).where(packages.c.package_id == package_id))).first()
    if row is None:
        return None
    count = select(func.count()).select_from(assignments).where(assignments.c.package_id == package_id)
    return _package(row, title_count=(await session.execute(count)).scalar_one())


async def listed_titles(session: db.Session) -> dict[str, frozenset[str]]:
    """Answers the packages of each title that is listed in one. Titles of the same packages share one set."""
    rows = await session.execute(
        select(assignments.c.title_id, func.array_agg(assignments.c.package_id).label("package_ids")).group_by(
            assignments.c.title_id
        )
    )
    shared: dict[frozenset[str], frozenset[str]] = {}
    listed = {}
    for title_id, package_ids in rows:
        held_by = frozenset(map(str, package_ids))
        listed[title_id] = shared.setdefault(held_by, held_by)
    return listed


async def save_package(session: db.WriteSession, package: domain.Package) -> bool:
    """Writes a package as it shall be; answers whether that changed anything."""
    values = _columns(package)
    statement = postgresql.insert(packages).values(package_id=package.package_id, **values)
    saved = statement.on_conflict_do_update(
        index_elements=[packages.c.package_id],
        set_=values,
        where=or_(*(packages.c[name].is_distinct_from(statement.excluded[name]) for name in values)),
    )
    written = await session.execute(saved.returning(packages.c.package_id))
    return written.first() is not None


async def add_titles(session: db.WriteSession, package_id: str, title_ids: Collection[str]) -> int:
    """Puts titles into a package; answers how many were not in it."""
    if not title_ids:
        return 0
    added = await session.execute(
        postgresql.insert(assignments)
        .from_select(
            ["package_id", "title_id"],
            select(packages.c.package_id, _unnested(title_ids)).where(packages.c.package_id == package_id),
        )
        .on_conflict_do_nothing()
        .returning(assignments.c.title_id)
    )
    return len(added.all())


async def remove_titles(session: db.WriteSession, package_id: str, title_ids: Collection[str]) -> int:
    """Takes titles out of a package; answers how many were in it."""
    if not title_ids:
        return 0
    removed = await session.execute(
        delete(assignments)
        .where(assignments.c.package_id == package_id, assignments.c.title_id.in_(select(_unnested(title_ids))))
        .returning(assignments.c.title_id)
    )
    return len(removed.all())


async def get_subscription(session: db.Session, account_id: str) -> domain.Subscription:
    """Answers what an account pays for; the free tier where there is no record."""
    if not account_id:  # A service that calls for itself pays for nothing.
        return domain.Subscription()
    row = (await session.execute(select(subscriptions).where(subscriptions.c.account_id == account_id))).first()
    return domain.Subscription() if row is None else _subscription(row)


async def set_subscription(
    session: db.WriteSession, account_id: str, tier: domain.Tier, at: datetime
) -> domain.Subscription | None:
    """Gives an account a tier; answers the subscription as it is now, None if it had the tier already."""
    statement = postgresql.insert(subscriptions).values(account_id=account_id, tier=tier, revision=1, start_time=at)
    changed = statement.on_conflict_do_update(
        index_elements=[subscriptions.c.account_id],
        set_={"tier": tier, "revision": subscriptions.c.revision + 1, "start_time": at},
        where=subscriptions.c.tier != tier,
    )
    row = (await session.execute(changed.returning(*subscriptions.c))).first()
    return None if row is None else _subscription(row)


def _unnested(title_ids: Collection[str]) -> ColumnElement[str]:
    """One array instead of one parameter a title: PostgreSQL takes 32,767 parameters."""
    many = postgresql.ARRAY(Uuid(as_uuid=False))
    return func.unnest(bindparam("title_ids", list(dict.fromkeys(title_ids)), type_=many), type_=Uuid(as_uuid=False))


def _columns(package: domain.Package) -> dict[str, Any]:
    return {
        "display_name": package.display_name,
        "description": package.description,
        "tier": package.tier,
        "price_minor_units": package.monthly_price.minor_units,
        "price_currency_code": package.monthly_price.currency_code,
        "max_streams": package.max_streams,
        "includes_all_titles": package.includes_all_titles,
    }


def _package(row: Row[Any], *, title_count: int | None = None) -> domain.Package:
    return domain.Package(
        package_id=row.package_id,
        display_name=row.display_name,
        description=row.description,
        tier=domain.Tier(row.tier),
        monthly_price=domain.Price(row.price_minor_units, row.price_currency_code),
        max_streams=row.max_streams,
        includes_all_titles=row.includes_all_titles,
        title_count=row.title_count if title_count is None else title_count,
    )


def _subscription(row: Row[Any]) -> domain.Subscription:
    return domain.Subscription(domain.Tier(row.tier), row.start_time, row.revision)
