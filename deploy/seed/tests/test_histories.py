"""The demo profiles have done what a recommendation can rest on."""

import collections
import datetime as dt

import pytest

from deploy.seed import files, histories

RATINGS = ["G", "PG", "PG_13", "R", "NC_17"]


@pytest.fixture(scope="module")
def seed():
    return files.load()


@pytest.fixture(scope="module")
def told(seed):
    return histories.load(seed)


@pytest.fixture(scope="module")
def titles(seed):
    return {title.title_id: title for title in seed.titles}


def genres_of(signals, titles):
    return collections.Counter(genre for signal in signals for genre in titles[signal.title_id].genres[:1])


def test_everybody_has_a_history_but_the_one_who_is_new(seed, told):
    profiles = {(account.email, profile.name) for account in seed.accounts for profile in account.profiles}

    assert {("standard@ott.test", "Standard User")} == profiles - set(told)
    assert set(told) < profiles


def test_nobody_watched_what_they_may_not(seed, told, titles):
    for account in seed.accounts:
        for profile in account.profiles:
            for signal in told.get((account.email, profile.name), ()):
                title = titles[signal.title_id]
                assert RATINGS.index(title.maturity) <= RATINGS.index(profile.maturity_ceiling), title.title
                assert not signal.share or title.tier in account.tier.reach, (profile.name, title.title)


def test_each_title_is_told_of_once_and_each_episode_in_turn(told, titles):
    for who, signals in told.items():
        assert len(signals) == len({(signal.title_id, signal.episode_id) for signal in signals}), who
        for title_id in {signal.title_id for signal in signals}:
            watched = sorted(
                (signal for signal in signals if signal.title_id == title_id and signal.episode_id),
                key=lambda signal: -signal.before,
            )
            order = [episode.episode_id for episode in titles[title_id].episodes]
            assert order[: len(watched)] == [signal.episode_id for signal in watched], who


def test_everything_lies_in_the_last_months_and_something_in_the_last_days(told):
    for who, signals in told.items():
        ages = [signal.before for signal in signals]
        assert dt.timedelta(days=1) <= min(ages) <= dt.timedelta(days=3), who
        assert max(ages) < dt.timedelta(days=90), who


def test_everybody_has_something_to_go_on_with_and_something_to_watch(told):
    for who, signals in told.items():
        if "Kids" not in who[1] or who[0] == "demo@ott.test":
            assert any(0 < signal.share < 0.95 for signal in signals), who
        assert any(signal.listed for signal in signals), who


def test_the_demo_user_loves_mysteries_and_the_demo_kids_tales(told, titles):
    loved = {
        name: genres_of((signal for signal in told["demo@ott.test", name] if signal.thumb == "up"), titles)
        for name in ("Demo User", "Demo Kids")
    }

    assert {"Mystery", "Drama", "Fantasy"} == set(loved["Demo User"])
    assert {"Fantasy", "Documentary"} == set(loved["Demo Kids"])
    assert "Sports" not in genres_of((one for one in told["demo@ott.test", "Demo User"] if one.share), titles)


def test_there_is_as_much_left_to_find_as_was_found(seed, told, titles):
    watched = {signal.title_id for signal in told["demo@ott.test", "Demo User"] if signal.share}
    mysteries = {title.title_id for title in seed.titles if "Mystery" in title.genres}

    assert len(mysteries - watched) >= 2


def test_preferences_are_genres_of_the_catalogue(seed):
    for account in seed.accounts:
        for profile in account.profiles:
            if profile.preferences:
                assert set(profile.preferences.genres) <= seed.taxonomy.genres, profile.name
