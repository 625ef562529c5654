"""Collections, as editors write them and as viewers see them."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from marquee.catalog.v1 import catalog_pb2

from services.catalog.tests import builders
from services.catalog.tests.collection_calls import (
    a_collection,
    at,
    delete,
    get_collection,
    list_collections,
    list_drafts,
    names,
    save,
)
from services.kit import ids, paging, status, testing

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value


async def titles(catalog, *changes):
    rows = [builders.a_row(**change) for change in changes]
    await catalog.import_rows(*rows)
    return [row["title_id"] for row in rows]


async def test_a_collection_holds_its_titles_in_the_order_of_editors(catalog):
    one, two, three = await titles(catalog, {"title": "A"}, {"title": "B"}, {"title": "C"})
    saved = await save(catalog, a_collection(three, one, two, tagline="Bring a lamp."))

    [shown] = (await list_collections(catalog)).collections
    whole = await get_collection(catalog, saved.collection.collection_id.upper())

    assert (
        ["C", "A", "B"]
        == [title.display_name for title in shown.titles]
        == [title.display_name for title in whole.titles]
    )
    assert ("A Night in the Fog", "Bring a lamp.", 3) == (shown.display_name, shown.tagline, shown.title_count)
    assert (0, 3, "") == (len(whole.collection.titles), whole.collection.title_count, whole.next_page_token)
    assert shown.titles[0] == whole.titles[0]


async def test_name_and_tagline_come_in_the_language_of_the_viewer_both_or_neither(catalog):
    (film,) = await titles(catalog, {})
    texts = {"en": ("In the Fog", "Bring a lamp."), "hi": ("कोहरा", ""), "fr": ("Brume", "Une lampe.")}
    collection_id = (await save(catalog, a_collection(film, texts=texts))).collection.collection_id

    reported = {}
    for language in ("hi", "hi-IN", "fr", "ja"):
        collection = (await get_collection(catalog, collection_id, display_language_code=language)).collection
        reported[language] = (collection.display_name, collection.tagline)

    assert {"hi": texts["hi"], "hi-IN": texts["hi"], "fr": texts["fr"], "ja": texts["en"]} == reported
    assert ["कोहरा"] == await names(catalog, metadata=builders.viewer(language_code="hi"))


async def test_what_is_put_forward_stands_first_then_by_position(catalog):
    (film,) = await titles(catalog, {})
    for name, changes in {
        "C": {"position": 2},
        "B": {"position": 1},
        "A": {"position": 3, "featured": True},
    }.items():
        await save(catalog, a_collection(film, name=name, **changes))

    assert ["A", "B", "C"] == await names(catalog)
    assert ["A", "B", "C"] == [one.texts["en"].display_name for one in (await list_drafts(catalog)).collections]


async def test_only_what_is_open_and_not_empty_to_the_viewer_is_shown(catalog):
    film, adult, draft = await titles(catalog, {"maturity": "PG"}, {"maturity": "R"}, {"state": "DRAFT"})
    now = catalog.clock.now()
    shown = a_collection(draft, adult, film, name="Shown")
    await save(catalog, shown)
    await save(catalog, a_collection(adult, name="For adults"))
    for name, title_ids, window in (
        ("Unready", [draft], (None, None)),
        ("Empty", [], (None, None)),
        ("Over", [film], (None, now)),
        ("To come", [film], (now + HOUR, None)),
    ):
        await save(catalog, a_collection(*title_ids, name=name, window=window))
    child = builders.viewer(maturity_ceiling=8)

    assert ["Shown"] == await names(catalog, metadata=child)
    assert [film] == [
        title.title_id for title in (await list_collections(catalog, metadata=child)).collections[0].titles
    ]
    assert {"Shown", "For adults"} == set(await names(catalog))
    assert 6 == len((await list_drafts(catalog)).collections)
    for one in (await list_drafts(catalog)).collections:
        if one.texts["en"].display_name != "Shown":
            failed = await refused(get_collection(catalog, one.collection_id, metadata=child))
            assert "COLLECTION_NOT_FOUND" == testing.reason_of(failed)
            assert {"collection_id": one.collection_id} == status.raised_by(failed, "catalog").metadata


async def test_a_window_opens_and_closes_by_itself_also_behind_kept_answers(catalog):
    (film,) = await titles(catalog, {})
    now = catalog.clock.now()
    await save(catalog, a_collection(film, window=(now + MINUTE, now + 2 * MINUTE)))

    assert [] == await names(catalog)
    catalog.clock.advance(MINUTE)
    assert ["A Night in the Fog"] == await names(catalog)
    assert at(now + 2 * MINUTE) == (await list_collections(catalog)).collections[0].end_time
    catalog.clock.advance(MINUTE)
    assert [] == await names(catalog)


async def test_a_title_that_comes_or_goes_is_seen_at_once(catalog):
    row = builders.a_row(state="DRAFT")
    await catalog.import_rows(row)
    await save(catalog, a_collection(row["title_id"]))
    assert [] == await names(catalog)

    await catalog.import_rows({**row, "state": "PUBLISHED"})
    assert ["A Night in the Fog"] == await names(catalog)
    await catalog.import_rows({**row, "state": "ARCHIVED"})
    assert [] == await names(catalog)


async def test_collections_and_their_titles_are_paged_and_bounded(catalog):
    films = await titles(catalog, *({"title": f"Film {number:02}"} for number in range(25)))
    drafts = [a_collection(*films, name=f"{number}", position=number) for number in range(5)]
    for draft in drafts:
        await save(catalog, draft)

    first = await list_collections(catalog, page_size=2)
    second = await list_collections(catalog, page_size=2, page_token=first.next_page_token, title_limit=3)
    third = await list_collections(catalog, page_size=2, page_token=second.next_page_token, title_limit=1000)
    assert [["0", "1"], ["2", "3"], ["4"]] == [
        [one.display_name for one in page.collections] for page in (first, second, third)
    ]
    assert [12, 3, 20] == [len(page.collections[0].titles) for page in (first, second, third)]
    assert ({25}, "") == ({one.title_count for one in first.collections}, third.next_page_token)

    reported, token = [], ""
    while True:
        page = await get_collection(catalog, drafts[0].collection_id, page_size=10, page_token=token)
        reported += [title.title_id for title in page.titles]
        token = page.next_page_token
        if not token:
            break
    assert films == reported

    half = await list_drafts(catalog, page_size=3)
    rest = await list_drafts(catalog, page_size=3, page_token=half.next_page_token)
    assert ["0", "1", "2", "3", "4"] == [
        one.texts["en"].display_name for page in (half, rest) for one in page.collections
    ]


async def test_a_page_token_ends_with_a_change_and_holds_for_one_list_alone(catalog):
    films = await titles(catalog, {}, {})
    draft = a_collection(*films)
    await save(catalog, draft)
    await save(catalog, a_collection(*films))
    token = (await get_collection(catalog, draft.collection_id, page_size=1)).next_page_token
    of_list = (await list_collections(catalog, page_size=1)).next_page_token
    cursors = ([0, 2**40, ids.new()], [0, 0, "seven"], [0], [-1, 0, ids.new()])
    forged = [paging.token(cursor, of=["collections", "open"]) for cursor in cursors]
    await save(catalog, a_collection(*films[::-1], collection_id=draft.collection_id))

    calls = [get_collection(catalog, draft.collection_id, page_token=token), list_drafts(catalog, page_token=of_list)]
    for call in [*calls, *(list_collections(catalog, page_token=one) for one in ("%", token, *forged))]:
        assert "PAGE_TOKEN_INVALID" == testing.reason_of(await refused(call))


async def test_saving_the_same_again_writes_nothing(catalog):
    films = await titles(catalog, {}, {})
    now = catalog.clock.now()
    draft = a_collection(*films, tagline=" Bring  a lamp. ", window=(now, now + HOUR), position=7, featured=True)
    first = await save(catalog, draft)
    catalog.clock.advance(HOUR)

    again = await save(catalog, draft)

    assert (True, False) == (first.changed, again.changed)
    assert first.collection == again.collection == (await list_drafts(catalog)).collections[0]
    assert "Bring a lamp." == first.collection.texts["en"].tagline
    assert at(now) == first.collection.update_time
    kept = (draft.title_ids, draft.window, draft.position, draft.featured)
    assert kept == tuple(getattr(first.collection, name) for name in ("title_ids", "window", "position", "featured"))


async def test_who_read_an_older_etag_is_reported_to_read_again(catalog):
    (film,) = await titles(catalog, {})
    draft = a_collection(film)
    first = (await save(catalog, draft)).collection
    draft.etag, draft.position = first.etag, 1
    second = (await save(catalog, draft)).collection
    draft.position = 2

    for call in (save(catalog, draft), delete(catalog, draft.collection_id, first.etag)):
        failed = await refused(call)
        assert (grpc.StatusCode.ABORTED, "ETAG_MISMATCH") == (failed.code(), testing.reason_of(failed))
        assert {"resource": draft.collection_id} == status.raised_by(failed, "catalog").metadata
    stranger = a_collection(film, etag="7")
    assert "ETAG_MISMATCH" == testing.reason_of(await refused(save(catalog, stranger)))

    draft.etag = second.etag
    third = (await save(catalog, draft)).collection
    draft.etag, draft.position = "", 3
    assert third.etag != (await save(catalog, draft)).collection.etag


async def test_two_editors_at_once_do_not_undo_each_other_unseen(catalog):
    (film,) = await titles(catalog, {})
    draft = a_collection(film)
    etag = (await save(catalog, draft)).collection.etag
    changes = [
        a_collection(film, collection_id=draft.collection_id, etag=etag, position=number) for number in range(1, 6)
    ]

    outcomes = await asyncio.gather(*(save(catalog, change) for change in changes), return_exceptions=True)

    failed = [outcome for outcome in outcomes if isinstance(outcome, grpc.aio.AioRpcError)]
    assert ["ETAG_MISMATCH"] * 4 == [testing.reason_of(one) for one in failed]


async def test_editors_list_collections_in_full_or_in_short(catalog):
    (film,) = await titles(catalog, {"state": "DRAFT"})
    saved = (await save(catalog, a_collection(film, tagline="Bring a lamp."))).collection

    (full,) = (await list_drafts(catalog)).collections
    (basic,) = (await list_drafts(catalog, view=catalog_pb2.COLLECTION_VIEW_BASIC)).collections

    assert saved == full
    assert ("A Night in the Fog", 1, [film]) == (full.display_name, full.title_count, list(full.title_ids))
    assert (
        catalog_pb2.Collection(
            collection_id=saved.collection_id,
            display_name="A Night in the Fog",
            tagline="Bring a lamp.",
            title_count=1,
        )
        == basic
    )


async def test_unknown_titles_are_named(catalog):
    (film,) = await titles(catalog, {})
    unknown = [ids.new() for _ in range(25)]

    failed = await refused(save(catalog, a_collection(unknown[0], film, *unknown[1:])))

    reported = (failed.code(), testing.reason_of(failed))
    assert (grpc.StatusCode.INVALID_ARGUMENT, "COLLECTION_TITLES_UNKNOWN") == reported
    assert {"title_ids": ",".join(unknown[:20])} == status.raised_by(failed, "catalog").metadata
    assert [] == list((await list_drafts(catalog)).collections)


@pytest.mark.parametrize(
    "draft",
    [
        {"texts": {}},
        {"name": ""},
        {"name": " \t "},
        {"name": "\0"},
        {"name": "x" * 81},
        {"tagline": "x" * 201},
        {"texts": {"not a language": ("Name", "")}},
        {"position": -1},
        {"position": 10_001},
        {"collection_id": "seven"},
        {"window": (testing.NOW, testing.NOW)},
        {"window": (testing.NOW + HOUR, testing.NOW)},
        {"title_ids": ["seven"]},
        {"title_ids": [ids.new()] * 2},
        {"title_ids": [ids.new() for _ in range(201)]},
    ],
    ids=" ".join,  # by its fields, for the ids in them are others in each process
)
async def test_what_no_collection_can_be_is_refused(catalog, draft):
    assert "REQUEST_INVALID" == testing.reason_of(await refused(save(catalog, a_collection(**draft))))


async def test_a_time_that_no_calendar_has_is_refused(catalog):
    draft = a_collection()
    draft.window.end_time.seconds = 10**15

    assert "REQUEST_INVALID" == testing.reason_of(await refused(save(catalog, draft)))


async def test_what_is_deleted_is_gone_and_can_be_written_anew(catalog):
    (film,) = await titles(catalog, {})
    draft = a_collection(film)
    await save(catalog, draft)
    assert ["A Night in the Fog"] == await names(catalog)

    await delete(catalog, draft.collection_id)

    assert [] == await names(catalog) == list((await list_drafts(catalog)).collections)
    for call in (
        delete(catalog, draft.collection_id),
        get_collection(catalog, draft.collection_id),
        get_collection(catalog, ids.new()),
    ):
        assert "COLLECTION_NOT_FOUND" == testing.reason_of(await refused(call))
    assert (await save(catalog, draft)).changed
    assert ["A Night in the Fog"] == await names(catalog)


async def test_viewers_and_strangers_see_collections_but_do_not_write_them(catalog):
    (film,) = await titles(catalog, {"maturity": "PG"})
    await save(catalog, a_collection(film))

    assert ["A Night in the Fog"] == await names(catalog, metadata=())
    failed = await refused(save(catalog, a_collection(film), metadata=builders.VIEWER))
    assert grpc.StatusCode.PERMISSION_DENIED == failed.code()
