"""The sentence that explains why an item is recommended."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recommendation.domain import explanations, rails, ranking, score_parts
from services.recommendation.domain.explanations import Contribution
from services.recommendation.tests import input_builders

TODAY = date(2026, 6, 28)
TITLE = input_builders.an_id(1)
WORDS = explanations.Names("en", lambda title_id: {TITLE: "Title 1"}.get(title_id, ""), {"mystery": "Mystery"}.get)
#: Every kind of contribution that has a sentence, with its sentence.
SENTENCES = (
    (Contribution(score_parts.CONTENT, 1, f"rated.{TITLE}", TITLE), "Because you liked Title 1"),
    (Contribution(score_parts.CONTENT, 1, f"watched.{TITLE}", TITLE), "Because you watched Title 1"),
    (Contribution(score_parts.CONTENT, 1, f"listed.{TITLE}", TITLE), "Because Title 1 is on your list"),
    (Contribution(score_parts.CONTENT, 1, f"viewed.{TITLE}", TITLE), "Because you looked at Title 1"),
    (Contribution(score_parts.CONTENT, 1, "", TITLE), "Like Title 1"),
    (Contribution(score_parts.CONTENT, 1, "", input_builders.an_id(2)), "Like what you watch"),
    (Contribution(score_parts.CONTENT, 1), "Like what you watch"),
    (Contribution(score_parts.MOOD, 1), "It suits the mood"),
    (Contribution(score_parts.COLLABORATIVE, 1), "Viewers like you watch it"),
    (Contribution(score_parts.POPULARITY, 1), "Popular"),
    (Contribution(score_parts.POPULARITY, 1, is_recent=True), "Popular this week"),
    (Contribution(score_parts.NEWNESS, 1), "New this year"),
    (Contribution(score_parts.PREFERENCE, 1, "genre.mystery"), "You asked for Mystery"),
    (Contribution(score_parts.PREFERENCE, 1, "language.hi"), "In a language that you asked for"),
    (Contribution(score_parts.CURATION, 1), "Picked by our editors"),
    (Contribution(score_parts.HOUSEHOLD, 1), "Watched in your household"),
    (Contribution(score_parts.OWN, 1), "Go on watching"),
)


def with_value(each, value):
    return Contribution(each.source, value, each.signal_id, each.title_id, each.is_recent)


@given(st.lists(st.tuples(st.sampled_from(SENTENCES), st.integers(-9, 9)), unique_by=lambda each: abs(each[1])))
def test_the_sentence_is_that_of_the_largest_positive_contribution(drawn):
    ranked = explanations.ordered([with_value(each, float(value)) for (each, _), value in drawn])
    sentence = explanations.sentence(ranked, WORDS, released=TODAY - timedelta(days=90), today=TODAY, own="continue")
    best = max(drawn, key=lambda each: each[1], default=None)

    assert (best[0][1] if best and best[1] > 0 else "Worth a look") == sentence


@pytest.mark.parametrize(
    ("days", "sentence"), [(5, "New this month"), (90, "New this year"), (900, "Recently released")]
)
def test_the_sentence_of_newness_depends_on_the_age(days, sentence):
    contributions = [Contribution(score_parts.NEWNESS, 1.0)]

    assert sentence == explanations.sentence(contributions, WORDS, released=TODAY - timedelta(days=days), today=TODAY)


def popular(**interest):
    """Returns the sentence of a title, given its interest by half-life, when only popularity has a weight."""
    popularity = score_parts.Popularity(
        version="1",
        at=input_builders.NOW,
        title_ids=(input_builders.an_id(5),),
        counts=np.array([50.0]),
        interest={name: np.array([value]) for name, value in interest.items()},
    )
    context = ranking.RankingContext(input_builders.inputs(popularity=popularity))
    [item] = context.rank(context.inputs.matrix.mask([input_builders.an_id(5)]), 1, {"popularity": 1.0})
    return item.explanation.sentence


def test_a_title_that_was_popular_before_is_not_called_popular_this_week():
    assert "Popular this week" == popular(day=20.0, days=30.0, fortnight=30.0, ever=30.0)
    assert "Popular" == popular(day=0.0, days=0.01, fortnight=5.0, ever=900.0)


def test_a_trending_title_is_called_popular_this_week():
    context = ranking.RankingContext(input_builders.inputs(popularity=input_builders.popularity(1, 2, 3, 4)))
    rail = rails.draft_trending(context).rail

    assert {"Popular this week"} == {item.explanation.sentence for item in rail.items}
