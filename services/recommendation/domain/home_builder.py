"""Decides a home: a pure function, whose result is the same byte for byte whenever its inputs are the same."""

from datetime import datetime

from services.recommendation.domain import homes, rails, ranking
from services.recommendation.domain.rail_drafts import Draft

#: How many items of a rail follow those that the home shows.
MOST_REST = 80


def decide(inputs: homes.Inputs) -> homes.Home:
    """Returns a home."""
    hero, drafts = _draft(ranking.RankingContext(inputs))
    return homes.Home(hero, tuple(draft.cut for draft in drafts))


def rest(inputs: homes.Inputs, rail_id: str) -> tuple[homes.Item, ...]:
    """Returns the items that follow those of a rail of the home; none if the home has no such rail.

    What any rail of the home shows is left out. The rest of two rails may have titles in common.
    """
    _, drafts = _draft(ranking.RankingContext(inputs))
    found = next((draft for draft in drafts if draft.rail.rail_id == rail_id), None)
    return () if found is None else tuple(found.rest(MOST_REST))


def next_edge(inputs: homes.Inputs) -> datetime | None:
    """Returns when another home would be decided though nobody does anything; None if never.

    Then the window of a title opens or closes, or a title that the viewer snoozed comes back.
    """
    edges = (inputs.shelf.next_edge(inputs.at), inputs.history.next_return(inputs.at))
    return min((edge for edge in edges if edge is not None), default=None)


def _draft(floor: ranking.RankingContext) -> tuple[homes.Item | None, list[Draft]]:
    """Returns the hero and the rails.

    The viewer's own lists are drafted first, so that the other rails do not recommend what is on them; these are
    drafted from the most personal to the most general.
    """
    new_episodes, continuing, my_list = rails.new_episodes(floor), rails.continuing(floor), rails.my_list(floor)
    hero = _hero(floor)
    curated = rails.curated(floor) if not floor.known or not floor.taste.known else None
    for_you = rails.for_you(floor)
    drafts = [
        continuing,
        *([curated, for_you] if curated else [for_you]),
        my_list,
        new_episodes,
        *rails.because(floor),
        rails.trending(floor),
        rails.new_releases(floor),
        rails.household(floor),
        rails.discover(floor),
        rails.featured(floor) if curated is None else None,
        *rails.genres(floor),
    ]
    found = [draft for draft in drafts if draft is not None]
    if not found and (any_titles := rails.anything(floor)) is not None:
        found = [any_titles]
    return hero, found


def _hero(floor: ranking.RankingContext) -> homes.Item | None:
    """Returns the item that leads: the best of what suits the viewer, or of what editors feature for a stranger."""
    featured = floor.unmet & (floor.inputs.shelf.featured | (floor.recent > 0))
    strange = not floor.taste.known and bool((featured & floor.free).any())
    best = floor.rank(featured if strange else floor.unmet, 1, rails.CURATED if strange else ranking.BLEND)
    return next(iter(floor.take(best)), None)
