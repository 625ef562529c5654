"""The demo collections have names, enough titles, and a theme in common."""

import collections as counting

import pytest

from deploy.seed import demo_collections, seed_files

CHILD = {"G", "PG"}


@pytest.fixture(scope="module")
def collections_():
    return demo_collections.load(seed_files.load())


def test_six_collections_have_names_and_taglines_in_both_languages(collections_):
    assert 6 == len(collections_) == len({one.collection_id for one in collections_})
    for language in ("en", "hi"):
        assert 6 == len({one.texts[language].display_name for one in collections_})
        assert all(one.texts[language].tagline for one in collections_)
        assert all(len(one.texts[language].display_name) <= 80 for one in collections_)


def test_each_collection_has_at_least_five_different_titles(collections_):
    for one in collections_:
        assert 5 <= len(one.titles) == len({title.title_id for title in one.titles}), one.texts["en"]


def test_collections_hardly_overlap_and_cover_types_and_tiers(collections_):
    uses = counting.Counter(title.title for one in collections_ for title in one.titles)

    assert {"Le Grand Affinage"} == {name for name, count in uses.items() if count > 1}
    assert set(seed_files.TitleType) == {title.type for one in collections_ for title in one.titles}
    for one in collections_:
        assert 2 <= len({title.tier for title in one.titles}), one.texts["en"]


def test_most_titles_of_a_collection_share_a_word(collections_):
    """A genre, mood or theme that most of its titles share."""
    for one in collections_:
        words = counting.Counter(word for title in one.titles for word in {*title.genres, *title.moods, *title.themes})
        assert words.most_common(1)[0][1] > len(one.titles) / 2, (one.texts["en"], words.most_common(3))


def test_the_children_collection_is_for_children_and_others_have_titles_for_them(collections_):
    (bedtime,) = (one for one in collections_ if one.texts["en"].display_name == "Before Lights Out")

    assert {title.maturity for title in bedtime.titles} <= CHILD
    assert 4 <= sum(any(title.maturity in CHILD for title in one.titles) for one in collections_)


def test_the_first_collection_is_featured(collections_):
    assert [1] == [one.position for one in collections_ if one.featured]
