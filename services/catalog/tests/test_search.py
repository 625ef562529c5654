"""Search by words."""

import grpc
import pytest
from marquee.catalog.v1 import catalog_service_pb2

from services.catalog.domain import indexed_titles
from services.catalog.tests import builders
from services.catalog.tests.search_index import an_entry, an_index
from services.kit import testing

LIBRARY = (
    an_entry("The Godfather", ["Marlon Brando", "Al Pacino"], ["A mafia family."]),
    an_entry("Disco Godfather", ["Rudy Ray Moore"]),
    an_entry("The Shining", ["Jack Nicholson"], ["A hotel in winter. Directed by Stanley Kubrick."]),
    an_entry("Star Wars", ["Mark Hamill"], ["A farm boy leaves home."]),
    an_entry("Wars of the Stars", [], []),
    an_entry("Amélie", ["Audrey Tautou"], ["A waitress in Montmartre."]),
    an_entry("The Second Moon", names=["दूसरा चाँद"]),
    an_entry("Brandon", [], []),
)


@pytest.fixture(scope="module")
def library():
    return an_index(*LIBRARY)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("godfather", "The Godfather"),
        ("gdofather", "The Godfather"),
        ("thw godfahter", "The Godfather"),
        ("godfaher", "The Godfather"),
        ("godf", "The Godfather"),
        ("disco godfathe", "Disco Godfather"),
        ("shinning", "The Shining"),
        ("starwars", "Star Wars"),
        ("star wars", "Star Wars"),
        ("STAR-WARS!", "Star Wars"),
        ("amelie", "Amélie"),
        ("Amélie", "Amélie"),
        ("दूसरा चाँद", "The Second Moon"),
        ("दूसरा", "The Second Moon"),
        ("pacino brando", "The Godfather"),
        ("nicolson", "The Shining"),
        ("kubrik winter", "The Shining"),
        ("waitress", "Amélie"),
        ("godfather movie with pacino", "The Godfather"),
    ],
)
def test_what_was_meant_comes_first(library, query, first):
    assert first == library.found(query)[0]


@pytest.mark.parametrize("query", ["", "…", "  ", "qqqqqq", "\0"])
def test_a_query_without_a_known_word_finds_nothing(library, query):
    assert [] == library.found(query)


def test_short_words_forgive_nothing():
    assert [] == an_index(an_entry("Cat")).found("cut")


def test_a_name_comes_before_a_person_and_a_person_before_a_synopsis():
    index = an_index(
        an_entry("Told", [], ["A film about chaplin."]), an_entry("Played", ["Charles Chaplin"]), an_entry("Chaplin")
    )

    assert ["Chaplin", "Played", "Told"] == index.found("chaplin")


def test_the_word_as_it_is_comes_before_longer_and_misspelled_ones():
    index = an_index(an_entry("Marsh"), an_entry("Marshland"), an_entry("March"))

    assert ["Marsh", "Marshland", "March"] == index.found("marsh")


def test_where_the_words_were_found_is_reported(library):
    match = library.match("brandp family", "The Godfather")

    assert ((indexed_titles.IN_PERSON, indexed_titles.IN_SYNOPSIS), "Marlon Brando") == (match.fields, match.person)


def test_an_entry_takes_the_place_of_an_older_one():
    index = an_index(an_entry("First"))
    index.update(indexed_titles.TitleEntry("First", names=("Second",)))

    assert ([], ["First"]) == (index.found("first"), index.found("second"))
    index.update(indexed_titles.TitleEntry("First"))
    assert [] == index.found("second")


async def search(catalog, query, metadata=builders.VIEWER, **request):
    return await catalog.titles.SearchTitles(
        catalog_service_pb2.SearchTitlesRequest(query=query, **request), metadata=metadata
    )


async def test_titles_are_found_as_soon_as_they_are_in(catalog):
    await catalog.import_rows(
        builders.a_row(
            title="Leeward",
            synopsis="A harbour pilot.",
            localized={"hi": {"title": "हवा की ओट"}},
            credits=[{"person": "Zanele Mthiyane", "role": "actor", "character": "Bex"}],
        )
    )

    for query, field in (("leward", 1), ("ओट", 1), ("zanelle", 2), ("bex harbor", 3)):
        (result,) = (await search(catalog, query)).results
        assert ("Leeward", [field]) == (result.title.display_name, list(result.matched_fields))
    (result,) = (await search(catalog, "leeward", display_language_code="hi")).results
    assert "हवा की ओट" == result.title.display_name


async def test_a_changed_title_is_found_by_its_new_name_alone(catalog):
    row = builders.a_row(title="Leeward")
    await catalog.import_rows(row)
    await catalog.import_rows({**row, "title": "Windward"})

    assert 0 == len((await search(catalog, "leeward")).results)
    assert 1 == len((await search(catalog, "windward")).results)


async def test_pages_of_results_go_on_where_the_last_ended(catalog):
    await catalog.import_rows(*(builders.a_row(title=f"Moon {number}") for number in range(7)))
    first = await search(catalog, "moon", page_size=5)
    second = await search(catalog, "moon", page_size=5, page_token=first.next_page_token)

    titles = [result.title.display_name for answer in (first, second) for result in answer.results]
    assert (5, 7) == (len(first.results), len(set(titles)))
    assert "" == second.next_page_token
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await search(catalog, "mars", page_token=first.next_page_token)
    assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


async def test_search_says_when_its_index_is_not_there_yet(catalog):
    await catalog.wait_until_indexed()
    catalog.sync.indexes.loaded.clear()

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await search(catalog, "anything")

    assert "SEARCH_NOT_READY" == testing.reason_of(raised.value)


async def test_hidden_titles_take_no_place_of_others(catalog):
    rows = [builders.a_row(title=f"Moon {number}", maturity="G" if number % 60 == 0 else "R") for number in range(300)]
    await catalog.import_rows(*rows)
    answer = await search(catalog, "moon", builders.viewer(maturity_ceiling=0), page_size=5)

    assert {row["title_id"] for row in rows[::60]} == {result.title.title_id for result in answer.results}
    assert "" == answer.next_page_token
