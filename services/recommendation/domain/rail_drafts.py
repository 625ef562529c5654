"""Drafts of rails: the items that the home shows, and how the remaining items are listed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.recommendation.domain import explanations, home_values
from services.recommendation.domain.feature_matrix import Mask
from services.recommendation.domain.ranking import BLEND, RankingContext

#: In a small catalog, one rail must not take all titles that the other rails need.
_MAX_SIZE, _MIN_SIZE, _SHARE = 20, 6, 8
#: A rail of recommended titles with fewer items is not shown.
MIN_ITEMS = 3

Items = Sequence[home_values.Item]


@dataclass(frozen=True, slots=True)
class RailDraft:
    """A rail, and the items that follow its first ones. The functions are called when the whole home is drafted."""

    rail: home_values.Rail
    #: Returns whether items follow.
    has_remaining: Callable[[], bool]
    #: Returns so many of the items that follow.
    list_remaining: Callable[[int], Items]

    def build(self) -> home_values.Rail:
        """Returns the rail as the home shows it."""
        return replace(self.rail, has_more=self.has_remaining())


def rail_size(context: RankingContext) -> int:
    """Returns how many items the home shows of a rail at most."""
    return max(_MIN_SIZE, min(_MAX_SIZE, int(context.visible.sum()) // _SHARE))


def draft_ranked(
    context: RankingContext,
    kind: int,
    rail_id: str,
    candidates: Mask,
    emphasis: Mapping[str, float] = BLEND,
    *,
    limit: int = 0,
    min_items: int = MIN_ITEMS,
    arrange: Callable[[list[home_values.Item]], list[home_values.Item]] = list,
    display_name: str = "",
    genre_id: str = "",
    diverse: bool = True,
    **ranking: Any,
) -> RailDraft | None:
    """Returns a rail of the best candidates; None if they are too few.

    Args:
        context: the titles and the viewer.
        kind: the kind of the rail.
        rail_id: the id of the rail.
        candidates: the titles that the rail may hold.
        emphasis: how much each part of the score counts.
        limit: how many items the home shows; `rail_size` if zero.
        min_items: how many items the rail needs.
        arrange: changes the first items.
        display_name: the heading, if it does not follow from the id.
        genre_id: the genre of a genre rail.
        diverse: whether the first items are diversified; the others are in the order of the score alone.
        ranking: more arguments for `RankingContext.rank`.
    """
    items = arrange(context.rank(candidates, limit or rail_size(context), emphasis, diverse=diverse, **ranking))
    if len(items) < min_items:
        return None
    return RailDraft(
        _take_rail(context, kind, rail_id, items, display_name, genre_id),
        lambda: bool((context.available & candidates).any()),
        lambda most: context.rank(candidates, most, emphasis, diverse=False, **ranking),
    )


def draft_listed(
    context: RankingContext,
    kind: int,
    rail_id: str,
    rows: Sequence[int],
    build_item: Callable[[int], home_values.Item],
    *,
    is_own: bool = True,
) -> RailDraft | None:
    """Returns a rail of titles in a given order; None without any.

    Args:
        context: the titles and the viewer.
        kind: the kind of the rail.
        rail_id: the id of the rail.
        rows: the rows of the titles, in the order of the rail.
        build_item: returns the item of a row.
        is_own: whether the rail is a list of the viewer's own, which may hold what is on another rail.
    """
    if not rows:
        return None
    size = rail_size(context)

    def remaining_rows() -> list[int]:
        return [row for row in rows[size:] if is_own or context.available[row]]

    return RailDraft(
        _take_rail(context, kind, rail_id, [build_item(row) for row in rows[:size]]),
        lambda: bool(remaining_rows()),
        lambda most: [build_item(row) for row in remaining_rows()[:most]],
    )


def _take_rail(
    context: RankingContext, kind: int, rail_id: str, items: Items, display_name: str = "", genre_id: str = ""
) -> home_values.Rail:
    display_name = display_name or explanations.rail_title(rail_id, context.inputs.language)
    return home_values.Rail(rail_id, kind, display_name, context.take(items), genre_id)
