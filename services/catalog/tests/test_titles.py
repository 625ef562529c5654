"""Title pages and lists, as viewers see them."""

import asyncio
import random
from datetime import timedelta

import grpc
import pytest
import sqlalchemy
from marquee.catalog.v1 import catalog_pb2, catalog_service_pb2
from marquee.event.v1 import event_internal_pb2

from services.catalog import tables
from services.catalog.domain import title_lists
from services.catalog.tests import builders
from services.kit import event_streams, ids, paging, testing


async def list_titles(catalog, metadata=builders.VIEWER, **request):
    answer = await catalog.titles.ListTitles(catalog_service_pb2.ListTitlesRequest(**request), metadata=metadata)
    return [title.display_name for title in answer.titles]


async def get_title(catalog, title_id, metadata=builders.VIEWER):
    try:
        answer = await catalog.titles.GetTitle(
            catalog_service_pb2.GetTitleRequest(title_id=title_id), metadata=metadata
        )
    except grpc.aio.AioRpcError as failed:
        return testing.reason_of(failed)
    return answer.title.display_name


async def test_an_unknown_title_is_not_found(catalog):
    assert "TITLE_NOT_FOUND" == await get_title(catalog, ids.new())
    assert "REQUEST_INVALID" == await get_title(catalog, "seven")


async def test_an_id_in_capitals_is_the_same_id(catalog):
    row = builders.a_row()
    await catalog.import_rows(row)

    assert row["title"] == await get_title(catalog, row["title_id"].upper())


async def test_strangers_see_what_is_worldwide_and_up_to_pg_13(catalog):
    await catalog.import_rows(
        builders.a_row(title="A", maturity="PG-13"),
        builders.a_row(title="B", maturity="R"),
        builders.a_row(title="C", maturity="G", availability={"territories": ["US"]}),
    )

    assert ["A"] == await list_titles(catalog, metadata=())
    assert ["A", "B", "C"] == await list_titles(catalog, order=catalog_service_pb2.TITLE_ORDER_DISPLAY_NAME)


async def test_a_change_is_seen_at_once_also_behind_kept_answers(catalog):
    row = builders.a_row(title="Before")
    await catalog.import_rows(row)
    assert ("Before", ["Before"]) == (await get_title(catalog, row["title_id"]), await list_titles(catalog))

    await catalog.import_rows({**row, "title": "After"})
    assert ("After", ["After"]) == (await get_title(catalog, row["title_id"]), await list_titles(catalog))

    await catalog.import_rows({**row, "state": "ARCHIVED"})
    assert ("TITLE_NOT_FOUND", []) == (await get_title(catalog, row["title_id"]), await list_titles(catalog))


async def test_a_window_opens_and_closes_by_the_clock_alone(catalog):
    start, end = testing.NOW + timedelta(minutes=1), testing.NOW + timedelta(minutes=3)
    row = builders.a_row(
        title="Soon", availability={"windows": [{"from": start.isoformat(), "until": end.isoformat()}]}
    )
    await catalog.import_rows(row, builders.a_row(title="Always"))
    seen = []
    for _ in range(4):
        seen.append((await get_title(catalog, row["title_id"]), "Soon" in await list_titles(catalog)))
        catalog.clock.advance(timedelta(minutes=1))

    hidden, shown = ("TITLE_NOT_FOUND", False), ("Soon", True)
    assert [hidden, shown, shown, hidden] == seen


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, ["Cup", "Alpha", "Beta"]),
        ({"order": catalog_service_pb2.TITLE_ORDER_DISPLAY_NAME}, ["Alpha", "Beta", "Cup"]),
        ({"type": catalog_pb2.TITLE_TYPE_SPORTS}, ["Cup"]),
        ({"genre_id": "drama"}, ["Alpha", "Beta"]),
        ({"genre_id": "drama", "mood_id": "tense"}, ["Beta"]),
        ({"genre_id": "Drama"}, []),
        ({"theme_id": "found-family"}, ["Alpha"]),
        ({"language_code": "fr"}, ["Beta"]),
        ({"year": 1990}, ["Alpha"]),
        ({"featured_only": True}, ["Cup"]),
    ],
)
async def test_filters_must_all_hold(catalog, request_, expected):
    await catalog.import_rows(
        builders.a_row(title="Alpha", release_date="1990-12", genres=["Drama"], themes=["found family"]),
        builders.a_row(title="Beta", release_date="1970", genres=["War", "Drama"], moods=["tense"], language="fr"),
        builders.a_row(title="The Cup", type="sports", release_date="2020", featured=True),
    )

    assert expected == [title.removeprefix("The ") for title in await list_titles(catalog, **request_)]


async def test_names_are_put_in_order_without_article_case_and_accent(catalog):
    await catalog.import_rows(
        *(builders.a_row(title=title) for title in ("The Zebra", "élan", "Eland", "A Fox", "apple"))
    )

    assert ["apple", "élan", "Eland", "A Fox", "The Zebra"] == await list_titles(
        catalog, order=catalog_service_pb2.TITLE_ORDER_DISPLAY_NAME
    )


@pytest.mark.parametrize(
    "order", [catalog_service_pb2.TITLE_ORDER_NEWEST, catalog_service_pb2.TITLE_ORDER_DISPLAY_NAME]
)
async def test_pages_hold_every_title_once_while_others_come_and_change(catalog, order):
    chance = random.Random(order)
    rows = [
        builders.a_row(
            title=chance.choice("ABCDE"),
            release_date=str(1990 + chance.randrange(4)),
            maturity=chance.choice(["PG", "NC-17"]),
        )
        for _ in range(60)
    ]
    await catalog.import_rows(*rows)
    viewer = builders.viewer(maturity_ceiling=13)
    expected = {row["title_id"] for row in rows if row["maturity"] == "PG"}

    seen, token = [], ""
    while True:
        request = catalog_service_pb2.ListTitlesRequest(order=order, page_size=7, page_token=token)
        page = await catalog.titles.ListTitles(request, metadata=viewer)
        seen += page.titles
        token = page.next_page_token
        if not token:
            break
        await catalog.import_rows(builders.a_row(title=chance.choice("ABCDE"), maturity="PG"))

    ours = [title for title in seen if title.title_id in expected]
    assert len(expected) == len(ours)
    assert expected == {title.title_id for title in ours}
    assert len(seen) == len({title.title_id for title in seen})
    by_name = order == catalog_service_pb2.TITLE_ORDER_DISPLAY_NAME
    keys = [
        (title.display_name, title.title_id) if by_name else (title.release_date.year, title.title_id) for title in seen
    ]
    assert keys == sorted(keys, reverse=not by_name)


async def test_the_total_is_reported_on_every_page_and_large_pages_are_cut(catalog):
    await catalog.import_rows(*(builders.a_row() for _ in range(120)))
    request = catalog_service_pb2.ListTitlesRequest(page_size=5000)
    first = await catalog.titles.ListTitles(request, metadata=builders.VIEWER)
    request.page_token = first.next_page_token
    second = await catalog.titles.ListTitles(request, metadata=builders.VIEWER)

    assert (100, 20) == (len(first.titles), len(second.titles))
    assert (120, 120) == (first.total_size, second.total_size)
    assert "" == second.next_page_token


async def test_a_page_token_holds_only_with_its_own_list(catalog):
    await catalog.import_rows(builders.a_row(), builders.a_row())
    page = await catalog.titles.ListTitles(catalog_service_pb2.ListTitlesRequest(page_size=1), metadata=builders.VIEWER)

    newest = title_lists.Filters().fingerprint()
    forged = [
        paging.token(cursor, of=newest)
        for cursor in (["2020", ids.new()], [2**40, ids.new()], [2020, "seven"], [2020], [2020, 7], [-1, ids.new()])
    ]
    broken = [{"page_token": token} for token in ("bm9uc2Vuc2U", "%", *forged)]
    for changes in ({"genre_id": "drama"}, {"order": catalog_service_pb2.TITLE_ORDER_DISPLAY_NAME}, *broken):
        request = catalog_service_pb2.ListTitlesRequest(**{"page_token": page.next_page_token, **changes})
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await catalog.titles.ListTitles(request, metadata=builders.VIEWER)
        assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


async def test_several_titles_come_in_the_order_that_was_asked_for(catalog):
    rows = [builders.a_row(title=name) for name in "ABC"] + [builders.a_row(title="Hidden", state="DRAFT")]
    await catalog.import_rows(*rows)
    wanted = [rows[index]["title_id"] for index in (2, 3, 0)]
    request = catalog_service_pb2.BatchGetTitlesRequest(title_ids=[wanted[0], ids.new(), *wanted[1:], wanted[0]])

    for _ in range(2):
        answer = await catalog.titles.BatchGetTitles(request, metadata=builders.VIEWER)
        assert ["C", "A", "C"] == [title.display_name for title in answer.titles]


async def test_lists_leave_credits_and_seasons_out_but_count_the_seasons(catalog):
    await catalog.import_rows(builders.a_series(credits=[{"person": "Anna", "role": "actor"}]))

    answer = await catalog.titles.ListTitles(catalog_service_pb2.ListTitlesRequest(), metadata=builders.VIEWER)

    (title,) = answer.titles
    assert (0, 0, 1) == (len(title.credits), len(title.seasons), title.season_count)


async def test_filters_count_what_the_viewer_may_see(catalog):
    await catalog.import_rows(
        builders.a_row(genres=["Drama", "War"], moods=["tense"], themes=["loss"], release_date="1990"),
        builders.a_row(genres=["Drama"], language="fr"),
        builders.a_row(genres=["Horror"], maturity="R"),
    )
    answer = await catalog.titles.GetFilters(
        catalog_service_pb2.GetFiltersRequest(), metadata=builders.viewer(maturity_ceiling=13)
    )

    def reported(values):
        return [(value.value, value.title_count) for value in values]

    assert [("drama", 2), ("war", 1)] == reported(answer.genres)
    assert ([("tense", 1)], [("loss", 1)]) == (reported(answer.moods), reported(answer.themes))
    assert [("en", 1), ("fr", 1)] == reported(answer.language_codes)
    assert [("2019", 1), ("1990", 1)] == reported(answer.years)


async def rank(catalog, *rows):
    """Has recommendation publish a ranking by popularity, and waits until it is stored."""
    title_ids = [row["title_id"] for row in rows]
    event = event_internal_pb2.Event(
        event_id=ids.new(), popularity_ranked=event_internal_pb2.PopularityRanked(title_ids=title_ids)
    )
    event.occur_time.FromDatetime(catalog.clock.now())
    await catalog.redis.xadd(event_streams.name_of("recommendation"), {b"event": event.SerializeToString()})
    while await stored_ranking(catalog) != title_ids:
        await asyncio.sleep(0.01)


async def stored_ranking(catalog):
    async with catalog.database.reading() as session:
        return (await session.execute(sqlalchemy.select(tables.rankings.c.title_ids))).scalar_one_or_none()


async def test_the_most_watched_come_first_then_the_newest(catalog):
    rows = {name: builders.a_row(title=name, release_date=str(1990 + place)) for place, name in enumerate("ABCDE")}
    await catalog.import_rows(*rows.values())
    await rank(catalog, rows["B"], rows["D"])
    popularity = catalog_service_pb2.TITLE_ORDER_POPULARITY

    assert ["B", "D", "E", "C", "A"] == await list_titles(catalog, order=popularity)
    first = await catalog.titles.ListTitles(
        catalog_service_pb2.ListTitlesRequest(order=popularity, page_size=3), metadata=builders.VIEWER
    )
    rest = await list_titles(catalog, order=popularity, page_size=3, page_token=first.next_page_token)
    assert ["C", "A"] == rest


async def test_a_new_ranking_is_seen_after_a_minute_at_the_latest(catalog):
    rows = {name: builders.a_row(title=name) for name in "AB"}
    await catalog.import_rows(*rows.values())
    popularity = catalog_service_pb2.TITLE_ORDER_POPULARITY
    await rank(catalog, rows["A"], rows["B"])
    assert ["A", "B"] == await list_titles(catalog, order=popularity)

    await rank(catalog, rows["B"], rows["A"])
    catalog.clock.advance(timedelta(minutes=1))

    assert ["B", "A"] == await list_titles(catalog, order=popularity)


async def test_without_a_ranking_the_newest_come_first(catalog):
    await catalog.import_rows(
        *(builders.a_row(title=name, release_date=str(1990 + place)) for place, name in enumerate("AB"))
    )

    assert ["B", "A"] == await list_titles(catalog, order=catalog_service_pb2.TITLE_ORDER_POPULARITY)


async def test_genres_and_moods_are_named_in_the_language_of_the_viewer(catalog):
    row = builders.a_row(genres=["Science Fiction", "Bhangra"], moods=["tense"])
    await catalog.import_rows(row)
    named = {}
    for language in ("en", "hi", "de-AT", "ja"):
        request = catalog_service_pb2.GetTitleRequest(title_id=row["title_id"], display_language_code=language)
        title = (await catalog.titles.GetTitle(request, metadata=builders.VIEWER)).title
        named[language] = [genre.display_name for genre in title.genres] + [mood.display_name for mood in title.moods]
    filters = await catalog.titles.GetFilters(
        catalog_service_pb2.GetFiltersRequest(display_language_code="de"), metadata=builders.VIEWER
    )

    assert named == {
        "en": ["Science Fiction", "Bhangra", "tense"],
        "hi": ["साइंस फ़िक्शन", "Bhangra", "तनावपूर्ण"],
        "de-AT": ["Science-Fiction", "Bhangra", "spannungsgeladen"],
        "ja": ["Science Fiction", "Bhangra", "tense"],
    }
    assert {("science-fiction", "Science-Fiction"), ("bhangra", "Bhangra")} == {
        (value.value, value.display_name) for value in filters.genres
    }


async def test_another_replica_follows_by_events(catalog, redis_url):
    from services.catalog.tests.conftest import run_replica

    row = builders.a_row(title="Before")
    async with run_replica(catalog.database_url, redis_url) as other:
        await catalog.import_rows(row)
        while await get_title(other, row["title_id"]) != "Before":
            await asyncio.sleep(0.01)
        await catalog.import_rows({**row, "state": "DRAFT"})
        while await get_title(other, row["title_id"]) != "TITLE_NOT_FOUND":
            await asyncio.sleep(0.01)

        assert [] == await list_titles(other)
