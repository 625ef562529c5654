"""What suits a viewer tonight: programmes and titles in one ranking by taste and by availability."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from services.recommendation.domain import availability, explanations, home_values, ranking, score_parts
from services.recommendation.domain.explanations import Contribution, Explanation
from services.recommendation.domain.feature_matrix import Mask, Numbers, Rows
from services.recommendation.domain.guide import GuideMatrix

#: One of so many places may be taken by what can be watched on any other day as well.
_PLACES_PER_ANY_TIME = 3
#: How many ways of one kind a card states.
_WAYS = 2
#: How long a ranking holds: availability changes all the time.
_LIFETIME = timedelta(minutes=1)
_PART = "availability"
_SENTENCES = {
    availability.LIVE: "live",
    availability.UPCOMING: "upcoming",
    availability.CATCH_UP: "catch_up",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way to watch something: an airing, or the title on demand."""

    kind: int
    #: The number of the airing; -1 on demand.
    airing: int = -1
    is_entitled: bool = True


@dataclass(frozen=True, slots=True)
class Card:
    """Something for tonight."""

    #: Empty for what is not in the catalog.
    title_id: str
    #: The soonest possible first, those that the account may watch before others.
    ways: tuple[Way, ...]
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Tonight:
    """The cards, the best first, and until when they hold."""

    cards: tuple[Card, ...]
    expire_time: datetime


def rank_tonight(
    inputs: home_values.Inputs, guide: GuideMatrix, entitled: frozenset[str] | None, limit: int
) -> Tonight:
    """Returns the best of what the viewer can watch tonight.

    The score is that of the home plus the logarithm of the factor of availability, so it is the logarithm of the chance
    that the viewer watches it tonight. Of several ways to watch one thing, that with the greatest factor counts. What
    the packages of the account hold comes before all else.

    Args:
        inputs: the inputs of a home, with the matrix of the guide.
        guide: the titles, programmes and channels.
        entitled: the channels that the packages of the account hold; None for all.
        limit: how many cards to return at most.
    """
    schedule = _Schedule(ranking.RankingContext(inputs), guide, entitled)
    best, is_timely = schedule.best_factors(schedule.is_entitled)
    best = np.maximum(best, np.where(schedule.is_on_demand, availability.ANY_TIME, 0.0))
    soonest = _soonest_of_card(best, guide.cards)
    any_time = schedule.rank(soonest & ~is_timely, best, max(1, limit // _PLACES_PER_ANY_TIME))
    rows = inputs.matrix.mask(item.title_id for item in any_time)
    items = schedule.rank((soonest & is_timely) | rows, best, limit)
    if len(items) < limit and not schedule.is_entitled.all():
        other_best, other_is_timely = schedule.best_factors(~schedule.is_entitled)
        has_card = np.zeros(len(best), dtype=np.bool_)
        has_card[guide.cards[best > 0]] = True
        soonest = _soonest_of_card(other_best, guide.cards)
        others = soonest & other_is_timely & ~has_card[guide.cards]
        items += schedule.rank(others, other_best, limit - len(items))
    cards = tuple(map(schedule.build_card, items))
    return Tonight(cards, schedule.expire_time(cards))


class _Schedule:
    """The airings that a viewer may know of, with their factors."""

    def __init__(self, context: ranking.RankingContext, guide: GuideMatrix, entitled: frozenset[str] | None) -> None:
        inputs, airings = context.inputs, guide.airings
        self.context = context
        self._guide = guide
        self._now = inputs.at.timestamp()
        is_shown = guide.visible_airings(inputs.viewer, inputs.at) & context.allowed[airings.rows]
        self._kinds = np.where(is_shown, availability.kinds(airings, self._now), 0)
        #: Which rows can be watched at any time.
        self.is_on_demand: Mask = guide.is_title & context.allowed
        last_chances = _last_chances(guide, is_shown, self.is_on_demand)
        self._factors = availability.factors(airings, self._kinds, last_chances, self._now)
        # Where something can be watched at once, an airing that counts less does not make it one for tonight.
        at_once = np.where(self.is_on_demand[airings.rows], availability.ANY_TIME, 0.0)
        self._is_timely = availability.is_timely(self._kinds, last_chances, self._now) & (self._factors >= at_once)
        is_entitled = (entitled is None or channel.channel_id in entitled for channel in guide.channels)
        #: Which airings are on channels that the packages of the account hold.
        self.is_entitled: Mask = np.fromiter(is_entitled, np.bool_, len(guide.channels))[airings.channels]
        self._airings_by_card = _group(guide.cards[airings.rows], self._factors > 0)

    def best_factors(self, among: Mask) -> tuple[Numbers, Mask]:
        """Returns the greatest factor of each row among some airings, and which rows are timely."""
        best = np.zeros(len(self._guide.cards))
        np.maximum.at(best, self._guide.airings.rows[among], self._factors[among])
        is_timely = np.zeros(len(best), dtype=np.bool_)
        is_timely[self._guide.cards[self._guide.airings.rows[among & self._is_timely]]] = True
        return best, is_timely[self._guide.cards]

    def rank(self, candidates: Mask, best: Numbers, limit: int) -> list[home_values.Item]:
        """Returns the best candidates, the best first."""
        values = np.log(best, out=np.zeros(len(best)), where=best > 0)
        cause = [Contribution(score_parts.AVAILABILITY, 0.0)]
        return self.context.rank(candidates, limit, extra=(_PART, values, cause))

    def build_card(self, item: home_values.Item) -> Card:
        """Returns the card of an item."""
        row = self.context.inputs.matrix.rows[item.title_id]
        is_title, card = bool(self._guide.is_title[row]), int(self._guide.cards[row])
        ways = [
            Way(int(self._kinds[number]), number, bool(self.is_entitled[number]))
            for number in self._airings_by_card.get(card, ())
        ]
        if is_title:
            ways.append(Way(availability.ON_DEMAND))
        chosen = _choose_ways(sorted(ways, key=self._order))
        return Card(item.title_id if is_title else "", chosen, self._explain(item.explanation, chosen[0]))

    def expire_time(self, cards: Sequence[Card]) -> datetime:
        """Returns until when cards hold. What begins elsewhere meanwhile is not waited for: it may be every second."""
        inputs = self.context.inputs
        numbers = np.array([way.airing for card in cards for way in card.ways if way.airing >= 0], dtype=np.int64)
        change = availability.next_change(self._guide.airings, numbers, self._now)
        expire_time = datetime.fromtimestamp(min(change, (inputs.at + _LIFETIME).timestamp()), UTC)
        edge = inputs.matrix.next_edge(inputs.at)
        return min(expire_time, edge) if edge else expire_time

    def _order(self, way: Way) -> tuple[bool, float, float]:
        """Returns the sort key of a way: of equal factors, on demand comes first, then what was shown last."""
        if way.kind == availability.ON_DEMAND:
            return False, -availability.ANY_TIME, -np.inf
        return not way.is_entitled, -float(self._factors[way.airing]), -float(self._guide.airings.starts[way.airing])

    def _explain(self, explanation: Explanation, first: Way) -> Explanation:
        """Returns the explanation, with a sentence about the first way where taste has none."""
        language = self.context.inputs.language
        says_nothing = explanation.sentence == explanations.say("anything", language)
        if not (says_nothing and first.airing >= 0 and self._is_timely[first.airing]):
            return explanation
        return replace(explanation, sentence=explanations.say(_SENTENCES[first.kind], language))


def _last_chances(guide: GuideMatrix, is_shown: Mask, is_on_demand: Mask) -> Numbers:
    """Returns until when what each airing shows can be watched in any way."""
    airings, cards = guide.airings, guide.cards[guide.airings.rows]
    ends = np.where(airings.catch_up_ends > 0, airings.catch_up_ends, airings.ends)
    last = np.where(is_on_demand, np.inf, 0.0)
    np.maximum.at(last, cards[is_shown], ends[is_shown])
    return np.asarray(last[cards])


def _soonest_of_card(best: Numbers, cards: Rows) -> Mask:
    """Returns the row of each card with the greatest factor; of equal ones, the first."""
    rows = np.flatnonzero(best > 0)
    order = rows[np.lexsort((rows, -best[rows]))]
    _, first = np.unique(cards[order], return_index=True)
    soonest = np.zeros(len(best), dtype=np.bool_)
    soonest[order[first]] = True
    return soonest


def _group(cards: Rows, among: Mask) -> dict[int, list[int]]:
    """Returns the numbers of some airings by their cards."""
    groups: dict[int, list[int]] = {}
    numbers = np.flatnonzero(among)
    for number, card in zip(numbers.tolist(), cards[numbers].tolist(), strict=True):
        groups.setdefault(card, []).append(number)
    return groups


def _choose_ways(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Returns the first ways of each kind."""
    chosen: list[Way] = []
    for way in ways:
        if sum(each.kind == way.kind for each in chosen) < _WAYS:
            chosen.append(way)
    return tuple(chosen)
