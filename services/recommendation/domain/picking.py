"""Picks one title for a mood and a time, and what comes after a title."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from services.recommendation.domain import explaining, homes, scoring
from services.recommendation.domain.explaining import Contribution, Explanation
from services.recommendation.domain.ranking import BLEND, Floor
from services.recommendation.domain.shelves import Mask, Numbers
from services.recommendation.domain.titles import SERIES, Episode, Title
from services.recommendation.domain.vectors import Vector

#: How much the mood counts beside taste: who asks for something wants that first.
_MOOD = 6.0
#: Words that are closer than that to a title have something to do with it.
_LEAST_LIKENESS = 0.1
_TASTE = {part: much for part, much in BLEND.items() if part != "popularity"} | {"popularity": 0.5}


def pick(
    floor: Floor,
    mood: str,
    most: timedelta | None,
    excluded: Sequence[str],
    meant: Vector | None,
) -> homes.Item | None:
    """Answers the one title that fits best; None if nothing fits.

    Args:
        floor: the titles and the viewer.
        mood: the mood, or words of one's own; any if empty.
        most: the longest that it may play.
        excluded: titles that were offered already.
        meant: the vector of the words; None where there is none.
    """
    shelf = floor.inputs.shelf
    among = ~shelf.mask(excluded)
    if most is not None:
        among &= np.fromiter((fits(title, most, floor.inputs.at) for title in shelf.titles), np.bool_, len(shelf))
    if not mood.strip():
        return next(iter(floor.rank(among, 1, _TASTE)), None)
    fit = suits(floor, mood, meant)
    thanks = [Contribution(scoring.CONTENT, 0.0)]
    found = floor.rank(among & (fit > 0), 1, _TASTE, extra=("mood", _MOOD * fit, thanks))
    return next((_said(item, explaining.say("mood", floor.inputs.language)) for item in found), None)


def suits(floor: Floor, mood: str, meant: Vector | None) -> Numbers:
    """Answers how well titles suit a mood, from 0 to 1.

    What editors or a machine wrote down as a title's mood has the first word; words that nobody wrote down are looked
    for in meaning, and without a model in the words of the title itself.
    """
    shelf = floor.inputs.shelf
    words = set(mood.casefold().replace(",", " ").split())
    told = [_words(title) for title in shelf.titles]
    whole = mood.casefold().strip()
    named: Numbers = np.fromiter((float(whole in each) for each in told), np.float64, len(told))
    if named.any():
        return named
    if meant is not None and not floor.inputs.meaning.empty:
        close = floor.inputs.meaning.scores(meant)
        among = floor.free & (close >= _LEAST_LIKENESS)
        return np.where(among, scoring.scaled(close, floor.free), 0.0)
    return np.fromiter((len(words & each) / len(words) for each in told), np.float64, len(told))


def fits(title: Title, most: timedelta, at: datetime) -> bool:
    """Whether a title plays no longer than that; of a series, an episode that is out. What has no length does not."""
    if title.type == SERIES:
        lengths = [each.duration for each in title.episodes if each.duration and _is_out(each, at)]
        return bool(lengths) and min(lengths) <= most
    return title.duration is not None and title.duration <= most


def after(floor: Floor, title_id: str, episode_id: str, limit: int) -> tuple[list[homes.Item], bool]:
    """Answers what to watch after a title, and whether the next episode comes first.

    Args:
        floor: the titles and the viewer.
        title_id: what was watched; the viewer may know of it.
        episode_id: the episode, of a series.
        limit: how many items to answer at most.
    """
    inputs = floor.inputs
    row = inputs.shelf.rows[title_id]
    title = inputs.shelf.titles[row]
    episode = _following(title, episode_id, inputs.at)
    first = []
    if episode is not None:
        part = [Contribution(scoring.OWN, 1.0, title_id=title_id)]
        item = floor.item(row, part, own="next", episode_id=episode.episode_id, duration=episode.duration)
        first = [item]
    others = np.ones(len(inputs.shelf), dtype=np.bool_)
    others[row] = False
    items = floor.rank(others, limit - len(first), _TASTE, extra=_like(floor, row, others))
    said = explaining.say("similar", inputs.language, floor.name(title_id))
    return [*first, *(_said(item, said) for item in items)], bool(first)


def _like(floor: Floor, row: int, others: Mask) -> tuple[str, Numbers, Sequence[Contribution]]:
    inputs = floor.inputs
    if inputs.meaning.known[row]:
        close = inputs.meaning.scores(inputs.meaning.vectors([row])[0])
    else:
        own = inputs.shelf.genre_of[row]
        both = (inputs.shelf.genre_of & own).sum(axis=1).astype(np.float64)
        close = both / max(float(own.sum()), 1.0)
    title_id = inputs.shelf.titles[row].title_id
    thanks = [Contribution(scoring.CONTENT, 0.0, title_id=title_id)]
    return "mood", _MOOD * scoring.scaled(close, floor.free & others), thanks


def _following(title: Title, episode_id: str, at: datetime) -> Episode | None:
    """Answers the episode after one, as soon as it is out."""
    ids = [each.episode_id for each in title.episodes]
    if episode_id not in ids:
        return None
    behind = title.episodes[ids.index(episode_id) + 1 :]
    return next((each for each in behind if _is_out(each, at)), None)


def _is_out(episode: Episode, at: datetime) -> bool:
    return episode.publish_time is None or episode.publish_time <= at


def _words(title: Title) -> set[str]:
    told = {each.casefold() for each in (*title.moods, *title.themes, *title.genres)}
    return told | {word for each in told for word in each.split()}


def _said(item: homes.Item, sentence: str) -> homes.Item:
    explanation = Explanation(sentence, item.explanation.contributions)
    return homes.Item(item.title_id, explanation, item.episode_id, item.position, item.duration)
