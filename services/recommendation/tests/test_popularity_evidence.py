"""Popularity with little evidence: a few plays do not outweigh the taste of a viewer."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.recommendation.domain import home_builder, home_values, ranking, score_parts
from services.recommendation.tests import input_builders

MATRIX = input_builders.a_matrix(input_builders.a_catalogue())
#: Titles of the same genre are somewhat similar, as real films are.
VECTORS = input_builders.title_vectors(
    MATRIX,
    {
        each.title_id: " ".join([each.genres[0].name, *(each.title_id + word for word in "abcdef")])
        for each in MATRIX.titles
    },
)
#: The viewer liked two mysteries; other viewers watch sport.
THUMBS = (input_builders.liked(1), input_builders.liked(5))
SPORT, MYSTERY = 3, 1


def inputs(counts, *title_signals):
    return input_builders.inputs(
        None, *(title_signals or THUMBS), matrix=MATRIX, vectors=VECTORS, popularity=input_builders.plays(counts)
    )


def popularity_value(item):
    return sum(each.value for each in item.explanation.contributions if each.source == score_parts.POPULARITY)


@pytest.mark.parametrize("counts", [{3: 1}, {3: 5, 7: 4, 11: 1}, {3: 5, 7: 5, 11: 5, 15: 5}])
def test_two_likes_outweigh_a_few_plays_of_other_viewers(counts):
    home = home_builder.build_home(inputs(counts))
    [for_you] = [rail for rail in home.rails if rail.kind == home_values.FOR_YOU]
    first_items = [home.hero, *for_you.items[:8]]

    assert {MYSTERY} == {number % 4 for number in input_builders.numbers(first_items)}
    assert not {"Popular", "Popular this week"} & {item.explanation.sentence for item in first_items}


def test_hundreds_of_plays_outweigh_two_likes():
    home = home_builder.build_home(inputs({3: 200, 7: 100}))

    assert [SPORT] == input_builders.numbers([home.hero])
    assert "Popular" == home.hero.explanation.sentence


def test_curation_leads_for_an_anonymous_viewer_until_there_are_many_plays():
    few, many = (
        home_builder.build_home(input_builders.inputs(matrix=MATRIX, popularity=input_builders.plays({3: n}))).hero
        for n in (3, 3000)
    )

    assert ("Picked by our editors", "Popular this week") == (few.explanation.sentence, many.explanation.sentence)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(0, 59), st.integers(1, 40), min_size=1, max_size=12), st.data())
def test_more_plays_never_lower_the_popularity_of_a_title(counts, data):
    played = data.draw(st.sampled_from(sorted(counts)))
    values = [
        ranking.RankingContext(inputs({**counts, played: counts[played] + more})).parts["popularity"][played]
        for more in (0, 1, 10, 100, 10_000)
    ]

    assert all(fewer <= more for fewer, more in itertools.pairwise(values))
    assert values[0] >= 0


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.integers(0, 59), st.integers(1, 400), min_size=1, max_size=12))
def test_contributions_scaled_by_evidence_sum_exactly_to_the_score(counts):
    home = home_builder.build_home(inputs(counts))

    for item in home.items:
        steps = [each.value * 2**20 for each in item.explanation.contributions]
        assert all(step == int(step) for step in steps)
        assert sum(map(int, steps)) == item.explanation.score * 2**20
        assert popularity_value(item) >= 0
