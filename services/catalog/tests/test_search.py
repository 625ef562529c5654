"""Search forgives, ranks and never tells of what is hidden."""

import grpc
import pytest
from marquee.catalog.v1 import catalog_pb2

from services.catalog import search
from services.catalog.tests import builders
from services.kit import testing


def an_index(*entries):
    index = search.Index()
    index.update(entries)
    index.commit()
    return index


def an_entry(name, people=(), synopsis=(), names=()):
    return search.Entry(name, names=(name, *names), people=tuple(people), synopsis=tuple(synopsis))


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


def found(index, query, shown=lambda _: True, limit=20):
    matches, _ = index.find(query, shown, start=search.Place(), limit=limit)
    return [match.title_id for match in matches]


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
    assert first == found(library, query)[0]


@pytest.mark.parametrize("query", ["", "…", "  ", "qqqqqq", "\0"])
def test_a_query_without_a_known_word_finds_nothing(library, query):
    assert [] == found(library, query)


def test_short_words_forgive_nothing():
    assert [] == found(an_index(an_entry("Cat")), "cut")


def test_a_name_comes_before_a_person_and_a_person_before_a_synopsis():
    index = an_index(
        an_entry("Told", [], ["A film about chaplin."]), an_entry("Played", ["Charles Chaplin"]), an_entry("Chaplin")
    )

    assert ["Chaplin", "Played", "Told"] == found(index, "chaplin")


def test_the_word_as_it_is_comes_before_longer_and_misspelt_ones():
    index = an_index(an_entry("Marsh"), an_entry("Marshland"), an_entry("March"))

    assert ["Marsh", "Marshland", "March"] == found(index, "marsh")


def test_where_the_words_were_found_is_told(library):
    (match, *_), _ = library.find("brandp family", lambda _: True, start=search.Place(), limit=1)

    assert ("The Godfather", (search.PERSON, search.SYNOPSIS)) == (match.title_id, match.fields)


def test_hidden_titles_take_no_place_of_others():
    index = an_index(*(an_entry(f"Moon {number}") for number in range(300)))
    shown = {f"Moon {number}" for number in range(0, 300, 60)}

    assert shown == set(found(index, "moon", shown.__contains__, limit=5))


def test_pages_hold_every_hit_once():
    index = an_index(*(an_entry(f"Moon {number}") for number in range(100)))
    pages, place = [], search.Place()
    while place is not None:
        matches, place = index.find("moon", lambda title_id: not title_id.endswith("7"), start=place, limit=20)
        pages.append([match.title_id for match in matches])

    assert [20, 20, 20, 20, 10] == [len(page) for page in pages]
    assert 90 == len({title_id for page in pages for title_id in page})


def test_an_entry_takes_the_place_of_an_older_one():
    index = an_index(an_entry("First"))
    index.update([search.Entry("First", names=("Second",))])
    index.commit()

    assert ([], ["First"]) == (found(index, "first"), found(index, "second"))
    index.update([search.Entry("First")])
    index.commit()
    assert [] == found(index, "second")


async def searched(catalog, query, metadata=builders.VIEWER, **request):
    return await catalog.titles.SearchTitles(catalog_pb2.SearchTitlesRequest(query=query, **request), metadata=metadata)


async def test_titles_are_found_as_soon_as_they_are_in(catalog):
    await catalog.take(
        builders.a_row(
            title="Leeward",
            synopsis="A harbour pilot.",
            localized={"hi": {"title": "हवा की ओट"}},
            credits=[{"person": "Zanele Mthiyane", "role": "actor", "character": "Bex"}],
        )
    )

    for query, field in (("leward", 1), ("ओट", 1), ("zanelle", 2), ("bex harbor", 3)):
        (result,) = (await searched(catalog, query)).results
        assert ("Leeward", [field]) == (result.title.title, list(result.matched_fields))
    (result,) = (await searched(catalog, "leeward", display_language_code="hi")).results
    assert "हवा की ओट" == result.title.title


async def test_a_changed_title_is_found_by_its_new_name_alone(catalog):
    row = builders.a_row(title="Leeward")
    await catalog.take(row)
    await catalog.take({**row, "title": "Windward"})

    assert 0 == len((await searched(catalog, "leeward")).results)
    assert 1 == len((await searched(catalog, "windward")).results)


async def test_pages_of_results_go_on_where_the_last_ended(catalog):
    await catalog.take(*(builders.a_row(title=f"Moon {number}") for number in range(7)))
    first = await searched(catalog, "moon", page_size=5)
    second = await searched(catalog, "moon", page_size=5, page_token=first.next_page_token)

    titles = [result.title.title for answer in (first, second) for result in answer.results]
    assert (5, 7) == (len(first.results), len(set(titles)))
    assert "" == second.next_page_token
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await searched(catalog, "mars", page_token=first.next_page_token)
    assert "PAGE_TOKEN_INVALID" == testing.reason_of(caught.value)


async def test_search_says_when_its_index_is_not_there_yet(catalog):
    await catalog.searchable()
    catalog.follower.searchable = False

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await searched(catalog, "anything")

    assert "SEARCH_NOT_READY" == testing.reason_of(caught.value)
