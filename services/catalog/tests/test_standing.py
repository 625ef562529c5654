"""The home that stands in, as plain values: nothing twice, nothing that is not shown, and sums that add up."""

from datetime import date

import hypothesis
import numpy as np
from hypothesis import strategies as st

from services.catalog.domain import saying, standing

TODAY = date(2026, 6, 28)
GENRES = {"Drama": 0, "Mystery": 1, "Musical": 2}


def a_shelf(size, *, released=(), featured=(), popular=(), genre_of=None):
    days = [standing.day(number) for number in released] or [TODAY.toordinal() - 100] * size
    return standing.Shelf(
        title_id="t{:04}".format,
        released=np.array(days, dtype=np.int64),
        featured=np.isin(np.arange(size), list(featured)),
        popularity=standing.weights_of(popular, size),
        genre_of=np.zeros((size, 3), dtype=np.bool_) if genre_of is None else genre_of,
        genres=GENRES,
    )


def decided(shelf, shown=None, language="en"):
    shown = np.ones(len(shelf.released), dtype=np.bool_) if shown is None else shown
    return standing.decide(shelf, shown, TODAY, language)


def items(home):
    return [*([home.hero] if home.hero else []), *(item for rail in home.rails for item in rail.items)]


def rails(home):
    return {rail.rail_id: [item.title_id for item in rail.items] for rail in home.rails}


@st.composite
def shelves(draw):
    size = draw(st.integers(0, 120))
    some = st.lists(st.integers(0, max(size - 1, 0)), unique=True, max_size=size)
    years = st.sampled_from([0, 1942_00_00, 2019_03_08, 2025_02_30, 2026_06_28, 2026_06_01, 2031_01_01])
    released = draw(st.lists(years, min_size=size, max_size=size))
    bits = draw(st.lists(st.integers(0, 7), min_size=size, max_size=size))
    genre_of = np.array([[bit >> column & 1 for column in range(3)] for bit in bits], dtype=np.bool_).reshape(size, 3)
    shelf = a_shelf(size, released=released, featured=draw(some), popular=draw(some), genre_of=genre_of)
    return shelf, ~np.isin(np.arange(size), draw(some))


@hypothesis.settings(deadline=None, max_examples=200)
@hypothesis.given(shelves())
def test_no_home_shows_a_title_twice_or_one_that_is_not_shown(told):
    shelf, shown = told

    ids = [item.title_id for item in items(decided(shelf, shown))]

    assert len(ids) == len(set(ids))
    assert set(ids) <= {shelf.title_id(number) for number in np.flatnonzero(shown)}
    assert bool(ids) == bool(shown.any())


@hypothesis.settings(deadline=None, max_examples=100)
@hypothesis.given(shelves())
def test_every_item_says_why_and_its_parts_add_up_exactly(told):
    home = decided(*told)

    for item in items(home):
        values = [part.value for part in item.contributions]
        assert item.sentence
        assert values == sorted(values, reverse=True)
        assert item.score == sum(reversed(values)) > 0
    for rail in home.rails:
        assert rail.items
        scores = [item.score for item in rail.items]
        assert scores == sorted(scores, reverse=True)


@hypothesis.settings(deadline=None, max_examples=50)
@hypothesis.given(shelves(), st.randoms())
def test_replicas_that_number_titles_otherwise_choose_the_same(told, chance):
    shelf, shown = told
    order = list(range(len(shown)))
    chance.shuffle(order)
    other = standing.Shelf(
        title_id=lambda number: shelf.title_id(order[number]),
        released=shelf.released[order],
        featured=shelf.featured[order],
        popularity=shelf.popularity[order],
        genre_of=shelf.genre_of[order],
        genres=shelf.genres,
    )

    assert decided(shelf, shown) == decided(other, shown[order])


def test_what_editors_put_forward_leads_then_what_is_popular():
    home = decided(a_shelf(30, featured=[4, 5, 6, 7], popular=[9, 5, 8, 10, 11]))

    assert "t0005" == home.hero.title_id
    assert ["t0004", "t0006", "t0007"] == rails(home)["curated"]
    assert ["t0009", "t0008", "t0010", "t0011"] == rails(home)["trending"]


def test_what_is_to_come_is_no_new_release_and_the_newest_is_first():
    shelf = a_shelf(5, released=[2026_01_00, 2026_06_20, 2031_01_01, 2025_08_01, 1942_00_00], featured=[4])

    assert ["t0001", "t0000", "t0003"] == rails(decided(shelf))["new-releases"]


def test_a_genre_has_a_rail_when_something_is_left_for_it():
    genre_of = np.zeros((20, 3), dtype=np.bool_)
    genre_of[:12, 1], genre_of[12:14, 0] = True, True

    home = decided(a_shelf(20, released=[1950_01_01] * 20, genre_of=genre_of))

    assert [("genre.mystery", "Mystery")] == [(rail.rail_id, rail.genre) for rail in home.rails]


def test_a_catalogue_without_anything_special_is_shown_as_it_is():
    home = decided(a_shelf(2, released=[1950_01_01, 1960_01_01]))

    assert "t0001" == home.hero.title_id
    assert {"curated": ["t0000"]} == rails(home)
    assert "Worth a look" == home.hero.sentence


def test_sentences_are_in_the_language_that_was_asked_for():
    shelf = a_shelf(30, popular=range(10))

    assert "इस हफ़्ते लोकप्रिय" == decided(shelf, language=saying.spoken("hi-IN")).hero.sentence
    assert "Popular this week" == decided(shelf, language=saying.spoken("fr")).hero.sentence


def test_a_day_that_no_calendar_has_is_the_first_of_its_year():
    assert date(2025, 1, 1).toordinal() == standing.day(2025_02_30)
    assert date(2024, 5, 1).toordinal() == standing.day(2024_05_00)
    assert 0 == standing.day(0)


def test_places_behind_the_last_one_weigh_nothing():
    found = standing.weights_of(range(300), 300)

    assert (1.0, 1 / 256, 0.0) == (found[0], found[255], found[256])
