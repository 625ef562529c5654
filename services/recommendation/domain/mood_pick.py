"""Picks one title for a mood and a duration."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from services.recommendation.domain import home_values, score_parts
from services.recommendation.domain.explanations import Contribution
from services.recommendation.domain.feature_matrix import Mask, Numbers
from services.recommendation.domain.ranking import BLEND, RankingContext
from services.recommendation.domain.titles import SERIES, Episode, Title
from services.recommendation.domain.vectors import Vector

#: The weight of the mood, which is larger than that of taste.
_MOOD = 6.0
#: The model knows English; of other scripts it sees letters, not words.
_WORD = re.compile("[a-z]{3}", re.IGNORECASE)
#: Titles with a smaller similarity do not fit the words for a mood.
_MIN_SIMILARITY = 0.1
_EMPHASIS = {**BLEND, "popularity": 0.5}


@dataclass(frozen=True, slots=True)
class MoodRequest:
    """What a pick has to fit. Any mood fits without a mood id and words."""

    mood_id: str = ""
    #: A mood in the viewer's words.
    words: str = ""
    #: The vector of the words; None without a model.
    vector: Vector | None = None
    #: The longest duration; any duration fits if None.
    max_duration: timedelta | None = None
    #: The titles that were offered already.
    excluded: Sequence[str] = ()


def pick(context: RankingContext, request: MoodRequest) -> home_values.Item | None:
    """Returns the title that fits best; None if nothing fits."""
    matrix = context.inputs.matrix
    candidates, longest = context.available & ~matrix.mask(request.excluded), request.max_duration
    if longest is not None:
        fitting = (fits(title, longest, context.inputs.at) for title in matrix.titles)
        candidates &= np.fromiter(fitting, np.bool_, len(matrix))
    extra = None
    if request.mood_id or request.words.strip():
        fit = mood_fit(context, request, candidates)
        candidates &= fit > 0
        extra = "mood", _MOOD * fit, [Contribution(score_parts.MOOD, 0.0)]
    best = context.rank(candidates, 1, _EMPHASIS, extra=extra)
    return next((_with_episode(context, item, longest) for item in best), None)


def is_understood(words: str) -> bool:
    """Returns whether a model can embed a viewer's words for a mood."""
    return _WORD.search(words) is not None


def mood_fit(context: RankingContext, request: MoodRequest, candidates: Mask) -> Numbers:
    """Returns how well titles fit a mood, from 0 to 1.

    A mood of the catalog fits the titles that have it. Words fit the titles that have a mood, theme or genre of that
    name; without such a title they are compared by meaning, and without a model with the words of the title itself.

    Args:
        context: the titles and the viewer.
        request: the mood.
        candidates: the titles that may be picked; moods that only other titles have are treated as unknown.
    """
    matrix = context.inputs.matrix
    if request.mood_id:
        has_mood = (float(any(mood.term_id == request.mood_id for mood in title.moods)) for title in matrix.titles)
        return np.fromiter(has_mood, np.float64, len(matrix))
    words = set(request.words.casefold().replace(",", " ").split())
    terms = [_term_words(title) for title in matrix.titles]
    phrase = request.words.casefold().strip()
    has_term: Numbers = np.fromiter((float(phrase in each) for each in terms), np.float64, len(terms))
    if (has_term[candidates] > 0).any():
        return has_term
    if request.vector is not None and not context.inputs.vectors.is_empty:
        similarity = context.inputs.vectors.scores(request.vector)
        is_similar = candidates & (similarity >= _MIN_SIMILARITY)
        return np.where(is_similar, score_parts.scale(similarity, candidates), 0.0)
    return np.fromiter((len(words & each) / max(len(words), 1) for each in terms), np.float64, len(terms))


def fits(title: Title, longest: timedelta, at: datetime) -> bool:
    """Returns whether a title, or a published episode of a series, is short enough. Unknown durations do not fit."""
    if title.type == SERIES:
        return any(_is_short(each, longest) for each in title.episodes if each.is_published(at))
    return title.duration is not None and title.duration <= longest


def _with_episode(context: RankingContext, item: home_values.Item, longest: timedelta | None) -> home_values.Item:
    """Returns an item with the episode to play, of a series: the viewer's next one, else the first one that fits.

    Without it a player would continue where the viewer was, which may take longer than requested.
    """
    inputs = context.inputs
    title = inputs.matrix.titles[inputs.matrix.rows[item.title_id]]
    continuation = context.continuations.get(item.title_id)
    fitting = [
        episode
        for episode in title.episodes
        if episode.is_published(inputs.at) and (longest is None or _is_short(episode, longest))
    ]
    if title.type != SERIES or not fitting:
        return item
    for episode in fitting:
        if continuation is not None and episode.episode_id == continuation.episode_id:
            kind = home_values.NEXT_EPISODE if continuation.next_episode else home_values.CONTINUE
            position = continuation.position or None
            return dataclasses.replace(
                item, kind=kind, episode_id=episode.episode_id, position=position, duration=episode.duration
            )
    return dataclasses.replace(item, episode_id=fitting[0].episode_id, duration=fitting[0].duration)


def _is_short(episode: Episode, longest: timedelta) -> bool:
    return episode.duration is not None and episode.duration <= longest


def _term_words(title: Title) -> set[str]:
    names = {term.name.casefold() for term in (*title.moods, *title.themes, *title.genres)}
    return names | {word for name in names for word in name.split()}
