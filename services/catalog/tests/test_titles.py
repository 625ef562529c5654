"""Title pages and lists, as viewers see them."""

import asyncio
import random
from datetime import timedelta

import grpc
import pytest
from marquee.catalog.v1 import catalog_pb2

from services.catalog.domain import listing
from services.catalog.tests import builders
from services.kit import ids, paging, testing


async def listed(catalog, metadata=builders.VIEWER, **request):
    answer = await catalog.titles.ListTitles(catalog_pb2.ListTitlesRequest(**request), metadata=metadata)
    return [title.title for title in answer.titles]


async def gets(catalog, title_id, metadata=builders.VIEWER):
    try:
        answer = await catalog.titles.GetTitle(catalog_pb2.GetTitleRequest(title_id=title_id), metadata=metadata)
    except grpc.aio.AioRpcError as failed:
        return testing.reason_of(failed)
    return answer.title.title


async def test_an_unknown_title_is_not_found(catalog):
    assert "TITLE_NOT_FOUND" == await gets(catalog, ids.new())
    assert "REQUEST_INVALID" == await gets(catalog, "seven")


async def test_an_id_in_capitals_is_the_same_id(catalog):
    row = builders.a_row()
    await catalog.take(row)

    assert row["title"] == await gets(catalog, row["title_id"].upper())


async def test_strangers_see_what_is_worldwide_and_up_to_pg_13(catalog):
    await catalog.take(
        builders.a_row(title="A", maturity="PG_13"),
        builders.a_row(title="B", maturity="R"),
        builders.a_row(title="C", maturity="G", availability={"territories": ["US"]}),
    )

    assert ["A"] == await listed(catalog, metadata=())
    assert ["A", "B", "C"] == await listed(catalog, order=catalog_pb2.TITLE_ORDER_TITLE)


async def test_a_change_is_seen_at_once_also_behind_kept_answers(catalog):
    row = builders.a_row(title="Before")
    await catalog.take(row)
    assert ("Before", ["Before"]) == (await gets(catalog, row["title_id"]), await listed(catalog))

    await catalog.take({**row, "title": "After"})
    assert ("After", ["After"]) == (await gets(catalog, row["title_id"]), await listed(catalog))

    await catalog.take({**row, "state": "ARCHIVED"})
    assert ("TITLE_NOT_FOUND", []) == (await gets(catalog, row["title_id"]), await listed(catalog))


async def test_a_window_opens_and_closes_by_the_clock_alone(catalog):
    start, end = testing.NOW + timedelta(minutes=1), testing.NOW + timedelta(minutes=3)
    row = builders.a_row(
        title="Soon", availability={"windows": [{"from": start.isoformat(), "until": end.isoformat()}]}
    )
    await catalog.take(row, builders.a_row(title="Always"))
    seen = []
    for _ in range(4):
        seen.append((await gets(catalog, row["title_id"]), "Soon" in await listed(catalog)))
        catalog.clock.advance(timedelta(minutes=1))

    hidden, shown = ("TITLE_NOT_FOUND", False), ("Soon", True)
    assert [hidden, shown, shown, hidden] == seen


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, ["Cup", "Alpha", "Beta"]),
        ({"order": catalog_pb2.TITLE_ORDER_TITLE}, ["Alpha", "Beta", "Cup"]),
        ({"type": catalog_pb2.TITLE_TYPE_SPORTS}, ["Cup"]),
        ({"genre": "Drama"}, ["Alpha", "Beta"]),
        ({"genre": "Drama", "mood": "tense"}, ["Beta"]),
        ({"genre": "drama"}, []),
        ({"theme": "found family"}, ["Alpha"]),
        ({"language_code": "fr"}, ["Beta"]),
        ({"year": 1990}, ["Alpha"]),
        ({"featured_only": True}, ["Cup"]),
    ],
)
async def test_filters_must_all_hold(catalog, request_, expected):
    await catalog.take(
        builders.a_row(title="Alpha", release_date="1990-12", genres=["Drama"], themes=["found family"]),
        builders.a_row(title="Beta", release_date="1970", genres=["War", "Drama"], moods=["tense"], language="fr"),
        builders.a_row(title="The Cup", type="sports", release_date="2020", featured=True),
    )

    assert expected == [title.removeprefix("The ") for title in await listed(catalog, **request_)]


async def test_names_are_put_in_order_without_article_case_and_accent(catalog):
    await catalog.take(*(builders.a_row(title=title) for title in ("The Zebra", "élan", "Eland", "A Fox", "apple")))

    assert ["apple", "élan", "Eland", "A Fox", "The Zebra"] == await listed(
        catalog, order=catalog_pb2.TITLE_ORDER_TITLE
    )


@pytest.mark.parametrize("order", [catalog_pb2.TITLE_ORDER_NEWEST, catalog_pb2.TITLE_ORDER_TITLE])
async def test_pages_hold_every_title_once_while_others_come_and_change(catalog, order):
    chance = random.Random(order)
    rows = [
        builders.a_row(
            title=chance.choice("ABCDE"),
            release_date=str(1990 + chance.randrange(4)),
            maturity=chance.choice(["PG", "NC_17"]),
        )
        for _ in range(60)
    ]
    await catalog.take(*rows)
    viewer = builders.viewer(maturity_ceiling=3)
    expected = {row["title_id"] for row in rows if row["maturity"] == "PG"}

    seen, token = [], ""
    while True:
        request = catalog_pb2.ListTitlesRequest(order=order, page_size=7, page_token=token)
        page = await catalog.titles.ListTitles(request, metadata=viewer)
        seen += page.titles
        token = page.next_page_token
        if not token:
            break
        await catalog.take(builders.a_row(title=chance.choice("ABCDE"), maturity="PG"))

    ours = [title for title in seen if title.title_id in expected]
    assert len(expected) == len(ours)
    assert expected == {title.title_id for title in ours}
    assert len(seen) == len({title.title_id for title in seen})
    by_name = order == catalog_pb2.TITLE_ORDER_TITLE
    keys = [(title.title, title.title_id) if by_name else (title.release_date.year, title.title_id) for title in seen]
    assert keys == sorted(keys, reverse=not by_name)


async def test_the_total_is_told_on_every_page_and_large_pages_are_cut(catalog):
    await catalog.take(*(builders.a_row() for _ in range(120)))
    request = catalog_pb2.ListTitlesRequest(page_size=5000)
    first = await catalog.titles.ListTitles(request, metadata=builders.VIEWER)
    request.page_token = first.next_page_token
    second = await catalog.titles.ListTitles(request, metadata=builders.VIEWER)

    assert (100, 20) == (len(first.titles), len(second.titles))
    assert (120, 120) == (first.total_size, second.total_size)
    assert "" == second.next_page_token


async def test_a_page_token_holds_only_with_its_own_list(catalog):
    await catalog.take(builders.a_row(), builders.a_row())
    page = await catalog.titles.ListTitles(catalog_pb2.ListTitlesRequest(page_size=1), metadata=builders.VIEWER)

    newest = listing.Filters().fingerprint()
    forged = [
        paging.token(cursor, of=newest)
        for cursor in (["2020", ids.new()], [2**40, ids.new()], [2020, "seven"], [2020], [2020, 7])
    ]
    broken = [{"page_token": token} for token in ("bm9uc2Vuc2U", "%", *forged)]
    for changes in ({"genre": "Drama"}, {"order": catalog_pb2.TITLE_ORDER_TITLE}, *broken):
        request = catalog_pb2.ListTitlesRequest(**{"page_token": page.next_page_token, **changes})
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await catalog.titles.ListTitles(request, metadata=builders.VIEWER)
        assert "PAGE_TOKEN_INVALID" == testing.reason_of(caught.value)


async def test_several_titles_come_in_the_order_that_was_asked_for(catalog):
    rows = [builders.a_row(title=name) for name in "ABC"] + [builders.a_row(title="Hidden", state="DRAFT")]
    await catalog.take(*rows)
    wanted = [rows[index]["title_id"] for index in (2, 3, 0)]
    request = catalog_pb2.BatchGetTitlesRequest(title_ids=[wanted[0], ids.new(), *wanted[1:], wanted[0]])

    for _ in range(2):
        answer = await catalog.titles.BatchGetTitles(request, metadata=builders.VIEWER)
        assert ["C", "A", "C"] == [title.title for title in answer.titles]


async def test_lists_leave_credits_and_seasons_out_but_count_the_seasons(catalog):
    await catalog.take(builders.a_series(credits=[{"person": "Anna", "role": "actor"}]))

    answer = await catalog.titles.ListTitles(catalog_pb2.ListTitlesRequest(), metadata=builders.VIEWER)

    (title,) = answer.titles
    assert (0, 0, 1) == (len(title.credits), len(title.seasons), title.season_count)


async def test_filters_count_what_the_viewer_may_see(catalog):
    await catalog.take(
        builders.a_row(genres=["Drama", "War"], moods=["tense"], themes=["loss"], release_date="1990"),
        builders.a_row(genres=["Drama"], language="fr"),
        builders.a_row(genres=["Horror"], maturity="R"),
    )
    answer = await catalog.titles.GetFilters(
        catalog_pb2.GetFiltersRequest(), metadata=builders.viewer(maturity_ceiling=3)
    )

    def told(values):
        return [(value.value, value.title_count) for value in values]

    assert [("Drama", 2), ("War", 1)] == told(answer.genres)
    assert ([("tense", 1)], [("loss", 1)]) == (told(answer.moods), told(answer.themes))
    assert [("en", 1), ("fr", 1)] == told(answer.language_codes)
    assert [("2019", 1), ("1990", 1)] == told(answer.years)


async def test_another_replica_follows_by_events(catalog, redis_url):
    from services.catalog.tests.conftest import a_replica

    row = builders.a_row(title="Before")
    async with a_replica(catalog.database_url, redis_url) as other:
        await catalog.take(row)
        while await gets(other, row["title_id"]) != "Before":
            await asyncio.sleep(0.01)
        await catalog.take({**row, "state": "DRAFT"})
        while await gets(other, row["title_id"]) != "TITLE_NOT_FOUND":
            await asyncio.sleep(0.01)

        assert [] == await listed(other)
