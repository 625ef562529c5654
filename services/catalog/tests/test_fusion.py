"""The ranking of results by words and by meaning."""

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import fusion

numbers = st.lists(st.integers(0, 60), unique=True)
near = st.lists(st.tuples(st.integers(0, 60), st.floats(-1, 1)), unique_by=lambda one: one[0]).map(
    lambda found: [fusion.Near(*one) for one in sorted(found, key=lambda one: -one[1])]
)


@given(numbers, st.integers(0, 60), near)
def test_every_title_stands_once_and_names_lead_as_they_were_ranked(by_words, named, close):
    named = min(named, len(by_words))
    fused = fusion.fuse(fusion.ByWords(by_words, named, length=5), close)

    assert set(by_words) | {one.number for one in close} == set(fused)
    assert len(fused) == len(set(fused))
    assert by_words[:named] == fused[:named]


@given(numbers)
def test_without_meaning_the_words_alone_rank(by_words):
    assert by_words == fusion.fuse(fusion.ByWords(by_words, loose=True), [])


def test_meaning_leads_where_only_some_words_were_found():
    close = [fusion.Near(number, 0.6) for number in (7, 8, 9)]

    assert [7, 8, 9] == fusion.fuse(fusion.ByWords([1, 2, 3], loose=True), close)[:3]


def test_what_both_find_comes_before_what_one_finds():
    close = [fusion.Near(7, 0.6), fusion.Near(2, 0.5)]

    assert 2 == fusion.fuse(fusion.ByWords([1, 2], length=5), close)[0]


def test_titles_with_a_few_of_the_words_end_where_they_mean_little():
    fused = fusion.fuse(fusion.ByWords(range(100, 1000), loose=True), [fusion.Near(1, 0.5)])

    assert len(fused) < 50


def test_what_is_far_or_far_behind_the_closest_is_no_result():
    told = [(1, 0.70), (2, 0.60), (3, 0.40), (4, 0.20)]

    few = fusion.ByWords([9], loose=True)
    assert [1, 2] == [one.number for one in fusion.close_enough(few, [fusion.Near(*one) for one in told])]
    assert [] == fusion.close_enough(few, [fusion.Near(1, 0.1)])
    assert [] == fusion.close_enough(few, [])


def test_beside_a_name_only_what_is_very_close_is_a_result():
    near = [fusion.Near(1, 0.5), fusion.Near(2, 0.4)]

    assert [1] == [one.number for one in fusion.close_enough(fusion.ByWords([9], named=1, length=1), near)]
    assert [1, 2] == [one.number for one in fusion.close_enough(fusion.ByWords([9], length=5), near)]


def test_of_a_short_query_all_titles_with_its_words_lead():
    assert [3, 4, 1] == fusion.fuse(fusion.ByWords([3, 4], length=2), [fusion.Near(1, 0.9)])
