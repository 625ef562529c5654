"""The collections of the demonstration mean something, to whoever looks."""

import collections as counting

import pytest

from deploy.seed import demo_collections, seed_files

CHILD = {"G", "PG"}


@pytest.fixture(scope="module")
def told():
    return demo_collections.load(seed_files.load())


def test_there_are_six_each_with_a_name_and_a_line_in_both_languages(told):
    assert 6 == len(told) == len({one.collection_id for one in told})
    for language in ("en", "hi"):
        assert 6 == len({one.texts[language].display_name for one in told})
        assert all(one.texts[language].tagline for one in told)
        assert all(len(one.texts[language].display_name) <= 80 for one in told)


def test_each_holds_enough_titles_each_once_to_fill_a_row(told):
    for one in told:
        assert 5 <= len(one.titles) == len({title.title_id for title in one.titles}), one.texts["en"]


def test_they_hardly_overlap_and_reach_across_types_and_tiers(told):
    uses = counting.Counter(title.title for one in told for title in one.titles)

    assert {"Le Grand Affinage"} == {name for name, count in uses.items() if count > 1}
    assert set(seed_files.TitleType) == {title.type for one in told for title in one.titles}
    for one in told:
        assert 2 <= len({title.tier for title in one.titles}), one.texts["en"]


def test_each_has_something_in_common_that_its_name_promises(told):
    """A genre, mood or theme that most of its titles share."""
    for one in told:
        words = counting.Counter(word for title in one.titles for word in {*title.genres, *title.moods, *title.themes})
        assert words.most_common(1)[0][1] > len(one.titles) / 2, (one.texts["en"], words.most_common(3))


def test_what_is_for_children_is_for_children_and_a_child_sees_more_than_that(told):
    (bedtime,) = (one for one in told if one.texts["en"].display_name == "Before Lights Out")

    assert {title.maturity for title in bedtime.titles} <= CHILD
    assert 4 <= sum(any(title.maturity in CHILD for title in one.titles) for one in told)


def test_one_is_put_forward(told):
    assert [1] == [one.position for one in told if one.featured]
