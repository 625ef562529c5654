"""Rails as they are drafted: the first items, which the home shows, and how the rest is listed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.recommendation.domain import explanations, homes
from services.recommendation.domain.feature_matrix import Mask
from services.recommendation.domain.ranking import BLEND, RankingContext

#: In a small catalog, one rail must not take all titles that the other rails need.
_LARGEST, _SMALLEST, _SHARE = 20, 6, 8
#: Fewer recommended titles than this are not shown as a rail.
FEWEST = 3

Items = Sequence[homes.Item]


@dataclass(frozen=True, slots=True)
class Draft:
    """A rail, and what follows its first items."""

    rail: homes.Rail
    #: Returns whether items follow; asked when all rails of the home are drafted.
    has_rest: Callable[[], bool]
    #: Returns so many of the items that follow; asked when all rails of the home are drafted.
    rest: Callable[[int], Items]

    @property
    def cut(self) -> homes.Rail:
        """The rail as the home shows it."""
        return replace(self.rail, more=self.has_rest())


def size(floor: RankingContext) -> int:
    """Returns how many items the home shows of a rail at most."""
    return max(_SMALLEST, min(_LARGEST, int(floor.visible.sum()) // _SHARE))


def ranked(
    floor: RankingContext,
    kind: int,
    rail_id: str,
    among: Mask,
    emphasis: Mapping[str, float] = BLEND,
    *,
    limit: int = 0,
    fewest: int = FEWEST,
    arrange: Callable[[list[homes.Item]], list[homes.Item]] = list,
    display_name: str = "",
    genre_id: str = "",
    diverse: bool = True,
    **ranking: Any,
) -> Draft | None:
    """Returns a rail of the best titles among some; None if they are too few.

    Args:
        floor: the titles and the viewer.
        kind: the kind of the rail.
        rail_id: the id of the rail.
        among: the titles that the rail may hold.
        emphasis: how much each part of the score counts.
        limit: how many items the home shows; `size` if zero.
        fewest: how many items the rail needs.
        arrange: changes the first items.
        display_name: the heading, if it does not follow from the id.
        genre_id: the genre of a genre rail.
        diverse: whether the first items are diversified; the rest is in the order of the score alone.
        ranking: more arguments for `RankingContext.rank`.
    """
    items = arrange(floor.rank(among, limit or size(floor), emphasis, diverse=diverse, **ranking))
    if len(items) < fewest:
        return None
    return Draft(
        _rail(floor, kind, rail_id, items, display_name, genre_id),
        lambda: bool((floor.free & among).any()),
        lambda most: floor.rank(among, most, emphasis, diverse=False, **ranking),
    )


def listed(
    floor: RankingContext,
    kind: int,
    rail_id: str,
    rows: Sequence[int],
    item: Callable[[int], homes.Item],
    *,
    own: bool = True,
) -> Draft | None:
    """Returns a rail of titles in a given order; None without any.

    Args:
        floor: the titles and the viewer.
        kind: the kind of the rail.
        rail_id: the id of the rail.
        rows: the rows of the titles, in the order of the rail.
        item: returns the item of a row.
        own: whether the rail is a list of the viewer's own, which may hold what is on another rail.
    """
    if not rows:
        return None
    shown = size(floor)

    def rest() -> list[int]:
        return [row for row in rows[shown:] if own or floor.free[row]]

    return Draft(
        _rail(floor, kind, rail_id, [item(row) for row in rows[:shown]]),
        lambda: bool(rest()),
        lambda most: [item(row) for row in rest()[:most]],
    )


def _rail(
    floor: RankingContext, kind: int, rail_id: str, items: Items, display_name: str = "", genre_id: str = ""
) -> homes.Rail:
    display_name = display_name or explanations.rail_title(rail_id, floor.inputs.language)
    return homes.Rail(rail_id, kind, display_name, floor.take(items), genre_id)
