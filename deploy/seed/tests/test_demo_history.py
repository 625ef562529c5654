"""The history of the demo profiles is consistent and sufficient for recommendations."""

import collections
import datetime as dt

import pytest

from deploy.seed import demo_history, seed_files

AGES = {"G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18}


@pytest.fixture(scope="module")
def seed():
    return seed_files.load()


@pytest.fixture(scope="module")
def history(seed):
    return demo_history.load(seed)


@pytest.fixture(scope="module")
def titles(seed):
    return {title.title_id: title for title in seed.titles}


def genres_of(signals, titles):
    return collections.Counter(genre for signal in signals for genre in titles[signal.title_id].genres[:1])


def test_every_profile_except_one_has_a_history(seed, history):
    profiles = {(account.email, profile.name) for account in seed.accounts for profile in account.profiles}

    assert {("standard@ott.test", "Standard User")} == profiles - set(history)
    assert set(history) < profiles


def test_no_profile_watched_a_title_it_may_not_see(seed, history, titles):
    for account in seed.accounts:
        for profile in account.profiles:
            for signal in history.get((account.email, profile.name), ()):
                title = titles[signal.title_id]
                assert AGES[title.maturity] <= profile.maturity_ceiling, title.title
                assert not signal.share or title.tier in account.tier.reach, (profile.name, title.title)


def test_each_title_occurs_once_and_its_episodes_in_order(history, titles):
    for who, signals in history.items():
        assert len(signals) == len({(signal.title_id, signal.episode_id) for signal in signals}), who
        for title_id in {signal.title_id for signal in signals}:
            watched = sorted(
                (signal for signal in signals if signal.title_id == title_id and signal.episode_id),
                key=lambda signal: -signal.before,
            )
            order = [episode.episode_id for episode in titles[title_id].episodes]
            assert order[: len(watched)] == [signal.episode_id for signal in watched], who


def test_the_history_covers_the_last_months_and_days(history):
    for who, signals in history.items():
        ages = [signal.before for signal in signals]
        assert dt.timedelta(days=1) <= min(ages) <= dt.timedelta(days=3), who
        assert max(ages) < dt.timedelta(days=90), who


def test_profiles_have_something_to_continue_and_a_watchlist(history):
    for who, signals in history.items():
        if "Kids" not in who[1] or who[0] == "demo@ott.test":
            assert any(0 < signal.share < 0.95 for signal in signals), who
        assert any(signal.on_watchlist for signal in signals), who


def test_the_demo_user_likes_mysteries_and_the_demo_kids_fantasy(history, titles):
    loved = {
        name: genres_of((signal for signal in history["demo@ott.test", name] if signal.thumb == "up"), titles)
        for name in ("Demo User", "Demo Kids")
    }

    assert {"Mystery", "Drama", "Fantasy"} == set(loved["Demo User"])
    assert {"Fantasy", "Documentary"} == set(loved["Demo Kids"])
    assert "Sports" not in genres_of((one for one in history["demo@ott.test", "Demo User"] if one.share), titles)


def test_enough_titles_are_left_to_recommend(seed, history, titles):
    watched = {signal.title_id for signal in history["demo@ott.test", "Demo User"] if signal.share}
    mysteries = {title.title_id for title in seed.titles if "Mystery" in title.genres}

    assert len(mysteries - watched) >= 2


def test_preferences_are_genres_of_the_catalog(seed):
    for account in seed.accounts:
        for profile in account.profiles:
            if profile.preferences:
                genre_ids = {genre.lower().replace(" ", "-") for genre in seed.taxonomy.genres}
                assert set(profile.preferences.genre_ids) <= genre_ids, profile.name
