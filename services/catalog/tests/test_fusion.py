"""The ranking of results by words and by meaning."""

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import fusion

ordinals = st.lists(st.integers(0, 60), unique=True)
neighbors = st.lists(st.tuples(st.integers(0, 60), st.floats(-1, 1)), unique_by=lambda one: one[0]).map(
    lambda found: [fusion.Neighbor(*one) for one in sorted(found, key=lambda one: -one[1])]
)


@given(ordinals, st.integers(0, 60), neighbors)
def test_every_title_stands_once_and_names_lead_as_they_were_ranked(words, named, close):
    named = min(named, len(words))
    fused = fusion.fuse(fusion.WordResults(words, named, length=5), close)

    assert set(words) | {one.ordinal for one in close} == set(fused)
    assert len(fused) == len(set(fused))
    assert words[:named] == fused[:named]


@given(ordinals)
def test_without_meaning_the_words_alone_rank(words):
    assert words == fusion.fuse(fusion.WordResults(words, loose=True), [])


def test_meaning_leads_where_only_some_words_were_found():
    close = [fusion.Neighbor(ordinal, 0.6) for ordinal in (7, 8, 9)]

    assert [7, 8, 9] == fusion.fuse(fusion.WordResults([1, 2, 3], loose=True), close)[:3]


def test_what_both_find_comes_before_what_one_finds():
    close = [fusion.Neighbor(7, 0.6), fusion.Neighbor(2, 0.5)]

    assert 2 == fusion.fuse(fusion.WordResults([1, 2], length=5), close)[0]


def test_titles_with_a_few_of_the_words_end_where_they_mean_little():
    fused = fusion.fuse(fusion.WordResults(range(100, 1000), loose=True), [fusion.Neighbor(1, 0.5)])

    assert len(fused) < 50


def test_what_is_far_or_far_behind_the_closest_is_no_result():
    reported = [(1, 0.70), (2, 0.60), (3, 0.40), (4, 0.20)]

    few = fusion.WordResults([9], loose=True)
    assert [1, 2] == [one.ordinal for one in fusion.drop_dissimilar(few, [fusion.Neighbor(*one) for one in reported])]
    assert [] == fusion.drop_dissimilar(few, [fusion.Neighbor(1, 0.1)])
    assert [] == fusion.drop_dissimilar(few, [])


def test_beside_a_name_only_what_is_very_close_is_a_result():
    neighbors = [fusion.Neighbor(1, 0.5), fusion.Neighbor(2, 0.4)]

    assert [1] == [one.ordinal for one in fusion.drop_dissimilar(fusion.WordResults([9], named=1, length=1), neighbors)]
    assert [1, 2] == [one.ordinal for one in fusion.drop_dissimilar(fusion.WordResults([9], length=5), neighbors)]


def test_of_a_short_query_all_titles_with_its_words_lead():
    assert [3, 4, 1] == fusion.fuse(fusion.WordResults([3, 4], length=2), [fusion.Neighbor(1, 0.9)])
