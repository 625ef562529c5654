"""The rails of a home: which titles each rail holds, and which titles are on none."""

import gc
import weakref
from datetime import timedelta

import pytest

from services.kit import visibility
from services.recommendation.domain import home_builder, home_values, ranking, score_parts, signals, titles
from services.recommendation.tests import input_builders

DAY = timedelta(days=1)


def home(*title_signals, catalogue=None, **changes):
    return home_builder.build_home(input_builders.inputs(catalogue, *title_signals, **changes))


def kinds(built):
    return [rail.kind for rail in built.rails]


def history(*title_signals, **changes):
    return signals.History(titles=title_signals, **changes)


def test_a_title_may_be_on_several_personal_rails():
    series = a_series(20, input_builders.NOW - 30 * DAY, input_builders.NOW - DAY)
    first, second = (each.episode_id for each in series.episodes)
    title_signals = input_builders.watched(20, 0.5, days=5, add_time=input_builders.NOW - 9 * DAY)
    bookmarks = (input_builders.bookmark(20, first, watched=True, days=5),)
    built = home(
        catalogue=[*input_builders.a_catalogue(20), series], history=history(title_signals, bookmarks=bookmarks)
    )

    for kind, item_kind in (
        (home_values.CONTINUE_WATCHING, home_values.NEXT_EPISODE),
        (home_values.NEW_EPISODES, home_values.NEW_EPISODE),
        (home_values.MY_LIST, home_values.TITLE),
    ):
        [item] = next(rail.items for rail in built.rails if rail.kind == kind)
        assert (series.title_id, item_kind) == (item.title_id, item.kind)
        assert (second if kind != home_values.MY_LIST else "") == item.episode_id
    assert 3 == input_builders.numbers(built.items).count(20)


def test_the_remaining_items_of_a_rail_are_sorted_and_on_no_other_rail():
    inputs = input_builders.inputs(
        input_builders.a_catalogue(400),
        input_builders.liked(1),
        *(input_builders.listed(number, number) for number in range(2, 40)),
    )
    built = home_builder.build_home(inputs)
    rails = {rail.rail_id: rail for rail in built.rails}
    shown = set(input_builders.numbers(built.items))
    my_list, for_you = (
        home_builder.list_remaining_items(inputs, "my-list"),
        home_builder.list_remaining_items(inputs, "for-you"),
    )

    assert rails["my-list"].has_more and rails["for-you"].has_more
    assert list(range(22, 40)) == input_builders.numbers(my_list)
    assert home_builder.MAX_REMAINING == len(for_you)
    assert not shown & set(input_builders.numbers(for_you))
    scores = [item.explanation.score for item in for_you]
    assert sorted(scores, reverse=True) == scores
    assert () == home_builder.list_remaining_items(inputs, "no-such-rail")


def test_for_you_prefers_genres_of_liked_titles():
    built = home(input_builders.liked(1), input_builders.liked(5))

    shown = [input_builders.GENRES[number % 4] for number in input_builders.rail(built, home_values.FOR_YOU)]
    assert "Mystery" == shown[0]
    assert 20 == len(shown)
    assert shown.count("Mystery") > shown.count("Sport")


def test_for_you_avoids_genres_of_disliked_titles():
    built = home(input_builders.disliked(1), input_builders.liked(2), weights=score_parts.Weights(diversity=0))

    first = [input_builders.GENRES[number % 4] for number in input_builders.rail(built, home_values.FOR_YOU)[:12]]
    assert {"Comedy"} == set(first)
    assert all(
        each.value < 0
        for item in built.items
        for each in item.explanation.contributions
        if each.signal_id == f"rated.{input_builders.an_id(1)}"
    )


def test_a_like_weighs_twice_a_finished_title():
    [up] = signals.list_signals([input_builders.liked(1)], signals.Preferences(), frozenset(), input_builders.NOW)
    [watched] = signals.list_signals(
        [input_builders.watched(1)], signals.Preferences(), frozenset(), input_builders.NOW
    )

    assert up.weight == pytest.approx(2 * watched.weight)


def test_a_disliked_title_has_no_positive_signal():
    title_signals = signals.TitleSignals(
        input_builders.an_id(1),
        1.0,
        finished=True,
        watch_time=input_builders.NOW,
        thumb=signals.THUMB_DOWN,
        add_time=input_builders.NOW,
    )
    for paused in (frozenset(), frozenset({f"rated.{input_builders.an_id(1)}"})):
        taste_signals = signals.list_signals([title_signals], signals.Preferences(), paused, input_builders.NOW)

        assert all(each.weight <= 0 for each in taste_signals)


def test_for_you_reserves_places_for_matching_titles_that_are_not_popular():
    genres = [("Drama",)] * 60 + [("Mystery",)] * 4
    catalogue = [input_builders.a_title(number, genres=genre) for number, genre in enumerate(genres)]
    weights = score_parts.Weights(popularity=50, diversity=0)
    built = home(
        input_builders.liked(63), catalogue=catalogue, weights=weights, popularity=input_builders.popularity(*range(60))
    )
    shown = input_builders.rail(built, home_values.FOR_YOU)

    assert {60, 61, 62} <= set(shown)
    assert 20 == len(shown)


def test_my_list_holds_the_latest_addition_first_and_no_other_rail_recommends_it():
    built = home(input_builders.listed(1, days=3), input_builders.listed(5, days=1), input_builders.liked(9))

    assert [5, 1] == input_builders.rail(built, home_values.MY_LIST)
    assert not {1, 5} & set(input_builders.rail(built, home_values.FOR_YOU))


def a_series(number, *times):
    return input_builders.a_title(number, type=titles.SERIES, episodes=input_builders.episodes(*times))


def test_a_followed_series_with_a_newer_episode_is_on_new_episodes():
    catalogue = [*input_builders.a_catalogue(20), a_series(20, input_builders.NOW - 30 * DAY, input_builders.NOW - DAY)]
    built = home(catalogue=catalogue, history=history(input_builders.listed(20, days=5)))

    assert [20] == input_builders.rail(built, home_values.NEW_EPISODES)
    rail = next(rail for rail in built.rails if rail.kind == home_values.NEW_EPISODES)
    assert catalogue[-1].episodes[1].episode_id == rail.items[0].episode_id


@pytest.mark.parametrize(
    "title_signals",
    [input_builders.listed(20, days=0.5), input_builders.liked(20), input_builders.watched(20, 1.0, days=5)],
)
def test_a_series_without_a_newer_episode_or_not_followed_or_finished_is_not_on_new_episodes(title_signals):
    catalogue = [*input_builders.a_catalogue(20), a_series(20, input_builders.NOW - 30 * DAY, input_builders.NOW - DAY)]

    assert [] == input_builders.rail(home(title_signals, catalogue=catalogue), home_values.NEW_EPISODES)


def test_an_unpublished_episode_is_not_on_new_episodes():
    catalogue = [*input_builders.a_catalogue(20), a_series(20, input_builders.NOW - 30 * DAY, input_builders.NOW + DAY)]

    assert [] == input_builders.rail(home(input_builders.listed(20), catalogue=catalogue), home_values.NEW_EPISODES)


def test_a_series_within_an_episode_is_on_continue_watching_and_not_on_new_episodes():
    series = a_series(20, input_builders.NOW - 30 * DAY, input_builders.NOW - DAY)
    first, second = (each.episode_id for each in series.episodes)
    title_signals = input_builders.watched(20, 0.5, days=5)
    catalogue = [*input_builders.a_catalogue(20), series]
    within_episode = home(
        catalogue=catalogue, history=history(title_signals, bookmarks=(input_builders.bookmark(20, first),))
    )
    caught_up = home(
        catalogue=catalogue,
        history=history(title_signals, bookmarks=(input_builders.bookmark(20, first, watched=True),)),
    )

    assert [20] == input_builders.rail(within_episode, home_values.CONTINUE_WATCHING)
    assert [] == input_builders.rail(within_episode, home_values.NEW_EPISODES)
    assert [20] == input_builders.rail(caught_up, home_values.NEW_EPISODES)
    assert second == next(rail.items[0].episode_id for rail in caught_up.rails if rail.kind == home_values.NEW_EPISODES)


def test_the_because_rail_holds_similar_titles():
    built = home(
        input_builders.liked(1), catalogue=input_builders.a_catalogue(200), weights=score_parts.Weights(diversity=0)
    )
    rail = next(rail for rail in built.rails if rail.kind == home_values.BECAUSE)

    assert "Because you liked Title 1" == rail.display_name
    assert {"Mystery"} == {input_builders.GENRES[number % 4] for number in input_builders.numbers(rail.items)}
    assert "Because you liked Title 1" == rail.items[0].explanation.sentence


def test_the_trending_rail_holds_the_most_watched_titles():
    built = home(popularity=input_builders.popularity(*range(40, 60)))
    title_signals = [*input_builders.numbers([built.hero]), *input_builders.rail(built, home_values.CURATED)]

    assert [each for each in range(40, 60) if each not in title_signals][:7] == input_builders.rail(
        built, home_values.TRENDING
    )


def test_without_popularity_there_is_no_trending_rail():
    assert home_values.TRENDING not in kinds(home())


def test_new_releases_are_recent_and_already_released():
    today = input_builders.NOW.date()
    catalogue = input_builders.a_catalogue(20) + [
        input_builders.a_title(20 + days, release_date=today - timedelta(days=10 * days - 20)) for days in range(8)
    ]
    built = home(catalogue=catalogue)
    rail = next(rail for rail in built.rails if rail.kind == home_values.NEW_RELEASES)

    assert list(range(22, 28)) == input_builders.numbers(rail.items)
    assert "New this month" == rail.items[0].explanation.sentence


def test_the_household_rail_holds_titles_of_other_profiles():
    seen = ((7, 1, 0.5), (8, 3, 2.5))
    others = [signals.HouseholdTitle(input_builders.an_id(number), *facts) for number, *facts in seen]
    built = home(history=history(household=others))

    assert [8, 7] == input_builders.rail(built, home_values.HOUSEHOLD)
    assert "Watched in your household" == next(
        rail.items[0].explanation.sentence for rail in built.rails if rail.kind == home_values.HOUSEHOLD
    )


def test_the_discover_rail_holds_titles_with_few_plays():
    built = home(
        input_builders.liked(1),
        popularity=input_builders.popularity(*range(2, 50)),
        catalogue=input_builders.a_catalogue(120),
    )
    shown = input_builders.rail(built, home_values.DISCOVER)

    assert shown
    assert not set(shown) & set(range(2, 50))


def test_genre_rails_follow_the_taste_of_the_viewer():
    built = home(input_builders.liked(1), input_builders.liked(2), catalogue=input_builders.a_catalogue(200))

    assert ["comedy", "mystery"] == sorted(
        [rail.genre_id for rail in built.rails if rail.kind == home_values.GENRE][:2]
    )


def test_an_anonymous_viewer_gets_the_curated_rail_first():
    built = home()

    assert home_values.CURATED == built.rails[0].kind
    assert "Picked by our editors" == built.hero.explanation.sentence
    assert home_values.FOR_YOU not in kinds(built)


def test_for_you_starts_with_a_preferred_genre():
    built = home(preferences=signals.Preferences(genre_ids=("mystery",)))

    first = input_builders.rail(built, home_values.FOR_YOU)[:3]
    assert {"Mystery"} == {input_builders.GENRES[number % 4] for number in first}
    assert "You asked for Mystery" == next(
        rail.items[0].explanation.sentence for rail in built.rails if rail.kind == home_values.FOR_YOU
    )


def test_a_preferred_language_is_favoured_but_does_not_exclude_others():
    catalogue = [input_builders.a_title(number, language_code="hi" if number % 3 else "en") for number in range(60)]
    shown = input_builders.rail(
        home(catalogue=catalogue, preferences=signals.Preferences(language_codes=("hi",))), home_values.FOR_YOU
    )

    assert sum(number % 3 > 0 for number in shown) > 15
    assert 20 == len(shown)


def test_a_higher_diversity_weight_gives_more_genres():
    title_signals = [input_builders.liked(1), input_builders.liked(5)]
    without_diversity = home(*title_signals, weights=score_parts.Weights(diversity=0))
    with_diversity = home(*title_signals, weights=score_parts.Weights(diversity=6))

    assert len(set(map(genre_index, input_builders.rail(without_diversity, home_values.FOR_YOU)[:8]))) < len(
        set(map(genre_index, input_builders.rail(with_diversity, home_values.FOR_YOU)[:8]))
    )


def genre_index(number):
    return number % 4


def test_without_vectors_for_you_still_has_titles():
    matrix = input_builders.a_matrix(input_builders.a_catalogue())
    built = home_builder.build_home(
        input_builders.inputs(
            None, input_builders.liked(1), matrix=matrix, vectors=input_builders.no_vectors(matrix), popularity=POPULAR
        )
    )

    assert input_builders.rail(built, home_values.FOR_YOU)


POPULAR = input_builders.popularity(3, 4, 5, 6, 7, 8)


def test_texts_are_in_the_language_of_the_profile():
    built = home(input_builders.liked(1), language="hi")
    rail = next(rail for rail in built.rails if rail.kind == home_values.BECAUSE)

    assert "क्योंकि आपको शीर्षक 1 पसंद आई" == rail.display_name


def test_a_title_above_the_maturity_ceiling_is_not_named_as_a_reason():
    closed = visibility.Facts(state=visibility.PUBLISHED, maturity_age=18)
    catalogue = [input_builders.a_title(1, facts=closed, genres=("Mystery",)), *input_builders.a_catalogue(60)[2:]]
    built = home(input_builders.liked(1), catalogue=catalogue, viewer=visibility.Viewer(13, "US"))

    assert input_builders.rail(built, home_values.FOR_YOU)
    named = {each.title_id for item in built.items for each in item.explanation.contributions}
    assert input_builders.an_id(1) not in named


def test_an_empty_catalogue_makes_an_empty_home():
    assert home_values.Home() == home(catalogue=[])


def test_a_tiny_catalogue_is_shown_whole():
    built = home(catalogue=[input_builders.a_title(1), input_builders.a_title(2)])

    assert {1, 2} == set(input_builders.numbers(built.items))


def test_the_ranking_context_of_a_home_is_freed_without_garbage_collection(monkeypatch):
    contexts = []
    original_init = ranking.RankingContext.__init__

    def init(context, inputs):
        original_init(context, inputs)
        contexts.append(weakref.ref(context))

    monkeypatch.setattr(ranking.RankingContext, "__init__", init)
    gc.disable()
    try:
        built = home(input_builders.liked(1), input_builders.watched(2, 0.5))
        assert built.rails
        assert [None] == [context() for context in contexts]
    finally:
        gc.enable()
