"""The files of the seed are complete, consistent and varied enough for a demonstration."""

import collections
import datetime as dt
import itertools
import re

import pytest

from deploy.seed import seed_files

MATURITY_RATINGS = {"G", "PG", "PG-13", "R", "NC-17"}
FOR_CHILDREN = {"G", "PG"}
LANGUAGES = {"en", "es", "fr", "hi", "ja", "ko", "no"}
ROLES = {"director", "actor", "presenter"}
UUID_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
COLOR = re.compile(r"#[0-9a-f]{6}")
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
MAX_SHARED_WORDS = 0.2


@pytest.fixture(scope="module")
def seed():
    return seed_files.load()


@pytest.fixture(scope="module")
def every_title(seed):
    return seed.titles + seed.edge_cases


def test_the_catalog_has_seventy_titles_of_three_types(seed):
    types = collections.Counter(title.type.value for title in seed.titles)

    assert {"film": 42, "series": 20, "sports": 8} == types


def test_ids_are_unique_and_sortable_by_time(every_title, seed):
    ids = [title.title_id for title in every_title]
    ids += [episode.episode_id for title in every_title for episode in title.episodes]
    ids += [package.package_id for package in seed.packages]

    assert [] == [identifier for identifier in ids if not UUID_7.fullmatch(identifier)]
    assert len(ids) == len(set(ids))


def test_no_two_titles_share_a_name_in_any_language(every_title):
    assert len(every_title) == len({title.title.casefold() for title in every_title})
    assert len(every_title) == len({title.localized["hi"].title for title in every_title})


def test_genres_moods_and_themes_come_from_the_taxonomy(every_title, seed):
    for title in every_title:
        assert 1 <= len(title.genres) <= 3, title.title
        assert 2 <= len(title.moods) <= 4, title.title
        assert 2 <= len(title.themes) <= 4, title.title
        assert set(title.genres) <= seed.taxonomy.genres, title.title
        assert set(title.moods) <= seed.taxonomy.moods, title.title
        assert set(title.themes) <= seed.taxonomy.themes, title.title
        assert title.maturity in MATURITY_RATINGS, title.title
        assert title.language in LANGUAGES, title.title


@pytest.mark.parametrize(("kind", "least"), [("genres", 6), ("moods", 4), ("themes", 4)])
def test_every_word_of_the_taxonomy_gathers_several_titles(seed, kind, least):
    uses = collections.Counter(word for title in seed.titles for word in getattr(title, kind))

    assert {} == {word: uses[word] for word in getattr(seed.taxonomy, kind) if uses[word] < least}


def test_there_are_twelve_genres_and_each_is_spread_over_the_tiers(seed):
    assert len(seed.taxonomy.genres) == 12
    for genre in seed.taxonomy.genres:
        tiers = {title.tier for title in seed.titles if genre in title.genres}
        assert {seed_files.Tier.BASIC, seed_files.Tier.STANDARD, seed_files.Tier.PREMIUM} <= tiers, genre


@pytest.mark.parametrize("kind", seed_files.TitleType)
def test_each_type_is_spread_over_the_tiers(seed, kind):
    assert set(seed_files.Tier) == {title.tier for title in seed.titles if title.type is kind}


@pytest.mark.parametrize(("tier", "share"), [("basic", 0.60), ("standard", 0.85), ("premium", 1.0)])
def test_packages_hold_their_share_of_the_catalog(seed, tier, share):
    (package,) = (package for package in seed.packages if package.tier == tier)
    # Rounded up in favor of the subscriber: 85 % of 70 is 59.5.
    expected = int(len(seed.titles) * share + 0.5)

    assert expected == len(seed.titles_of(package))


def test_more_expensive_packages_offer_more(seed):
    prices: dict[tuple[str, str], list[int]] = {}
    for package in seed.packages:
        for price in package.prices:
            prices.setdefault((price.country_code, price.currency_code), []).append(price.minor_units)
    streams = [package.max_streams for package in seed.packages]

    assert list(seed_files.Tier) == [package.tier for package in seed.packages]
    assert {("", "EUR"), ("IN", "INR"), ("US", "USD")} == set(prices)
    for amounts in prices.values():
        assert sorted(set(amounts)) == amounts and len(amounts) == len(seed.packages)
    assert [1, 1, 2, 4] == streams
    assert ["premium"] == [package.tier.value for package in seed.packages if package.includes_all_titles]


def test_synopses_are_paragraphs_and_taglines_are_lines(every_title):
    for title in every_title:
        assert 60 <= len(title.synopsis.split()) <= 110, title.title
        assert 30 <= len(title.localized["hi"].synopsis.split()) <= 80, title.title
        assert 2 <= len(title.tagline.split()) <= 16, title.title


def test_no_two_synopses_are_similar(every_title):
    words = {title.title: set(re.findall(r"[a-z]{4,}", title.synopsis.lower())) for title in every_title}
    shared = {
        (one, other): len(words[one] & words[other]) / len(words[one] | words[other])
        for one, other in itertools.combinations(words, 2)
    }

    assert {} == {pair: share for pair, share in shared.items() if share > MAX_SHARED_WORDS}


def test_every_title_can_be_shown_in_hindi(every_title):
    for title in every_title:
        hindi = title.localized["hi"]
        assert DEVANAGARI.search(hindi.title), title.title
        assert DEVANAGARI.search(hindi.synopsis), title.title


def test_only_films_and_sports_have_a_length_of_their_own(every_title):
    for title in every_title:
        is_series = title.type is seed_files.TitleType.SERIES
        assert is_series == (title.duration is None), title.title
        assert is_series == bool(title.seasons), title.title
        for length in filter(None, [title.duration, *(episode.duration for episode in title.episodes)]):
            assert dt.timedelta(minutes=20) <= length <= dt.timedelta(minutes=140), title.title


def test_seasons_and_episodes_are_numbered_without_gaps(every_title):
    for title in every_title:
        assert list(range(1, len(title.seasons) + 1)) == [season.number for season in title.seasons]
        for season in title.seasons:
            numbers = [episode.number for episode in season.episodes]
            assert 3 <= len(numbers) <= 6, title.title
            assert list(range(1, len(numbers) + 1)) == numbers, title.title


def test_every_episode_has_its_own_name_and_a_short_synopsis(every_title):
    for title in every_title:
        assert len(title.episodes) == len({episode.title for episode in title.episodes}), title.title
        for episode in title.episodes:
            assert 8 <= len(episode.synopsis.split()) <= 40, episode.title


def test_most_series_run_for_more_than_one_season(seed):
    series = [title for title in seed.titles if title.seasons]

    assert sum(len(title.seasons) > 1 for title in series) > len(series) / 2


def test_every_title_has_a_director_and_a_cast(every_title):
    for title in every_title:
        roles = [credit.role for credit in title.credits]
        assert "director" == roles[0], title.title
        assert 3 <= len(roles) - 1 <= 6, title.title
        assert set(roles) <= ROLES, title.title
        for credit in title.credits:
            assert (credit.role == "actor") == (credit.character is not None), title.title


def test_actors_appear_in_several_titles(seed):
    parts = collections.Counter(
        credit.person
        for title in seed.titles
        for credit in title.credits
        if credit.role == "actor" and credit.character not in {"Himself", "Herself"}
    )

    assert sum(count > 1 for count in parts.values()) >= 40


def test_posters_have_colors_and_a_motif(every_title):
    for title in every_title:
        assert 2 <= len(title.artwork.palette) <= 3, title.title
        assert all(COLOR.fullmatch(color) for color in title.artwork.palette), title.title
        assert title.artwork.motif, title.title


def test_enough_titles_are_suitable_for_children(seed):
    suitable = [title for title in seed.titles if title.maturity in FOR_CHILDREN]

    assert len(suitable) >= 12
    assert {"G"} <= {title.maturity for title in suitable if title.featured}


def test_every_rating_occurs(seed):
    assert {title.maturity for title in seed.titles} == MATURITY_RATINGS


def test_releases_span_four_decades(seed):
    years = {title.release_date.year for title in seed.titles}

    assert (1987, 2026) == (min(years), max(years))


def test_six_titles_are_featured_and_four_are_packaged_in_full(seed):
    assert sum(title.featured for title in seed.titles) == 6
    full = [title for title in seed.titles if title.media is seed_files.Media.FULL]
    assert len(full) == 4
    assert sum(title.type is seed_files.TitleType.SERIES for title in full) == 1


def test_no_title_of_the_catalog_is_withheld(seed):
    withheld = [
        title.title for title in seed.titles if title.territories or title.windows or title.state != "PUBLISHED"
    ]

    assert [] == withheld


def test_each_edge_case_is_withheld_by_one_rule(seed):
    demo_day = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    rules: collections.Counter[str] = collections.Counter()
    for title in seed.edge_cases:
        rules["territory"] += bool(title.territories) and "US" not in title.territories
        rules["not yet"] += any(window.start and window.start > demo_day for window in title.windows)
        rules["over"] += any(window.end and window.end < demo_day for window in title.windows)
        rules["state"] += title.state != "PUBLISHED"

    assert {"territory": 2, "not yet": 1, "over": 1, "state": 1} == rules


def test_the_demo_accounts_are_those_of_the_readme(seed):
    accounts = {
        account.email: (account.password, account.tier.value, [profile.name for profile in account.profiles])
        for account in seed.accounts
    }

    assert {
        "admin@ott.test": ("admin123", "premium", ["Admin", "Kids"]),
        "basic@ott.test": ("test123", "basic", ["Basic User"]),
        "standard@ott.test": ("test123", "standard", ["Standard User", "Family"]),
        "premium@ott.test": ("test123", "premium", ["Premium User", "Partner", "Kids"]),
        "demo@ott.test": ("demo123", "premium", ["Demo User", "Demo Kids"]),
    } == accounts


def test_only_the_admin_account_has_more_than_the_viewer_role(seed):
    roles = {account.email: set(account.roles) for account in seed.accounts}

    assert {"viewer", "editor", "admin"} == roles.pop("admin@ott.test")
    assert all(role == {"viewer"} for role in roles.values())


def test_kids_profiles_have_a_maturity_ceiling_of_8(seed):
    profiles = [profile for account in seed.accounts for profile in account.profiles]

    assert {8} == {profile.maturity_ceiling for profile in profiles if "Kids" in profile.name}
    assert {"en", "hi"} == {profile.language for profile in profiles}
