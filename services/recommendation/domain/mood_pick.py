"""Picks one title for a mood and a time, and what comes after a title."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from services.recommendation.domain import homes, scoring
from services.recommendation.domain.explanations import Contribution
from services.recommendation.domain.feature_matrix import Mask, Numbers
from services.recommendation.domain.ranking import BLEND, RankingContext
from services.recommendation.domain.titles import SERIES, Episode, Title
from services.recommendation.domain.vectors import Vector

#: How far one gets in what comes after a title. It is ranked as if it were answered whole, whichever page is asked for.
MOST_AFTER = 60
#: How much the mood counts beside taste: who asks for something wants that first.
_MOOD = 6.0
#: The model knows English; of other scripts it sees letters, not words.
_WORD = re.compile("[a-z]{3}", re.IGNORECASE)
#: Words that are closer than that to a title have something to do with it.
_LEAST_LIKENESS = 0.1
_TASTE = {part: much for part, much in BLEND.items() if part != "popularity"} | {"popularity": 0.5}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a pick is made for. Any mood if neither a mood of the catalog nor words are given."""

    mood_id: str = ""
    #: A mood in the viewer's words.
    words: str = ""
    #: The vector of the words; None without a model.
    vector: Vector | None = None
    #: The longest that it may play; any duration if None.
    max_duration: timedelta | None = None
    #: The titles that were offered already.
    excluded: Sequence[str] = ()


def pick(floor: RankingContext, wish: Wish) -> homes.Item | None:
    """Returns the one title that fits best; None if nothing fits."""
    shelf = floor.inputs.shelf
    among, longest = floor.free & ~shelf.mask(wish.excluded), wish.max_duration
    if longest is not None:
        among &= np.fromiter((fits(title, longest, floor.inputs.at) for title in shelf.titles), np.bool_, len(shelf))
    extra = None
    if wish.mood_id or wish.words.strip():
        fit = suits(floor, wish, among)
        among &= fit > 0
        extra = "mood", _MOOD * fit, [Contribution(scoring.MOOD, 0.0)]
    found = floor.rank(among, 1, _TASTE, extra=extra)
    return next((_to_play(floor, item, longest) for item in found), None)


def understood(words: str) -> bool:
    """Whether a model can embed a viewer's words for a mood."""
    return _WORD.search(words) is not None


def suits(floor: RankingContext, wish: Wish, among: Mask) -> Numbers:
    """Returns how well titles suit a mood, from 0 to 1.

    A mood of the catalog suits the titles that have it. Words suit the titles that have a mood, theme or genre of that
    name; without such a title they are compared by meaning, and without a model with the words of the title itself.

    Args:
        floor: the titles and the viewer.
        wish: the mood.
        among: which titles may be picked; moods that only other titles have are treated as unknown.
    """
    shelf = floor.inputs.shelf
    if wish.mood_id:
        with_mood = (float(any(each.term_id == wish.mood_id for each in title.moods)) for title in shelf.titles)
        return np.fromiter(with_mood, np.float64, len(shelf))
    words = set(wish.words.casefold().replace(",", " ").split())
    told = [_words(title) for title in shelf.titles]
    whole = wish.words.casefold().strip()
    named: Numbers = np.fromiter((float(whole in each) for each in told), np.float64, len(told))
    if (named[among] > 0).any():
        return named
    if wish.vector is not None and not floor.inputs.meaning.empty:
        close = floor.inputs.meaning.scores(wish.vector)
        return np.where(among & (close >= _LEAST_LIKENESS), scoring.scaled(close, among), 0.0)
    return np.fromiter((len(words & each) / max(len(words), 1) for each in told), np.float64, len(told))


def fits(title: Title, most: timedelta, at: datetime) -> bool:
    """Whether a title plays no longer than that; of a series, an episode that is out. What has no length does not."""
    if title.type == SERIES:
        return any(_is_short(each, most) for each in title.episodes if _is_out(each, at))
    return title.duration is not None and title.duration <= most


def after(floor: RankingContext, title_id: str, episode_id: str, limit: int = MOST_AFTER) -> list[homes.Item]:
    """Returns what to watch after a title: the next episode first, then similar titles.

    A longer list begins as a shorter one does, so that pages can be cut from it; `MOST_AFTER` is the longest.

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
        item = floor.item(
            row,
            part,
            own="next",
            kind=homes.NEXT_EPISODE,
            episode_id=episode.episode_id,
            duration=episode.duration,
        )
        first = [item]
    others = np.ones(len(inputs.shelf), dtype=np.bool_)
    others[row] = False
    most = min(limit, MOST_AFTER) - len(first)
    items = floor.rank(others, most, _TASTE, extra=_like(floor, row, others), pool=MOST_AFTER)
    return [*first, *items]


def _like(floor: RankingContext, row: int, others: Mask) -> tuple[str, Numbers, Sequence[Contribution]]:
    inputs = floor.inputs
    if inputs.meaning.known[row]:
        close = inputs.meaning.scores(inputs.meaning.vectors([row])[0])
    else:
        own = inputs.shelf.genre_of[row]
        both = (inputs.shelf.genre_of & own).sum(axis=1).astype(np.float64)
        close = both / max(float(own.sum()), 1.0)
    title_id = inputs.shelf.titles[row].title_id
    thanks = [Contribution(scoring.CONTENT, 0.0, title_id=title_id)]
    return "similar", _MOOD * scoring.scaled(close, floor.free & others), thanks


def _to_play(floor: RankingContext, item: homes.Item, most: timedelta | None) -> homes.Item:
    """Returns an item with the episode to play, of a series: the viewer's next one, or else the first that fits.

    Without it a player would go on where the viewer was, which may play for longer than was asked for.
    """
    inputs = floor.inputs
    title = inputs.shelf.titles[inputs.shelf.rows[item.title_id]]
    continuation = floor.continuations.get(item.title_id)
    fitting = [each for each in title.episodes if _is_out(each, inputs.at) and (most is None or _is_short(each, most))]
    if title.type != SERIES or not fitting:
        return item
    for episode in fitting:
        if continuation is not None and episode.episode_id == continuation.episode_id:
            kind = homes.NEXT_EPISODE if continuation.next_episode else homes.CONTINUE
            position = continuation.position or None
            return dataclasses.replace(
                item, kind=kind, episode_id=episode.episode_id, position=position, duration=episode.duration
            )
    return dataclasses.replace(item, episode_id=fitting[0].episode_id, duration=fitting[0].duration)


def _following(title: Title, episode_id: str, at: datetime) -> Episode | None:
    """Returns the episode after one, as soon as it is out."""
    ids = [each.episode_id for each in title.episodes]
    if episode_id not in ids:
        return None
    behind = title.episodes[ids.index(episode_id) + 1 :]
    return next((each for each in behind if _is_out(each, at)), None)


def _is_short(episode: Episode, most: timedelta) -> bool:
    return episode.duration is not None and episode.duration <= most


def _is_out(episode: Episode, at: datetime) -> bool:
    return episode.publish_time is None or episode.publish_time <= at


def _words(title: Title) -> set[str]:
    told = {each.name.casefold() for each in (*title.moods, *title.themes, *title.genres)}
    return told | {word for each in told for word in each.split()}
