"""Promises of each rail, and of what stands on none."""

import gc
import weakref
from datetime import timedelta

import pytest

from services.kit import visibility
from services.recommendation.domain import home_builder, home_values, ranking, score_parts, signals, titles
from services.recommendation.tests import scenarios

DAY = timedelta(days=1)


def home(*told, some=None, **changes):
    return home_builder.build_home(scenarios.inputs(some, *told, **changes))


def kinds(decided):
    return [rail.kind for rail in decided.rails]


def history(*told, **changes):
    return signals.History(titles=told, **changes)


def test_a_title_on_two_lists_of_the_viewers_own_is_on_both():
    series = a_series(20, scenarios.NOW - 30 * DAY, scenarios.NOW - DAY)
    first, second = (each.episode_id for each in series.episodes)
    told = scenarios.watched(20, 0.5, days=5, add_time=scenarios.NOW - 9 * DAY)
    marks = (scenarios.bookmark(20, first, watched=True, days=5),)
    decided = home(some=[*scenarios.a_catalogue(20), series], history=history(told, bookmarks=marks))

    for kind, item_kind in (
        (home_values.CONTINUE_WATCHING, home_values.NEXT_EPISODE),
        (home_values.NEW_EPISODES, home_values.NEW_EPISODE),
        (home_values.MY_LIST, home_values.TITLE),
    ):
        [item] = next(rail.items for rail in decided.rails if rail.kind == kind)
        assert (series.title_id, item_kind) == (item.title_id, item.kind)
        assert (second if kind != home_values.MY_LIST else "") == item.episode_id
    assert 3 == scenarios.numbers(decided.items).count(20)


def test_what_follows_the_first_items_of_a_rail_is_in_its_order_and_on_no_rail():
    given = scenarios.inputs(
        scenarios.a_catalogue(400), scenarios.liked(1), *(scenarios.listed(number, number) for number in range(2, 40))
    )
    decided = home_builder.build_home(given)
    rails = {rail.rail_id: rail for rail in decided.rails}
    shown = set(scenarios.numbers(decided.items))
    my_list, for_you = (
        home_builder.list_remaining_items(given, "my-list"),
        home_builder.list_remaining_items(given, "for-you"),
    )

    assert rails["my-list"].has_more and rails["for-you"].has_more
    assert list(range(22, 40)) == scenarios.numbers(my_list)
    assert home_builder.MAX_REMAINING == len(for_you)
    assert not shown & set(scenarios.numbers(for_you))
    scores = [item.explanation.score for item in for_you]
    assert sorted(scores, reverse=True) == scores
    assert () == home_builder.list_remaining_items(given, "no-such-rail")


def test_for_you_follows_what_was_liked():
    decided = home(scenarios.liked(1), scenarios.liked(5))

    shown = [scenarios.GENRES[number % 4] for number in scenarios.rail(decided, home_values.FOR_YOU)]
    assert "Mystery" == shown[0]
    assert 20 == len(shown)
    assert shown.count("Mystery") > shown.count("Sport")


def test_for_you_turns_away_from_what_was_not_liked():
    decided = home(scenarios.disliked(1), scenarios.liked(2), weights=score_parts.Weights(diversity=0))

    first = [scenarios.GENRES[number % 4] for number in scenarios.rail(decided, home_values.FOR_YOU)[:12]]
    assert {"Comedy"} == set(first)
    assert all(
        each.value < 0
        for item in decided.items
        for each in item.explanation.contributions
        if each.signal_id == f"rated.{scenarios.an_id(1)}"
    )


def test_a_thumb_up_counts_twice_what_was_watched_to_its_end():
    [up] = signals.list_signals([scenarios.liked(1)], signals.Preferences(), frozenset(), scenarios.NOW)
    [seen] = signals.list_signals([scenarios.watched(1)], signals.Preferences(), frozenset(), scenarios.NOW)

    assert up.weight == pytest.approx(2 * seen.weight)


def test_of_a_title_with_a_thumb_down_nothing_counts_as_liking():
    told = signals.TitleSignals(
        scenarios.an_id(1),
        1.0,
        finished=True,
        watch_time=scenarios.NOW,
        thumb=signals.THUMB_DOWN,
        add_time=scenarios.NOW,
    )
    for paused in (frozenset(), frozenset({f"rated.{scenarios.an_id(1)}"})):
        taste_signals = signals.list_signals([told], signals.Preferences(), paused, scenarios.NOW)

        assert all(each.weight <= 0 for each in taste_signals)


def test_for_you_keeps_places_for_what_suits_and_is_not_in_the_air():
    some = [scenarios.a_title(number, genres=("Drama" if number < 60 else "Mystery",)) for number in range(64)]
    everything = score_parts.Weights(popularity=50, diversity=0)
    decided = home(scenarios.liked(63), some=some, weights=everything, popularity=scenarios.popularity(*range(60)))
    shown = scenarios.rail(decided, home_values.FOR_YOU)

    assert {60, 61, 62} <= set(shown)
    assert 20 == len(shown)


def test_my_list_holds_the_latest_addition_first_and_no_other_rail_recommends_it():
    decided = home(scenarios.listed(1, days=3), scenarios.listed(5, days=1), scenarios.liked(9))

    assert [5, 1] == scenarios.rail(decided, home_values.MY_LIST)
    assert not {1, 5} & set(scenarios.rail(decided, home_values.FOR_YOU))


def a_series(number, *times):
    return scenarios.a_title(number, type=titles.SERIES, episodes=scenarios.episodes(*times))


def test_a_followed_series_with_a_newer_episode_is_a_new_episode():
    some = [*scenarios.a_catalogue(20), a_series(20, scenarios.NOW - 30 * DAY, scenarios.NOW - DAY)]
    decided = home(some=some, history=history(scenarios.listed(20, days=5)))

    assert [20] == scenarios.rail(decided, home_values.NEW_EPISODES)
    rail = next(rail for rail in decided.rails if rail.kind == home_values.NEW_EPISODES)
    assert some[-1].episodes[1].episode_id == rail.items[0].episode_id


@pytest.mark.parametrize(
    "told", [scenarios.listed(20, days=0.5), scenarios.liked(20), scenarios.watched(20, 1.0, days=5)]
)
def test_no_newer_episode_or_no_following_or_all_seen_is_no_new_episode(told):
    some = [*scenarios.a_catalogue(20), a_series(20, scenarios.NOW - 30 * DAY, scenarios.NOW - DAY)]

    assert [] == scenarios.rail(home(told, some=some), home_values.NEW_EPISODES)


def test_an_episode_that_is_still_to_come_is_not_new():
    some = [*scenarios.a_catalogue(20), a_series(20, scenarios.NOW - 30 * DAY, scenarios.NOW + DAY)]

    assert [] == scenarios.rail(home(scenarios.listed(20), some=some), home_values.NEW_EPISODES)


def test_who_is_in_the_middle_of_an_episode_goes_on_with_it_rather_than_with_a_new_one():
    series = a_series(20, scenarios.NOW - 30 * DAY, scenarios.NOW - DAY)
    first, second = (each.episode_id for each in series.episodes)
    told = scenarios.watched(20, 0.5, days=5)
    some = [*scenarios.a_catalogue(20), series]
    amid = home(some=some, history=history(told, bookmarks=(scenarios.bookmark(20, first),)))
    caught_up = home(some=some, history=history(told, bookmarks=(scenarios.bookmark(20, first, watched=True),)))

    assert [20] == scenarios.rail(amid, home_values.CONTINUE_WATCHING)
    assert [] == scenarios.rail(amid, home_values.NEW_EPISODES)
    assert [20] == scenarios.rail(caught_up, home_values.NEW_EPISODES)
    assert second == next(rail.items[0].episode_id for rail in caught_up.rails if rail.kind == home_values.NEW_EPISODES)


def test_because_you_liked_stands_what_is_like_it():
    decided = home(scenarios.liked(1), some=scenarios.a_catalogue(200), weights=score_parts.Weights(diversity=0))
    rail = next(rail for rail in decided.rails if rail.kind == home_values.BECAUSE)

    assert "Because you liked Title 1" == rail.display_name
    assert {"Mystery"} == {scenarios.GENRES[number % 4] for number in scenarios.numbers(rail.items)}
    assert "Because you liked Title 1" == rail.items[0].explanation.sentence


def test_trending_stands_what_is_watched_most():
    decided = home(popularity=scenarios.popularity(*range(40, 60)))
    told = [*scenarios.numbers([decided.hero]), *scenarios.rail(decided, home_values.CURATED)]

    assert [each for each in range(40, 60) if each not in told][:7] == scenarios.rail(decided, home_values.TRENDING)


def test_nothing_trends_where_nobody_watches():
    assert home_values.TRENDING not in kinds(home())


def test_new_releases_are_of_late_and_none_is_still_to_come():
    today = scenarios.NOW.date()
    some = scenarios.a_catalogue(20) + [
        scenarios.a_title(20 + days, release_date=today - timedelta(days=10 * days - 20)) for days in range(8)
    ]
    decided = home(some=some)
    rail = next(rail for rail in decided.rails if rail.kind == home_values.NEW_RELEASES)

    assert list(range(22, 28)) == scenarios.numbers(rail.items)
    assert "New this month" == rail.items[0].explanation.sentence


def test_the_household_shows_what_the_others_watch():
    others = (signals.HouseholdTitle(scenarios.an_id(7), 1, 0.5), signals.HouseholdTitle(scenarios.an_id(8), 3, 2.5))
    decided = home(history=history(household=others))

    assert [8, 7] == scenarios.rail(decided, home_values.HOUSEHOLD)
    assert "Watched in your household" == next(
        rail.items[0].explanation.sentence for rail in decided.rails if rail.kind == home_values.HOUSEHOLD
    )


def test_yet_to_be_discovered_is_what_few_have_watched():
    decided = home(scenarios.liked(1), popularity=scenarios.popularity(*range(2, 50)), some=scenarios.a_catalogue(120))
    shown = scenarios.rail(decided, home_values.DISCOVER)

    assert shown
    assert not set(shown) & set(range(2, 50))


def test_genre_rails_are_those_of_ones_taste():
    decided = home(scenarios.liked(1), scenarios.liked(2), some=scenarios.a_catalogue(200))

    assert ["comedy", "mystery"] == sorted(
        [rail.genre_id for rail in decided.rails if rail.kind == home_values.GENRE][:2]
    )


def test_a_stranger_is_met_with_what_editors_put_forward():
    decided = home()

    assert home_values.CURATED == decided.rails[0].kind
    assert "Picked by our editors" == decided.hero.explanation.sentence
    assert home_values.FOR_YOU not in kinds(decided)


def test_who_asked_for_a_genre_is_met_with_it():
    decided = home(preferences=signals.Preferences(genre_ids=("mystery",)))

    assert {"Mystery"} == {scenarios.GENRES[number % 4] for number in scenarios.rail(decided, home_values.FOR_YOU)[:3]}
    assert "You asked for Mystery" == next(
        rail.items[0].explanation.sentence for rail in decided.rails if rail.kind == home_values.FOR_YOU
    )


def test_a_language_that_was_asked_for_tilts_and_does_not_shut_out():
    some = [scenarios.a_title(number, language_code="hi" if number % 3 else "en") for number in range(60)]
    shown = scenarios.rail(
        home(some=some, preferences=signals.Preferences(language_codes=("hi",))), home_values.FOR_YOU
    )

    assert sum(number % 3 > 0 for number in shown) > 15
    assert 20 == len(shown)


def test_diversity_makes_room_for_other_kinds():
    told = [scenarios.liked(1), scenarios.liked(5)]
    alike = home(*told, weights=score_parts.Weights(diversity=0))
    mixed = home(*told, weights=score_parts.Weights(diversity=6))

    assert len(set(map(of_genre, scenarios.rail(alike, home_values.FOR_YOU)[:8]))) < len(
        set(map(of_genre, scenarios.rail(mixed, home_values.FOR_YOU)[:8]))
    )


def of_genre(number):
    return number % 4


def test_without_vectors_popular_and_new_titles_remain():
    matrix = scenarios.a_matrix(scenarios.a_catalogue())
    decided = home_builder.build_home(
        scenarios.inputs(
            None, scenarios.liked(1), matrix=matrix, vectors=scenarios.no_vectors(matrix), popularity=POPULAR
        )
    )

    assert scenarios.rail(decided, home_values.FOR_YOU)


POPULAR = scenarios.popularity(3, 4, 5, 6, 7, 8)


def test_texts_are_in_the_profiles_language():
    decided = home(scenarios.liked(1), language="hi")
    rail = next(rail for rail in decided.rails if rail.kind == home_values.BECAUSE)

    assert "क्योंकि आपको शीर्षक 1 पसंद आई" == rail.display_name


def test_a_title_that_may_not_be_known_of_is_not_named_as_a_reason():
    closed = visibility.Facts(state=visibility.PUBLISHED, maturity_age=18)
    some = [scenarios.a_title(1, facts=closed, genres=("Mystery",)), *scenarios.a_catalogue(60)[2:]]
    decided = home(scenarios.liked(1), some=some, viewer=visibility.Viewer(13, "US"))

    assert scenarios.rail(decided, home_values.FOR_YOU)
    named = {each.title_id for item in decided.items for each in item.explanation.contributions}
    assert scenarios.an_id(1) not in named


def test_an_empty_catalogue_makes_an_empty_home():
    assert home_values.Home() == home(some=[])


def test_a_tiny_catalogue_is_shown_whole():
    decided = home(some=[scenarios.a_title(1), scenarios.a_title(2)])

    assert {1, 2} == set(scenarios.numbers(decided.items))


def test_what_a_home_was_chosen_from_is_gone_with_it_though_nobody_sweeps(monkeypatch):
    floors = []
    made = ranking.RankingContext.__init__

    def noted(context, inputs):
        made(context, inputs)
        floors.append(weakref.ref(context))

    monkeypatch.setattr(ranking.RankingContext, "__init__", noted)
    gc.disable()
    try:
        decided = home(scenarios.liked(1), scenarios.watched(2, 0.5))
        assert decided.rails
        assert [None] == [context() for context in floors]
    finally:
        gc.enable()
