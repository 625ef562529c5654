"""On the open ratings, baselines reach their published figures, and the ranking of the home is better."""

from dataclasses import replace

import numpy as np
import pytest

from services.kit import testing
from services.recommendation.domain import weights as stated
from tests.evaluation import (
    baselines,
    blend,
    data_splits,
    ranking_metrics,
    ratings_dataset,
    release_dates,
    viewer_features,
)

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not (testing.DATA / ratings_dataset.RATINGS).exists(),
        reason=f"the open data sets are not at {testing.DATA}; MARQUEE_DATA names them",
    ),
]


@pytest.fixture(scope="module")
def data():
    return ratings_dataset.read(testing.DATA)


def recall(split, scorer):
    shares = []
    for viewer in split.viewers:
        shown = ranking_metrics.top_titles(scorer(viewer), viewer.history, ranking_metrics.SHOWN)
        shares.append(np.isin(shown, viewer.relevant).sum() / min(ranking_metrics.SHOWN, len(viewer.relevant)))
    return float(np.mean(shares))


def test_the_splits_are_those_of_the_published_baselines(data):
    per_user, at_once = (
        data_splits.split_per_user(data.positives),
        data_splits.split_at(data.positives, release_dates.parse_day(data_splits.SPLIT_DAY)),
    )

    assert 0.826 == round(data.joined, 3)
    assert (3382, 36_109, 7_665) == (len(per_user.viewers), len(per_user.train), per_user.relevant)
    assert 1643 == len(at_once.viewers)
    assert 0.244 == round(recall(per_user, baselines.popularity_scorer(per_user)), 3)
    assert (0.164, 0.206) == (
        round(recall(at_once, baselines.popularity_scorer(at_once)), 3),
        round(recall(at_once, baselines.trending_scorer(at_once, 7.0)), 3),
    )


@pytest.mark.parametrize("name", ["per-user", "global"])
def test_the_ranking_of_the_home_beats_trending_titles_even_without_vectors(data, name):
    split = (
        data_splits.split_per_user(data.positives)
        if name == "per-user"
        else data_splits.split_at(data.positives, release_dates.parse_day(data_splits.SPLIT_DAY))
    )
    some = replace(split, viewers=split.viewers[:: len(split.viewers) // 150])
    builder = viewer_features.FeatureBuilder(data, some, None)

    def blended(viewer):
        features = builder.build(viewer)
        return blend.score(blend.parts(features.signals, features.ages, stated.HOME, features.traits))

    assert recall(some, blended) > recall(some, baselines.trending_scorer(some, 4.0))
