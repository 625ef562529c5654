"""Lists what to watch after a title: the next episode, then similar titles."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from services.recommendation.domain import home_values, score_parts
from services.recommendation.domain.explanations import Contribution
from services.recommendation.domain.feature_matrix import Mask, Numbers
from services.recommendation.domain.ranking import BLEND, RankingContext
from services.recommendation.domain.titles import Episode, Title

#: The longest list of what to watch next. Every page is cut from it, so that pages fit together.
MAX_NEXT = 60
#: The weight of the similarity, which is larger than that of taste.
_SIMILARITY = 6.0
_WEIGHTS = {**BLEND, "popularity": 0.5}


def list_next(context: RankingContext, title_id: str, episode_id: str, limit: int = MAX_NEXT) -> list[home_values.Item]:
    """Returns what to watch after a title: the next episode first, then similar titles.

    A longer list begins as a shorter one does, so that pages can be cut from it; `MAX_NEXT` is the longest.

    Args:
        context: the titles and the viewer.
        title_id: what was watched; the viewer may see it.
        episode_id: the episode, of a series.
        limit: how many items to return at most.
    """
    matrix = context.inputs.matrix
    row = matrix.rows[title_id]
    episode = _next_episode(matrix.titles[row], episode_id, context.inputs.at)
    first = []
    if episode is not None:
        item = context.build_item(
            row,
            [Contribution(score_parts.OWN, 1.0, title_id=title_id)],
            own="next",
            kind=home_values.NEXT_EPISODE,
            episode_id=episode.episode_id,
            duration=episode.duration,
        )
        first = [item]
    others = np.ones(len(matrix), dtype=np.bool_)
    others[row] = False
    remaining = min(limit, MAX_NEXT) - len(first)
    similar = _similarity_part(context, row, others)
    return [*first, *context.rank(others, remaining, _WEIGHTS, extra=similar, pool=MAX_NEXT)]


def _similarity_part(context: RankingContext, row: int, others: Mask) -> tuple[str, Numbers, Sequence[Contribution]]:
    matrix, vectors = context.inputs.matrix, context.inputs.vectors
    if vectors.present[row]:
        similarity = vectors.scores(vectors.rows([row])[0])
    else:
        genres = matrix.genre_of[row]
        common = (matrix.genre_of & genres).sum(axis=1).astype(np.float64)
        similarity = common / max(float(genres.sum()), 1.0)
    contributions = [Contribution(score_parts.CONTENT, 0.0, title_id=matrix.titles[row].title_id)]
    return "similar", _SIMILARITY * score_parts.scale(similarity, context.available & others), contributions


def _next_episode(title: Title, episode_id: str, at: datetime) -> Episode | None:
    """Returns the episode after one, if it is published."""
    episode_ids = [each.episode_id for each in title.episodes]
    if episode_id not in episode_ids:
        return None
    later = title.episodes[episode_ids.index(episode_id) + 1 :]
    return next((each for each in later if each.is_published(at)), None)
