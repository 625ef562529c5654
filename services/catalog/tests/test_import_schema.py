"""The validation of import rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import import_schema, terms, titles, wikipedia_import
from services.catalog.tests import builders
from services.kit import tokenizer

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["title", "release_date", "credits", "seasons", "localized", "availability", "artwork", "state", "genres", "key"]
)


def problems(**changes):
    return [(problem.field, problem.message) for problem in import_schema.read(builders.a_row(**changes))[1]]


@given(st.dictionaries(FIELDS, ANYTHING))
def test_whatever_stands_in_a_row_it_is_taken_or_refused(changes):
    title, reported = import_schema.read({**builders.a_row(), **changes})

    assert (title is None) == bool(reported)


@given(ANYTHING)
def test_whatever_stands_in_place_of_a_row_is_refused(value):
    for read in (import_schema.read, wikipedia_import.read):
        assert (None, True) == (read(value)[0], bool(read(value)[1]))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": None}, "title"),
        ({"title": " "}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"tagline": 7}, "tagline"),
        ({"type": "opera"}, "type"),
        ({"maturity": "X"}, "maturity"),
        ({"maturity": True}, "maturity"),
        ({"maturity": 22}, "maturity.age"),
        ({"maturity": -1}, "maturity.age"),
        ({"maturity": None}, "maturity"),
        ({"maturity": {"label": "FSK 12"}}, "maturity.age"),
        ({"title": "\u200b"}, "title"),
        ({"genres": ["!?"]}, "genres[0]"),
        ({"localized": {"en": {"title": ""}}}, "localized.en"),
        ({"images": [{"kind": "portrait", "uri": "https://images.example/1.jpg"}]}, "images[0].kind"),
        ({"images": [{"kind": "poster", "uri": ""}]}, "images[0].uri"),
        ({"state": "SECRET"}, "state"),
        ({"release_date": "2023-02-29"}, "release_date"),
        ({"release_date": "2023-00"}, "release_date"),
        ({"release_date": 2023}, "release_date"),
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"duration_minutes": True}, "duration_minutes"),
        ({"featured": 1}, "featured"),
        ({"language": "English"}, "language"),
        ({"genres": ["Drama", ""]}, "genres[1]"),
        ({"genres": "Drama"}, "genres"),
        ({"titel": "Typo"}, "titel"),
        ({"source_uri": "javascript:alert(1)"}, "source_uri"),
        ({"credits": [{"person": "Anna", "role": "cook"}]}, "credits[0].role"),
        ({"credits": [7]}, "credits[0]"),
        ({"artwork": {"palette": ["red"]}}, "artwork.palette[0]"),
        ({"localized": {"hi": {"titel": "x"}}}, "localized.hi.titel"),
        ({"localized": {"Hindi": {"title": "x"}}}, "localized.Hindi"),
        ({"availability": {"territories": ["us"]}}, "availability.territories[0]"),
        ({"availability": {"windows": [{"from": "2026-01-01"}]}}, "availability.windows[0].from"),
        ({"availability": {"windows": [{"from": "0001-01-01T00:00:00+05:00"}]}}, "availability.windows[0].from"),
        ({"availability": {"windows": [{"until": "9999-12-31T23:59:59-05:00"}]}}, "availability.windows[0].until"),
        ({"seasons": [{"number": 1}]}, "seasons"),
        ({"key": "also a key"}, "title_id"),
        ({"title_id": None}, "title_id"),
        ({"title_id": "seven"}, "title_id"),
    ],
)
def test_a_wrong_field_is_named(changes, field):
    assert field in [named for named, _ in problems(**changes)]


def test_a_window_that_ends_before_it_begins_is_refused():
    window = {"from": "2026-03-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"}

    assert [("availability.windows[0].until", "must be later than from")] == problems(
        availability={"windows": [window]}
    )


def test_all_problems_of_a_row_are_reported_at_once():
    assert ["title", "type", "maturity"] == [field for field, _ in problems(type="x", maturity="y", title=None)]


def test_seasons_and_episodes_with_the_same_number_are_refused():
    episode = {"episode_id": "019b9751-5464-7ba0-87fc-6431d5e11137", "number": 1, "title": "One"}
    series = {"type": "series", "duration_minutes": None}

    assert [("seasons", "must have different numbers")] == problems(**series, seasons=[{"number": 1}, {"number": 1}])
    assert [("seasons[0].episodes", "must have different numbers")] == problems(
        **series, seasons=[{"number": 1, "episodes": [episode, episode]}]
    )
    assert [("seasons", "must have episodes with different ids")] == problems(
        **series, seasons=[{"number": 1, "episodes": [episode]}, {"number": 2, "episodes": [episode]}]
    )


@pytest.mark.parametrize(
    ("maturity", "rating"),
    [
        (0, titles.Rating(0)),
        (13, titles.Rating(13)),
        ("PG", titles.Rating(8, "MPA", "PG")),
        ("NC-17", titles.Rating(18, "MPA", "NC-17")),
        ("pg_13", titles.Rating(13, "MPA", "PG-13")),
        ("TV-14", titles.Rating(14, "TV", "TV-14")),
        ({"age": 12, "system": "FSK", "label": "FSK 12"}, titles.Rating(12, "FSK", "FSK 12")),
        ("NR", None),
    ],
)
def test_a_rating_is_an_age_with_or_without_a_label(maturity, rating):
    title, problems = import_schema.read(builders.a_row(maturity=maturity))

    assert ([], rating) == (problems, title.rating)
    assert (rating.age if rating else None) == title.facts.maturity_age


def test_an_episode_has_no_second_english_name():
    row = builders.a_series()
    row["seasons"][0]["episodes"][0]["localized"] = {"en": {"title": ""}}

    assert ["seasons[0].episodes[0].localized.en"] == [problem.field for problem in import_schema.read(row)[1]]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Science Fiction", "science-fiction"),
        ("Women's Lives", "womens-lives"),
        ("Sci-Fi", "sci-fi"),
        ("Comédie dramatique", "comedie-dramatique"),
        ("नाटक", "नाटक"),
        ("!", ""),
    ],
)
def test_the_id_of_a_genre_is_made_of_its_name(name, slug):
    assert slug == terms.slug(name)


def test_names_of_one_id_are_one_genre():
    title, _ = import_schema.read(builders.a_row(genres=["Sci-Fi", "Drama", "sci fi"]))

    assert ("Sci-Fi", "Drama") == title.genres


def test_a_draft_is_a_draft_unless_the_row_says_otherwise():
    title, _ = import_schema.read(builders.a_row(state=None))

    assert titles.STATES["DRAFT"] == title.facts.state


def test_a_film_is_credited_to_its_article():
    title, _ = wikipedia_import.read(builders.a_film(href="Suspicion_(1918_film)#Plot"))

    assert "https://en.wikipedia.org/wiki/Suspicion_(1918_film)#Plot" == title.document["source_uri"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L\u2019Été à Gdańsk", ["lete", "a", "gdansk"]),
        ("Don't Look Now!", ["dont", "look", "now"]),
        ("फ़ीडबैक, एक घंटा", ["फीडबैक", "एक", "घंटा"]),
        ("Smørrebrød", ["smorrebrod"]),
        ("東京物語", ["東京物語"]),
        ("…", []),
    ],
)
def test_words_are_split_and_folded(text, expected):
    assert expected == tokenizer.split(text)


@pytest.mark.parametrize(("word", "edits"), [("the", 0), ("star", 1), ("shining", 1), ("godfather", 2)])
def test_longer_words_forgive_more(word, edits):
    assert edits == tokenizer.edits_forgiven(len(word))
