"""Promises on the open ratings: the known baselines come out as published, and the home's blend does better."""

from dataclasses import replace

import numpy as np
import pytest

from services.kit import testing
from services.recommendation.domain import linear_model
from services.recommendation.domain import weights as stated
from tests.evaluation import baselines, data_splits, ranking_metrics, ratings_dataset, release_dates, viewer_features

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


def recall(cut, scorer):
    shares = []
    for viewer in cut.viewers:
        shown = ranking_metrics.best(scorer(viewer), viewer.history, ranking_metrics.SHOWN)
        shares.append(np.isin(shown, viewer.wanted).sum() / min(ranking_metrics.SHOWN, len(viewer.wanted)))
    return float(np.mean(shares))


def test_the_cuts_are_those_of_the_published_baselines(data):
    per_user, at_once = (
        data_splits.per_user(data.positives),
        data_splits.at_moment(data.positives, release_dates.moment(data_splits.MOMENT)),
    )

    assert 0.826 == round(data.joined, 3)
    assert (3382, 36_109, 7_665) == (len(per_user.viewers), len(per_user.train), per_user.wanted)
    assert 1643 == len(at_once.viewers)
    assert 0.244 == round(recall(per_user, baselines.popular(per_user)), 3)
    assert (0.164, 0.206) == (
        round(recall(at_once, baselines.popular(at_once)), 3),
        round(recall(at_once, baselines.trending(at_once, 7.0)), 3),
    )


@pytest.mark.parametrize("name", ["per-user", "global"])
def test_the_homes_blend_beats_what_is_in_the_air_even_without_meaning(data, name):
    cut = (
        data_splits.per_user(data.positives)
        if name == "per-user"
        else data_splits.at_moment(data.positives, release_dates.moment(data_splits.MOMENT))
    )
    some = replace(cut, viewers=cut.viewers[:: len(cut.viewers) // 150])
    knowledge = viewer_features.Knowledge(data, some, None)

    def blended(viewer):
        known = knowledge.of(viewer)
        return linear_model.score(linear_model.parts(known.signals, known.ages, stated.HOME, known.traits))

    assert recall(some, blended) > recall(some, baselines.trending(some, 4.0))
