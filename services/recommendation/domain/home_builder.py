"""Builds a home from its inputs, as a pure function: equal inputs make the same home, byte for byte."""

from datetime import datetime

from services.recommendation.domain import home_values, rails, ranking
from services.recommendation.domain.rail_drafts import RailDraft

#: How many items of a rail follow those in the home.
MAX_REMAINING = 80


def build_home(inputs: home_values.Inputs) -> home_values.Home:
    """Returns a home."""
    hero, drafts = _draft(ranking.RankingContext(inputs))
    return home_values.Home(hero, tuple(draft.build() for draft in drafts))


def list_remaining_items(inputs: home_values.Inputs, rail_id: str) -> tuple[home_values.Item, ...]:
    """Returns the items of a rail that follow those in the home; none if the home has no such rail.

    Items of any rail of the home are left out. The remaining items of two rails may have titles in common.
    """
    _, drafts = _draft(ranking.RankingContext(inputs))
    draft = next((each for each in drafts if each.rail.rail_id == rail_id), None)
    return () if draft is None else tuple(draft.list_remaining(MAX_REMAINING))


def next_change(inputs: home_values.Inputs) -> datetime | None:
    """Returns when the home changes although nobody does anything; None if never.

    Then the availability window of a title opens or closes, or a title that the viewer snoozed returns.
    """
    times = (inputs.matrix.next_edge(inputs.at), inputs.history.next_return(inputs.at))
    return min((time for time in times if time is not None), default=None)


def _draft(context: ranking.RankingContext) -> tuple[home_values.Item | None, list[RailDraft]]:
    """Returns the hero and the rails.

    The viewer's own lists are drafted first, so that the other rails do not recommend what is on them; these are
    drafted from the most personal to the most general.
    """
    new_episodes, continuing = rails.draft_new_episodes(context), rails.draft_continue_watching(context)
    my_list = rails.draft_my_list(context)
    hero = _choose_hero(context)
    is_unknown = not context.has_liking or not context.taste.likes_titles
    curated = rails.draft_curated(context) if is_unknown else None
    for_you = rails.draft_for_you(context)
    drafts = [
        continuing,
        *([curated, for_you] if curated else [for_you]),
        my_list,
        new_episodes,
        *rails.draft_because(context),
        rails.draft_trending(context),
        rails.draft_new_releases(context),
        rails.draft_household(context),
        rails.draft_discover(context),
        rails.draft_featured(context) if curated is None else None,
        *rails.draft_genres(context),
    ]
    present = [draft for draft in drafts if draft is not None]
    if not present and (any_titles := rails.draft_any_titles(context)) is not None:
        present = [any_titles]
    return hero, present


def _choose_hero(context: ranking.RankingContext) -> home_values.Item | None:
    """Returns the first item of the home: the best for the viewer, or for a new viewer the best that is featured."""
    featured = context.unfamiliar & (context.inputs.matrix.featured | (context.recent_interest > 0))
    use_featured = not context.taste.likes_titles and bool((featured & context.available).any())
    candidates, emphasis = (featured, rails.CURATED) if use_featured else (context.unfamiliar, ranking.BLEND)
    return next(iter(context.take(context.rank(candidates, 1, emphasis))), None)
