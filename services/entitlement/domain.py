"""Who may watch what: one pure decision over what is known of a title, the packages and the viewer.

Some rules hide, others explain. A title that nobody may see, because it is unknown, not published, not rated, gone or
behind the end of its last window, is answered exactly like one that never was, so that an answer tells nothing of what
is being prepared. Once a title is public, the rules that keep it from this one viewer are told, each with what would
open it: the country, the profile's ceiling, a window that has yet to open, the subscription.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from services.kit import visibility


class Tier(IntEnum):
    """What an account subscribes to, numbered as in the contract. A higher tier opens what the lower ones do."""

    FREE = 1
    BASIC = 2
    STANDARD = 3
    PREMIUM = 4


class Reason(IntEnum):
    """A rule that stands in the way, numbered as in the contract: the hardest to open has the lowest number."""

    NOT_AVAILABLE = 1
    TERRITORY = 2
    MATURITY = 3
    NOT_YET = 4
    NOT_IN_SUBSCRIPTION = 5


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in minor units of a currency."""

    minor_units: int = 0
    #: ISO 4217.
    currency_code: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """Titles that are sold together, to subscribers of its tier and of those above."""

    package_id: str
    display_name: str
    tier: Tier
    max_streams: int
    description: str = ""
    monthly_price: Price = Price()
    includes_all_titles: bool = False
    #: How many titles are listed in it.
    title_count: int = 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an account pays for. Without a record it is the free tier, since ever."""

    tier: Tier = Tier.FREE
    start_time: datetime | None = None
    #: Grows with each change.
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: what the account pays for, and what the profile may see where it is."""

    tier: Tier
    sees: visibility.Viewer


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A way in: a package that holds the title."""

    package: Package


@dataclass(frozen=True, slots=True)
class Wait:
    """A way in: the time from which the title may be watched."""

    available_time: datetime


@dataclass(frozen=True, slots=True)
class SwitchProfile:
    """A way in: a profile with at least this ceiling."""

    maturity_rating: int


Option = SwitchProfile | Wait | Subscribe


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a title may be watched, why not, and what would open it."""

    reasons: tuple[Reason, ...]
    #: Ways that cost nothing first, then packages, the cheapest first. One of each kind is needed.
    options: tuple[Option, ...]
    max_streams: int
    decide_time: datetime
    #: Until when this holds if nothing changes; None where time alone changes nothing.
    expire_time: datetime | None

    @property
    def allowed(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.reasons


def decide(
    facts: visibility.Facts | None,
    listed_in: frozenset[str],
    packages: Sequence[Package],
    viewer: Viewer,
    at: datetime,
) -> Decision:
    """Decides whether `viewer` may watch a title at a time.

    Args:
        facts: what is known of the title; None if nothing is.
        listed_in: the packages that list the title.
        packages: every package there is, in the order of `by_price`.
        viewer: who asks.
        at: when.
    """
    streams = max_streams(packages, viewer.tier)
    if facts is None or _is_hidden(facts, at):
        return Decision((Reason.NOT_AVAILABLE,), (), streams, at, None)
    holders = [package for package in packages if package.includes_all_titles or package.package_id in listed_in]
    reasons = tuple(_reasons(facts, holders, viewer, at))
    return Decision(
        reasons=reasons,
        options=_options(reasons, facts, holders, at),
        max_streams=streams,
        decide_time=at,
        expire_time=visibility.next_edge(facts, at),
    )


def by_price(packages: Iterable[Package]) -> list[Package]:
    """Answers the packages in the order in which they are offered: the cheapest first."""
    return sorted(packages, key=_place)


def page(packages: Sequence[Package], cursor: Sequence[Any] | None, size: int) -> tuple[Sequence[Package], list[Any]]:
    """Answers up to `size` packages behind `cursor`, and the cursor of the page after; empty at the end."""
    rest = [package for package in packages if cursor is None or _place(package) > list(cursor)]
    return rest[:size], _place(rest[size - 1]) if len(rest) > size else []


def max_streams(packages: Iterable[Package], tier: Tier) -> int:
    """Answers how many streams an account of this tier may play at once."""
    return max((package.max_streams for package in packages if package.tier <= tier), default=0)


def _place(package: Package) -> list[Any]:
    return [package.monthly_price.minor_units, package.package_id]


def _is_hidden(facts: visibility.Facts, at: datetime) -> bool:
    """Whether nobody may know of the title, now or from any announced time on."""
    closed = not visibility.in_window(facts, at) and visibility.opens(facts, at) is None
    return not visibility.is_published(facts) or facts.maturity_rating <= 0 or closed


def _reasons(facts: visibility.Facts, holders: Sequence[Package], viewer: Viewer, at: datetime) -> Iterable[Reason]:
    if not visibility.in_territory(facts, viewer.sees):
        yield Reason.TERRITORY
    if not visibility.within_ceiling(facts, viewer.sees):
        yield Reason.MATURITY
    if not visibility.in_window(facts, at):
        yield Reason.NOT_YET
    if not any(package.tier <= viewer.tier for package in holders):
        yield Reason.NOT_IN_SUBSCRIPTION


def _options(
    reasons: Sequence[Reason], facts: visibility.Facts, holders: Sequence[Package], at: datetime
) -> tuple[Option, ...]:
    """Answers the ways in; none where one of the rules cannot be opened, for then the others lead nowhere."""
    options: list[Option] = []
    for reason in reasons:
        ways = _ways(reason, facts, holders, at)
        if not ways:
            return ()
        options += ways
    return tuple(options)


def _ways(reason: Reason, facts: visibility.Facts, holders: Sequence[Package], at: datetime) -> list[Option]:
    if reason is Reason.MATURITY:
        return [SwitchProfile(facts.maturity_rating)]
    if reason is Reason.NOT_YET and (opens := visibility.opens(facts, at)):
        return [Wait(opens)]
    if reason is Reason.NOT_IN_SUBSCRIPTION:
        return [Subscribe(package) for package in holders]
    return []
