"""Which programmes and channels of the guide a viewer would like."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from services.recommendation.domain import home_values, ranking
from services.recommendation.domain.explanations import Explanation
from services.recommendation.domain.feature_matrix import Mask
from services.recommendation.domain.guide import GuideMatrix

#: One of so many programmes, and of so many channels, gets a badge, so that a badge says something.
_SHARE = 10
_MAX_PROGRAMMES = 1000
#: The parts of a score that are about the viewer. What is popular or new is so for everybody.
_PERSONAL: Mapping[str, float] = dict.fromkeys(
    ("liked", "leaning", "disliked", "collaborative", "genre", "language"), 1.0
)


@dataclass(frozen=True, slots=True)
class Badges:
    """What the viewer would like, by the rows of the matrix of the guide, the best first."""

    programmes: Mapping[int, Explanation] = field(default_factory=dict)
    channels: Mapping[int, Explanation] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.programmes) + len(self.channels)


def choose_badges(inputs: home_values.Inputs, guide: GuideMatrix) -> Badges:
    """Returns the tenth of all programmes, and of all channels, that suits the viewer best, as far as it suits at all.

    For a viewer without signals all personal parts are zero, so there are none.
    Programmes are counted by their rows, so a film that is shown ten times counts once.

    Args:
        inputs: the inputs of a home, with the matrix of the guide.
        guide: the titles, programmes and channels.
    """
    context = ranking.RankingContext(inputs)
    shown = guide.visible_airings(inputs.viewer, inputs.at)
    programmes, channels = np.zeros((2, len(inputs.matrix)), dtype=np.bool_)
    programmes[guide.airings.rows[shown]] = True
    channels[guide.channel_rows[guide.visible_channels(inputs.viewer, inputs.at)]] = True
    return Badges(_best(context, programmes, _MAX_PROGRAMMES), _best(context, channels, len(guide.channels)))


def _best(context: ranking.RankingContext, candidates: Mask, most: int) -> dict[int, Explanation]:
    limit = min(most, -(-int(candidates.sum()) // _SHARE))
    items = context.rank(candidates, limit, _PERSONAL, diverse=False)
    return {context.inputs.matrix.rows[item.title_id]: item.explanation for item in items if item.explanation.score > 0}
