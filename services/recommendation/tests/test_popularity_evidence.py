"""Promises of popularity that rests on little: a few plays do not outweigh what a viewer likes."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.recommendation.domain import home_builder, home_values, ranking, score_parts
from services.recommendation.tests import scenarios

MATRIX = scenarios.a_matrix(scenarios.a_catalogue())
#: Titles of a genre are as like each other as films are that are of a kind: somewhat.
VECTORS = scenarios.title_vectors(
    MATRIX,
    {
        each.title_id: " ".join([each.genres[0].name, *(each.title_id + word for word in "abcdef")])
        for each in MATRIX.titles
    },
)
#: A viewer that liked two mysteries, where others watch sport.
THUMBS = (scenarios.liked(1), scenarios.liked(5))
SPORT, MYSTERY = 3, 1


def inputs(counts, *told):
    return scenarios.inputs(None, *(told or THUMBS), matrix=MATRIX, vectors=VECTORS, popularity=scenarios.plays(counts))


def of_popularity(item):
    return sum(each.value for each in item.explanation.contributions if each.source == score_parts.POPULARITY)


@pytest.mark.parametrize("counts", [{3: 1}, {3: 5, 7: 4, 11: 1}, {3: 5, 7: 5, 11: 5, 15: 5}])
def test_two_thumbs_lead_for_you_and_the_home_where_hardly_anybody_watches(counts):
    decided = home_builder.build_home(inputs(counts))
    [for_you] = [rail for rail in decided.rails if rail.kind == home_values.FOR_YOU]
    led = [decided.hero, *for_you.items[:8]]

    assert {MYSTERY} == {number % 4 for number in scenarios.numbers(led)}
    assert not {"Popular", "Popular this week"} & {item.explanation.sentence for item in led}


def test_what_hundreds_watch_leads_still():
    decided = home_builder.build_home(inputs({3: 200, 7: 100}))

    assert [SPORT] == scenarios.numbers([decided.hero])
    assert "Popular" == decided.hero.explanation.sentence


def test_editors_are_heard_by_a_stranger_until_many_watch():
    few, many = (
        home_builder.build_home(scenarios.inputs(matrix=MATRIX, popularity=scenarios.plays({3: n}))).hero
        for n in (3, 3000)
    )

    assert ("Picked by our editors", "Popular this week") == (few.explanation.sentence, many.explanation.sentence)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(0, 59), st.integers(1, 40), min_size=1, max_size=12), st.data())
def test_more_plays_never_lower_what_popularity_gives_a_title(counts, data):
    played = data.draw(st.sampled_from(sorted(counts)))
    known = [
        ranking.RankingContext(inputs({**counts, played: counts[played] + more})).parts["popularity"][played]
        for more in (0, 1, 10, 100, 10_000)
    ]

    assert all(less <= more for less, more in itertools.pairwise(known))
    assert known[0] >= 0


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.integers(0, 59), st.integers(1, 400), min_size=1, max_size=12))
def test_what_little_evidence_leaves_of_popularity_adds_up_still(counts):
    decided = home_builder.build_home(inputs(counts))

    for item in decided.items:
        steps = [each.value * 2**20 for each in item.explanation.contributions]
        assert all(step == int(step) for step in steps)
        assert sum(map(int, steps)) == item.explanation.score * 2**20
        assert of_popularity(item) >= 0
