"""Search by words and by meaning."""

import grpc
import pytest
from marquee.catalog.v1 import catalog_pb2, catalog_service_pb2

from services.catalog.tests import builders
from services.catalog.tests.conftest import run_replica
from services.kit import ids, testing


async def search(catalog, query, metadata=builders.VIEWER, **request):
    return await catalog.titles.SearchTitles(
        catalog_service_pb2.SearchTitlesRequest(query=query, **request), metadata=metadata
    )


def names(answer):
    return [result.title.display_name for result in answer.results]


def row_of(title, **changes):
    return builders.a_row(title=title, **changes)


async def test_a_description_finds_what_it_means_though_no_word_stands_there(catalog):
    marsh, film = row_of("Salt Hollow", synopsis="A vet in a village hears it all."), row_of("Tidewrack")
    await catalog.import_rows(marsh, film)
    catalog.recommendation.neighbors = {marsh["title_id"]: 0.55, film["title_id"]: 0.1}
    answer = await search(catalog, "quiet crimes of neighbours")

    (result,) = answer.results
    assert answer.by_meaning
    assert ("Salt Hollow", "Matches by meaning") == (result.title.display_name, result.reason)
    assert [catalog_service_pb2.MATCHED_FIELD_MEANING] == list(result.matched_fields)
    assert result.similarity == pytest.approx(0.55)
    assert ["quiet crimes of neighbours"] == catalog.recommendation.queries


async def test_a_name_stays_first_whatever_is_near(catalog):
    leeward, near = row_of("Leeward"), row_of("Windward", synopsis="A boat.")
    await catalog.import_rows(leeward, near)
    catalog.recommendation.neighbors = {near["title_id"]: 0.9, leeward["title_id"]: 0.4}

    for typed in ("leeward", "leew", "lewward"):
        answer = await search(catalog, typed)
        assert ["Leeward", "Windward"] == names(answer)
        assert ["Matches by name", "Matches by meaning"] == [result.reason for result in answer.results]


async def test_a_person_who_was_meant_is_named(catalog):
    await catalog.import_rows(
        row_of("Leeward", credits=[{"person": "Zanele Mthiyane", "role": "actor"}, {"person": "Bo", "role": "actor"}]),
        row_of("Windward", synopsis="Zanele, a boat."),
    )
    first, second = (await search(catalog, "zanelle")).results

    assert ("Zanele Mthiyane", "With Zanele Mthiyane") == (first.person_display_name, first.reason)
    assert ("", "Matches the description") == (second.person_id, second.reason)


async def test_people_and_genres_that_the_words_name_are_returned_on_the_first_page(catalog):
    ada = [{"person": "Ada Vance", "role": "actor"}]
    await catalog.import_rows(
        *(row_of(f"Moon {number}", genres=["Mystery"], credits=ada) for number in range(3)),
        row_of("Hidden", state="DRAFT", credits=[{"person": "Ada Hidden", "role": "actor"}], genres=["Secret"]),
    )
    first = await search(catalog, "mystery with ada vance", page_size=2)
    second = await search(catalog, "mystery with ada vance", page_size=2, page_token=first.next_page_token)

    person, genre = catalog_service_pb2.SUGGESTION_KIND_PERSON, catalog_service_pb2.SUGGESTION_KIND_GENRE
    reported = [(one.kind, one.display_name, one.title_count) for one in first.related]
    assert [(person, "Ada Vance", 3), (genre, "Mystery", 3)] == reported
    assert [] == list(second.related)
    assert [] == list((await search(catalog, "secret ada hidden")).related)


async def test_without_recommendation_words_alone_find(catalog):
    row = row_of("Leeward")
    await catalog.import_rows(row)
    catalog.recommendation.is_down = True
    for _ in range(5):
        answer = await search(catalog, "leeward")
        assert (["Leeward"], False) == (names(answer), answer.by_meaning)

    assert len(catalog.recommendation.queries) == 3, "who fails again and again is left alone for a while"


async def test_meaning_that_is_late_is_dropped(database_url, redis_url):
    async with run_replica(await database_url("catalog"), redis_url, patience=0.01) as catalog:
        await catalog.import_rows(row_of("Leeward"))
        catalog.recommendation.open.clear()
        answer = await search(catalog, "leeward")

        assert (["Leeward"], False) == (names(answer), answer.by_meaning)


async def test_what_is_hidden_is_not_found_by_meaning_either(catalog):
    rows = [
        row_of("Draft", state="DRAFT"),
        row_of("Adult", maturity="NC-17"),
        row_of("Elsewhere", availability={"territories": ["JP"]}),
        row_of("Over", availability={"windows": [{"until": "2020-01-01T00:00:00Z"}]}),
        row_of("Open"),
    ]
    await catalog.import_rows(*rows)
    catalog.recommendation.neighbors = {row["title_id"]: 0.9 for row in rows} | {ids.new(): 0.9}

    assert ["Open"] == names(await search(catalog, "anything at all", builders.viewer(maturity_ceiling=17)))


async def test_pages_go_through_the_fused_list_once(catalog):
    named = [row_of(f"Moon {number}") for number in range(5)]
    near = [row_of(f"Far {number}") for number in range(6)]
    await catalog.import_rows(*named, *near)
    catalog.recommendation.neighbors = {row["title_id"]: 0.9 - place / 100 for place, row in enumerate(near)}
    pages, token = [], ""
    while not pages or token:
        answer = await search(catalog, "moon", page_size=4, page_token=token)
        # What changes in between does not move what was ranked already.
        catalog.recommendation.neighbors = {}
        pages.append(names(answer))
        token = answer.next_page_token

    assert [4, 4, 3] == [len(page) for page in pages]
    assert len({name for page in pages for name in page}) == 11
    assert {f"Moon {number}" for number in range(5)} == {*pages[0], pages[1][0]}


async def test_a_page_goes_on_at_another_replica(database_url, redis_url):
    url = await database_url("catalog")
    async with run_replica(url, redis_url) as one, run_replica(url, redis_url) as other:
        await one.import_rows(*(row_of(f"Moon {number}") for number in range(7)))
        await other.sync.catch_up()
        await other.wait_until_indexed()
        first = await search(one, "moon", page_size=5)
        second = await search(other, "moon", page_size=5, page_token=first.next_page_token)

        assert len({*names(first), *names(second)}) == 7


async def test_a_token_holds_with_its_filters_only(catalog):
    await catalog.import_rows(*(row_of(f"Moon {number}") for number in range(3)))
    first = await search(catalog, "moon", page_size=1)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await search(catalog, "moon", page_size=1, page_token=first.next_page_token, genre_id="drama")

    assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


FILTERS = [
    ({"language_code": "hi"}, {"language": "hi"}),
    ({"year": 1999}, {"release_date": "1999-05"}),
    ({"genre_id": "mystery"}, {"genres": ["Drama", "Mystery"]}),
    ({"mood_id": "tense"}, {"moods": ["tense"]}),
    ({"theme_id": "found-family"}, {"themes": ["found family"]}),
    ({"type": catalog_pb2.TITLE_TYPE_SPORTS}, {"type": "sports"}),
]


@pytest.mark.parametrize(("asked", "has"), FILTERS, ids=lambda value: next(iter(value)))
async def test_a_filter_holds_for_words_and_for_meaning(catalog, asked, has):
    rows = [row_of("Moon fits", **has), row_of("Moon does not"), row_of("Near fits", **has), row_of("Near does not")]
    await catalog.import_rows(*rows)
    catalog.recommendation.neighbors = {row["title_id"]: 0.8 for row in rows[2:]}

    assert ["Moon fits", "Near fits"] == names(await search(catalog, "moon", **asked))


async def test_only_what_is_included_is_asked_for_in_few_calls(catalog):
    rows = [row_of(f"Moon {number}") for number in range(150)]
    await catalog.import_rows(*rows)
    catalog.entitlement.allowed = {row["title_id"] for row in rows[::10]}
    profile_id = ids.new()
    answer = await search(catalog, "moon", builders.viewer(profile_id=profile_id), included_only=True, page_size=50)

    assert catalog.entitlement.allowed == {result.title.title_id for result in answer.results}
    assert [(profile_id, 100), (profile_id, 50)] == catalog.entitlement.batches


async def test_nothing_is_included_for_strangers(catalog):
    await catalog.import_rows(row_of("Moon"))

    assert [] == list((await search(catalog, "moon", metadata=(), included_only=True)).results)


async def test_what_is_included_cannot_be_told_without_entitlement(catalog):
    await catalog.import_rows(row_of("Moon"))
    catalog.entitlement.is_down = True
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await search(catalog, "moon", included_only=True)

    assert grpc.StatusCode.UNAVAILABLE == raised.value.code()


@pytest.mark.parametrize("query", ["🎬🍿", "🎬", "…", "दूसरा", "x"])
async def test_what_the_model_cannot_read_is_not_put_to_it(catalog, query):
    await catalog.import_rows(row_of("Leeward"))
    answer = await search(catalog, query)

    assert (False, []) == (answer.by_meaning, names(answer))
    assert [] == catalog.recommendation.queries


@pytest.mark.parametrize(
    "query", ["दूसरा चाँद", "दूसरा", "दूसरा moon", "🎬 दूसरा चाँद 🍿", "second चाँद", "dusra second moon"]
)
async def test_hindi_and_mixed_words_find(catalog, query):
    await catalog.import_rows(
        row_of("The Second Moon", localized={"hi": {"title": "दूसरा चाँद"}}), row_of("Leeward", synopsis="A boat.")
    )

    assert "The Second Moon" == names(await search(catalog, query))[0]


@pytest.mark.parametrize("query", ["x" * 201, "moon " * 2000, ""])
async def test_a_query_out_of_bounds_is_refused(catalog, query):
    for call, request in (
        (catalog.titles.SearchTitles, catalog_service_pb2.SearchTitlesRequest(query=query)),
        (catalog.titles.SuggestSearch, catalog_service_pb2.SuggestSearchRequest(query=query)),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call(request, metadata=builders.VIEWER)
        assert "REQUEST_INVALID" == testing.reason_of(raised.value)


async def test_the_longest_query_is_answered(catalog):
    await catalog.import_rows(row_of("Moon"))

    assert ["Moon"] == names(await search(catalog, ("moon " * 40)[:200]))
