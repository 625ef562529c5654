"""Who may watch what: a pure decision over the facts of a title or a channel, the packages and the viewer.

A title that `GetTitle` hides from the viewer is decided like one that does not exist, so that a decision tells nothing
that the title's page does not; channels and programmes likewise. Of what the viewer may know of, the decision says
whether the account holds a package with it, and if not, which offers would give access.
"""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

from services.kit import visibility


class Tier(IntEnum):
    """The tier of a package, numbered as in the contract. A higher tier includes the lower ones."""

    FREE = 1
    BASIC = 2
    STANDARD = 3
    PREMIUM = 4


class BillingPeriod(IntEnum):
    """The period that a price is paid for, numbered as in the contract."""

    WEEK = 1
    MONTH = 2
    YEAR = 3


class State(IntEnum):
    """The state of a subscription, numbered as in the contract."""

    NONE = 0
    TRIAL = 1
    ACTIVE = 2
    GRACE = 3
    PAUSED = 4
    CANCELED = 5
    EXPIRED = 6


class Reason(IntEnum):
    """A rule that refuses access, numbered as in the contract."""

    NOT_AVAILABLE = 1
    NOT_IN_SUBSCRIPTION = 5


class Kind(StrEnum):
    """What packages hold, named as in `marquee.type.v1.Subject`."""

    TITLE = "title_id"
    CHANNEL = "channel_id"


class Programme(NamedTuple):
    """What a decision on a programme depends on beside its channel. A tuple, because keys of caches hold it."""

    channel_id: str
    #: In years; 0 if it is not known.
    maturity_age: int


_PERIODS_PER_YEAR = {BillingPeriod.WEEK: 52, BillingPeriod.MONTH: 12, BillingPeriod.YEAR: 1}


@dataclass(frozen=True, slots=True)
class Price:
    """What a package costs in a country."""

    minor_units: int
    #: ISO 4217.
    currency_code: str
    #: ISO 3166-1 alpha-2; empty for all countries without a price of their own.
    country_code: str = ""
    billing_period: BillingPeriod = BillingPeriod.MONTH

    @property
    def per_year(self) -> int:
        """The price of a year in minor units."""
        return self.minor_units * _PERIODS_PER_YEAR[self.billing_period]


@dataclass(frozen=True, slots=True)
class Package:
    """Titles and channels that are sold together."""

    package_id: str
    display_name: str
    #: None for a package outside the tiers, such as an add-on.
    tier: Tier | None
    max_streams: int
    description: str = ""
    #: One for each country, ordered by country.
    prices: tuple[Price, ...] = ()
    includes_all_titles: bool = False
    includes_all_channels: bool = False
    #: The number of titles that are assigned to it.
    title_count: int = 0
    #: The number of channels that are assigned to it.
    channel_count: int = 0
    #: Grows with each change; 0 before the first write.
    revision: int = 0

    @property
    def etag(self) -> str:
        """The version of the package."""
        return str(self.revision)

    def includes_all(self, kind: Kind) -> bool:
        """Returns whether it holds everything of a kind, assigned or not."""
        return self.includes_all_titles if kind is Kind.TITLE else self.includes_all_channels


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an account pays for."""

    state: State = State.NONE
    package_ids: frozenset[str] = frozenset()
    start_time: datetime | None = None
    renew_time: datetime | None = None
    end_time: datetime | None = None
    #: Grows with each change; 0 before the first write.
    revision: int = 0

    @property
    def etag(self) -> str:
        """The version of the subscription; empty if there is none."""
        return str(self.revision) if self.revision else ""


@dataclass(frozen=True, slots=True)
class Grant:
    """The packages that an account has access to through its subscription."""

    package_ids: frozenset[str] = frozenset()
    #: None if no end is decided.
    end_time: datetime | None = None


NO_GRANT = Grant()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: what the account has access to, and what the profile may see."""

    grant: Grant
    visibility: visibility.Viewer


@dataclass(frozen=True, slots=True)
class Offer:
    """A package at its price in one country."""

    package: Package
    price: Price


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something may be watched, why not, and what would give access."""

    reasons: tuple[Reason, ...]
    #: The cheapest first.
    offers: tuple[Offer, ...]
    max_streams: int
    decide_time: datetime
    #: When time alone may change the decision; None if it never does.
    recheck_time: datetime | None

    @property
    def allowed(self) -> bool:
        """Whether no rule refuses."""
        return not self.reasons

    @property
    def expire_time(self) -> datetime | None:
        """Until when the decision holds, as the viewer gets to know it: the windows of what is hidden stay secret."""
        return None if Reason.NOT_AVAILABLE in self.reasons else self.recheck_time


def decide(
    kind: Kind,
    facts: visibility.Facts | None,
    assigned_to: frozenset[str],
    packages: Sequence[Package],
    viewer: Viewer,
    at: datetime,
) -> Decision:
    """Decides whether `viewer` may watch a title or a channel at a time.

    Args:
        kind: which of the two it is.
        facts: its facts; None if it is unknown.
        assigned_to: the packages that it is assigned to.
        packages: all packages.
        viewer: who asks.
        at: when.
    """
    accessible = accessible_packages(packages, viewer.grant, at)
    streams = max_streams(accessible)
    recheck_time = _earliest(
        visibility.next_edge(facts, at) if facts else None,
        viewer.grant.end_time if viewer.grant.end_time and viewer.grant.end_time > at else None,
    )
    if facts is None or not visibility.visible(facts, viewer.visibility, at):
        return Decision((Reason.NOT_AVAILABLE,), (), streams, at, recheck_time)
    if any(holds(package, kind, assigned_to) for package in accessible):
        return Decision((), (), streams, at, recheck_time)
    holders = [package for package in packages if holds(package, kind, assigned_to)]
    offers = tuple(list_offers(holders, viewer.visibility.country_code))
    return Decision((Reason.NOT_IN_SUBSCRIPTION,), offers, streams, at, recheck_time)


def programme_facts(channel: visibility.Facts, programme: Programme) -> visibility.Facts:
    """Returns the facts of a programme: those of its channel, for viewers who are old enough for both."""
    return replace(channel, maturity_age=max(channel.maturity_age or 0, programme.maturity_age))


def list_entitled(
    kind: Kind, assignments: Mapping[str, frozenset[str]], packages: Iterable[Package]
) -> list[str] | None:
    """Returns what some packages hold of a kind; None if one of them holds everything.

    Args:
        kind: what to list.
        assignments: the packages of each subject of the kind that is assigned to one.
        packages: the packages that an account has access to.
    """
    packages = list(packages)
    if any(package.includes_all(kind) for package in packages):
        return None
    package_ids = {package.package_id for package in packages}
    return [subject_id for subject_id, assigned_to in assignments.items() if not package_ids.isdisjoint(assigned_to)]


def grant(subscription: Subscription) -> Grant:
    """Returns what a subscription gives access to."""
    if subscription.state in (State.TRIAL, State.ACTIVE, State.GRACE):
        return Grant(subscription.package_ids)
    if subscription.state is State.CANCELED and subscription.end_time:
        return Grant(subscription.package_ids, subscription.end_time)
    return NO_GRANT


def accessible_packages(packages: Iterable[Package], granted: Grant, at: datetime) -> list[Package]:
    """Returns the packages that an account has access to: those it holds, and those of their tiers and below."""
    packages = list(packages)
    in_force = granted.end_time is None or at < granted.end_time
    held_ids = granted.package_ids if in_force else frozenset[str]()
    tier = highest_tier(package for package in packages if package.package_id in held_ids)
    return [each for each in packages if each.package_id in held_ids or (each.tier and each.tier <= tier)]


def holds(package: Package, kind: Kind, assigned_to: frozenset[str]) -> bool:
    """Returns whether a package holds something of a kind that is assigned to these packages."""
    return package.includes_all(kind) or package.package_id in assigned_to


def highest_tier(packages: Iterable[Package]) -> Tier:
    """Returns the highest tier of the packages; FREE, which every account has, if none is higher."""
    return max((package.tier for package in packages if package.tier), default=Tier.FREE)


def max_streams(packages: Iterable[Package]) -> int:
    """Returns the number of streams that an account with access to these packages may play at once."""
    return max((package.max_streams for package in packages), default=0)


def price_in(package: Package, country_code: str) -> Price | None:
    """Returns the price of a package in a country, None if it is not sold there."""
    by_country = {price.country_code: price for price in package.prices}
    return by_country.get(country_code) or by_country.get("")


def list_offers(packages: Iterable[Package], country_code: str) -> list[Offer]:
    """Returns the offers of packages in a country, the cheapest first."""
    offers = [Offer(package, price) for package in packages if (price := price_in(package, country_code))]
    return sorted(offers, key=lambda offer: (offer.price.per_year, offer.package.package_id))


def page(
    packages: Iterable[Package], country_code: str, cursor: Sequence[Any] | None, size: int
) -> tuple[list[Package], list[Any]]:
    """Returns up to `size` packages after `cursor`, and the cursor of the next page, empty at the end.

    The cheapest in the country come first, those that are not sold there last.
    """
    by_key = sorted(((_list_key(package, country_code), package) for package in packages), key=operator.itemgetter(0))
    rest = [(key, package) for key, package in by_key if cursor is None or key > tuple(cursor)]
    return [package for _, package in rest[:size]], list(rest[size - 1][0]) if len(rest) > size else []


def _list_key(package: Package, country_code: str) -> tuple[int, int, str]:
    price = price_in(package, country_code)
    return (0, price.per_year, package.package_id) if price else (1, 0, package.package_id)


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time), default=None)
