"""What decisions are made from, in memory: the facts of titles, the packages, and the tiers of accounts that asked.

catalog ─ facts, then TitlesChanged ─▶ Model ◀─ packages and their titles ─ own database
                                         └▶ encoded decisions, a title and a class of viewers each
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from marquee.catalog.v1 import catalog_pb2
from marquee.entitlement.v1 import entitlement_pb2

from services.entitlement import convert, domain, errors
from services.kit import cache, visibility
from services.kit.clock import Clock

_MOST_ACCOUNTS = 50_000
#: An event that was lost with a Redis must not leave an account on an old tier for ever.
_TIER_KEPT_SECONDS = 60.0


class Model:
    """Decides from memory, and remembers its answers until something they rest on changes.

    Args:
        clock: tells when it is.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._facts: dict[str, tuple[int, visibility.Facts]] = {}
        self._has_facts = False
        self._listed: Mapping[str, frozenset[str]] = {}
        self._packages: Sequence[domain.Package] | None = None
        self._answers = cache.Cache(clock)

    @property
    def packages(self) -> Sequence[domain.Package]:
        """The packages on offer, the cheapest first. Raises FactsNotReady."""
        if self._packages is None:
            raise errors.FactsNotReady
        return self._packages

    def answer(self, title_id: str, viewer: domain.Viewer) -> bytes:
        """Answers an encoded CheckAccessResponse. Raises FactsNotReady."""
        key = (title_id, viewer.tier, viewer.sees.maturity_ceiling, viewer.sees.country_code)
        known = self._answers.get(key)
        if known is not None:
            return known
        decided = self._decide(title_id, viewer)
        message = entitlement_pb2.CheckAccessResponse(decision=convert.decision_message(title_id, decided))
        encoded = message.SerializeToString()
        return self._answers.put(key, encoded, expire_time=decided.expire_time, tags=(title_id,))

    def learn(self, titles: Iterable[catalog_pb2.TitleFacts]) -> None:
        """Takes facts of titles in any order: those that are older than what is known are passed over."""
        for told in titles:
            known = self._facts.get(told.title_id)
            if known is None or known[0] < told.revision:
                self._facts[told.title_id] = (told.revision, convert.facts(told))
                self._answers.drop(told.title_id)

    def learned_all(self) -> None:
        """Notes that the facts of every title have been taken."""
        self._has_facts = True

    def offer(self, packages: Sequence[domain.Package], listed: Mapping[str, frozenset[str]]) -> None:
        """Takes the packages, the cheapest first, and the packages of each listed title, in place of the old ones."""
        self._packages, self._listed = packages, listed
        self._answers.clear()

    def _decide(self, title_id: str, viewer: domain.Viewer) -> domain.Decision:
        if not self._has_facts:
            raise errors.FactsNotReady
        _, facts = self._facts.get(title_id, (0, None))
        listed_in = self._listed.get(title_id, frozenset())
        return domain.decide(facts, listed_in, self.packages, viewer, self._clock.now())


@dataclass(frozen=True, slots=True)
class _Known:
    tier: domain.Tier
    #: In seconds since 1970.
    expires: float


class Tiers:
    """Remembers the tiers of the accounts that asked last.

    Args:
        clock: tells when it is.
        load: answers the tier of an account from the database.
    """

    def __init__(self, clock: Clock, load: Callable[[str], Awaitable[domain.Tier]]) -> None:
        self._clock = clock
        self._load = load
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._forgotten = 0

    async def get(self, account_id: str) -> domain.Tier:
        """Answers the tier of an account."""
        known = self._known.get(account_id)
        if known is not None and self._clock.seconds() < known.expires:
            return known.tier
        before = self._forgotten
        tier = await self._load(account_id)
        if before == self._forgotten:  # Else what was loaded may be older than what was forgotten.
            self._known[account_id] = _Known(tier, self._clock.seconds() + _TIER_KEPT_SECONDS)
            if len(self._known) > _MOST_ACCOUNTS:
                self._known.popitem(last=False)
        return tier

    def forget(self, account_id: str) -> None:
        """Forgets the tier of an account, because it has another one."""
        self._forgotten += 1
        self._known.pop(account_id, None)

    def forget_all(self) -> None:
        """Forgets every tier, because changes may have been missed."""
        self._forgotten += 1
        self._known.clear()
