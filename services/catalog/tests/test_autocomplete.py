"""Completions of queries, also misspelled ones; none leads to a hidden title."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marquee.catalog.v1 import catalog_service_pb2

from services.catalog.domain import indexed_titles, titles
from services.catalog.search import autocomplete, spell_index
from services.catalog.tests import builders
from services.catalog.titles import title_ordinals
from services.kit import tokenizer

TITLE, PERSON, GENRE = (
    catalog_service_pb2.SUGGESTION_KIND_TITLE,
    catalog_service_pb2.SUGGESTION_KIND_PERSON,
    catalog_service_pb2.SUGGESTION_KIND_GENRE,
)


async def suggest(catalog, query, metadata=builders.VIEWER, **request):
    request = catalog_service_pb2.SuggestSearchRequest(query=query, **request)
    return await catalog.titles.SuggestSearch(request, metadata=metadata)


async def suggest_names(catalog, query, **changes):
    return [one.display_name for one in (await suggest(catalog, query, **changes)).suggestions]


@pytest.fixture
async def library(catalog):
    await catalog.import_rows(
        builders.a_row(
            title="The Godfather",
            genres=["Crime", "Drama"],
            credits=[{"person": "Marlon Brando", "role": "actor"}, {"person": "Al Pacino", "role": "actor"}],
        ),
        builders.a_row(title="Disco Godfather", genres=["Comedy"], release_date="1979"),
        builders.a_row(title="Star Wars", genres=["Drama"], credits=[{"person": "Mark Hamill", "role": "actor"}]),
        builders.a_row(title="The Second Moon", localized={"hi": {"title": "दूसरा चाँद"}}),
        builders.a_row(
            title="Gospel",
            state="DRAFT",
            genres=["Gothic"],
            credits=[{"person": "Gore Hidden", "role": "actor"}, {"person": "Marlon Brando", "role": "actor"}],
        ),
    )
    return catalog


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("godf", "The Godfather"),
        ("the godf", "The Godfather"),
        ("disco g", "Disco Godfather"),
        ("gdofat", "The Godfather"),
        ("starw", "Star Wars"),
        ("strr wars", "Star Wars"),
        ("bran", "Marlon Brando"),
        ("marlon b", "Marlon Brando"),
        ("marlno bra", "Marlon Brando"),
        ("crim", "Crime"),
        ("दूस", "The Second Moon"),
        ("🎬 godf", "The Godfather"),
    ],
)
async def test_what_is_being_typed_comes_first(library, typed, first):
    assert first == (await suggest_names(library, typed))[0]


@pytest.mark.parametrize("typed", ["gos", "gospel", "goth", "gore", "hidd", "qqqq", "🎬", "…"])
async def test_what_leads_to_hidden_titles_alone_is_not_suggested(library, typed):
    assert [] == [text for text in await suggest_names(library, typed) if text in {"Gospel", "Gothic", "Gore Hidden"}]


async def test_suggestions_tell_what_they_are_and_lead_to(library):
    (brando,) = (await suggest(library, "brando")).suggestions
    (drama,) = (await suggest(library, "drama")).suggestions
    (wars,) = (await suggest(library, "star wars")).suggestions

    assert (PERSON, titles.person_id("Marlon Brando"), 1) == (brando.kind, brando.person_id, brando.title_count)
    assert (GENRE, "drama", 2) == (drama.kind, drama.genre_id, drama.title_count)
    assert (TITLE, 1) == (wars.kind, wars.title_count)
    assert "title_id" == wars.WhichOneof("target")


async def test_names_come_in_the_language_that_was_asked_for(library):
    assert ["दूसरा चाँद"] == await suggest_names(library, "second", display_language_code="hi")


async def test_genres_are_suggested_in_every_language_they_are_named_in(library):
    assert [("Drama", "drama")] == [
        (one.display_name, one.genre_id) for one in (await suggest(library, "ड्रामा")).suggestions
    ]
    assert ["Komödie"] == await suggest_names(library, "comedy", display_language_code="de")


async def test_suggestions_come_in_pages(catalog):
    await catalog.import_rows(*(builders.a_row(title=f"Moon {number}") for number in range(7)))
    first = await suggest(catalog, "moon", page_size=5)
    second = await suggest(catalog, "moon", page_size=5, page_token=first.next_page_token)

    assert (5, 7) == (
        len(first.suggestions),
        len({one.display_name for page in (first, second) for one in page.suggestions}),
    )
    assert "" == second.next_page_token


async def test_a_changed_name_takes_the_place_of_the_old_one(catalog):
    row = builders.a_row(title="Leeward", credits=[{"person": "Ada Vance", "role": "actor"}])
    await catalog.import_rows(row)
    await catalog.import_rows({**row, "title": "Windward", "credits": []})

    assert ([], ["Windward"], []) == (
        await suggest_names(catalog, "leew"),
        await suggest_names(catalog, "wind"),
        await suggest_names(catalog, "ada"),
    )


names = st.lists(st.text("abc ", min_size=1, max_size=12).filter(tokenizer.split), min_size=1, max_size=12)


@given(names, names, st.text("abc ", min_size=1, max_size=6).filter(tokenizer.split))
def test_every_visible_name_that_goes_on_as_typed_is_suggested(first, second, typed):
    numbered = title_ordinals.TitleOrdinals()
    suggester = autocomplete.Autocomplete(numbered, spell_index.SpellIndex())
    for batch in (first, second):
        suggester.update(
            indexed_titles.TitleNames(f"{name}/{place % 3}", names={"en": name}) for place, name in enumerate(batch)
        )
        suggester.commit()
    shown = np.array([place % 2 == 0 for place in range(len(numbered))])
    found = {one.target for one in suggester.suggest(typed, shown, 100)}

    folded = " ".join(tokenizer.split(typed))
    expected = {
        title_id
        for title_id in map(numbered.title_id, np.flatnonzero(shown))
        for name in [tokenizer.split(title_id.split("/")[0])]
        if any(" ".join(name[start:]).startswith(folded) for start in range(len(name)))
        or (len(name) > 1 and "".join(name).startswith(folded))
    }
    assert expected == found
