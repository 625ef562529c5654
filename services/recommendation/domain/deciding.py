"""Decides a home: a pure function, the same to the byte whenever and wherever its inputs are the same."""

from datetime import datetime

from services.recommendation.domain import homes, rails, ranking


def decide(inputs: homes.Inputs) -> homes.Home:
    """Answers a home.

    The viewer's own titles are laid aside first, so that what was put on a list stands on it and is not recommended
    from elsewhere; then the rails fill from the most personal to the most general.
    """
    floor = ranking.Floor(inputs)
    new_episodes = rails.new_episodes(floor)
    going = rails.continue_watching(floor)
    listed = rails.my_list(floor)
    stranger = not floor.known
    hero = _hero(floor)
    curated = rails.curated(floor) if stranger or not floor.taste.known else None
    for_you = rails.for_you(floor)
    shown = [
        going,
        *([curated, for_you] if curated else [for_you]),
        listed,
        new_episodes,
        *rails.because(floor),
        rails.trending(floor),
        rails.new_releases(floor),
        rails.household(floor),
        rails.discover(floor),
        rails.put_forward(floor) if curated is None else None,
        *rails.genres(floor),
    ]
    found = tuple(rail for rail in shown if rail is not None)
    if not found and (rest := rails.anything(floor)) is not None:
        found = (rest,)
    return homes.Home(hero, found)


def next_edge(inputs: homes.Inputs) -> datetime | None:
    """Answers when something else would be decided though nobody does anything.

    Then the window of a title opens or closes, or one that the viewer put off comes back.
    """
    edges = (inputs.shelf.next_edge(inputs.at), inputs.history.next_return(inputs.at))
    return min((edge for edge in edges if edge is not None), default=None)


def _hero(floor: ranking.Floor) -> homes.Item | None:
    """Answers what leads: the best of what suits the viewer, or of what editors put forward to a stranger."""
    shelf = floor.inputs.shelf
    put_forward = floor.unmet & (shelf.featured | (floor.recent > 0))
    strange = not floor.taste.known and bool((put_forward & floor.free).any())
    among = put_forward if strange else floor.unmet
    best = floor.rank(among, 1, rails.CURATED if strange else ranking.BLEND)
    return next(iter(floor.take(best)), None)
