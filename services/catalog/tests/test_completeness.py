"""The report of incomplete titles."""

import grpc
import pytest
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_pb2

from services.catalog.domain import completeness
from services.catalog.tests import builders
from services.kit import ids, paging, testing

WHOLE = {
    "synopsis": "A keeper finds a name in the ledger.",
    "tagline": "Somebody wrote it down.",
    "genres": ["Mystery"],
    "moods": ["brooding"],
    "themes": ["the sea"],
    "credits": [{"person": "Anna Vance", "role": "actor"}],
    "artwork": {"palette": ["#102a43"], "motif": "lighthouse"},
}


async def get_report(catalog, metadata=builders.EDITOR, **request):
    return await catalog.admin.GetCompletenessReport(
        catalog_admin_service_pb2.GetCompletenessReportRequest(**request), metadata=metadata
    )


def named(fields):
    return [
        catalog_admin_service_pb2.CompletenessField.Name(field).removeprefix("COMPLETENESS_FIELD_") for field in fields
    ]


def counted(report):
    names = named([found.field for found in report.fields])
    return {name: (found.complete_count, found.title_count) for name, found in zip(names, report.fields, strict=True)}


async def test_an_empty_catalog_lacks_nothing(catalog):
    report = await get_report(catalog)

    assert (0, 0, 1.0, []) == (report.title_count, report.complete_count, report.mean_score, list(report.titles))
    assert {(0, 0)} == set(counted(report).values())


async def test_each_field_is_counted_over_the_titles_that_ought_to_have_it(catalog):
    await catalog.import_rows(
        builders.a_row(**WHOLE),
        builders.a_series(**WHOLE),
        builders.a_row(title="Bare", state="DRAFT"),
        builders.a_row(
            **{
                **WHOLE,
                "tagline": None,
                "artwork": None,
                "images": [{"kind": "poster", "uri": "https://posters.example/1.jpg"}],
            }
        ),
    )

    report = await get_report(catalog)

    assert (4, 2) == (report.title_count, report.complete_count)
    assert counted(report) == {
        "SYNOPSIS": (3, 4),
        "EPISODES": (1, 1),
        "GENRES": (3, 4),
        "PEOPLE": (3, 4),
        "ARTWORK": (3, 4),
        "MOODS": (3, 4),
        "THEMES": (3, 4),
        "TAGLINE": (2, 4),
        "AI_DESCRIPTION": (0, 2),
    }
    assert list(counted(report)) == named(completeness.WEIGHTS)


async def test_the_least_complete_come_first_with_what_they_lack(catalog):
    bare = builders.a_row(title="Bare", state="DRAFT")
    plain = builders.a_row(**{**WHOLE, "title": "Plain", "tagline": None})
    nameless = builders.a_row(**{**WHOLE, "title": "Nameless", "credits": None})
    await catalog.import_rows(builders.a_row(**WHOLE), plain, nameless, bare)

    report = await get_report(catalog)

    assert [bare["title_id"], nameless["title_id"], plain["title_id"]] == [one.title_id for one in report.titles]
    assert ["Bare", "Nameless", "Plain"] == [one.display_name for one in report.titles]
    assert [named(one.missing_fields) for one in report.titles] == [
        ["SYNOPSIS", "GENRES", "PEOPLE", "ARTWORK", "MOODS", "THEMES", "TAGLINE", "AI_DESCRIPTION"],
        ["PEOPLE"],
        ["TAGLINE", "AI_DESCRIPTION"],
    ]
    # A film with a tagline ought to have 12, one without 13.
    assert [0, int(10 / 12 * 10_000), int(11 / 13 * 10_000)] == [round(one.score * 10_000) for one in report.titles]
    assert catalog_pb2.TITLE_STATE_DRAFT == report.titles[0].state
    assert pytest.approx(sum([1, *(one.score for one in report.titles)]) / 4) == report.mean_score


async def test_a_series_needs_episodes_in_every_season(catalog):
    episodes = [{"episode_id": ids.new(), "number": 1, "title": "One"}]
    seasons = [{"number": 1, "episodes": episodes}, {"number": 2, "episodes": []}]
    gap = builders.a_series(**WHOLE, seasons=seasons)
    none = builders.a_series(**{**WHOLE, "title": "None"}, seasons=[])
    await catalog.import_rows(gap, none, builders.a_series(**WHOLE))

    report = await get_report(catalog)

    assert (1, 3) == counted(report)["EPISODES"]
    found = {one.title_id: (named(one.missing_fields), list(one.empty_season_numbers)) for one in report.titles}
    assert {gap["title_id"]: (["EPISODES"], [2]), none["title_id"]: (["EPISODES"], [])} == found


async def test_what_an_editor_writes_for_a_lack_ends_it(catalog):
    row = builders.a_row(**{**WHOLE, "tagline": None, "moods": None})
    await catalog.import_rows(row)
    assert ["MOODS", "TAGLINE", "AI_DESCRIPTION"] == named((await get_report(catalog)).titles[0].missing_fields)

    for field, value in (
        (catalog_admin_service_pb2.ENRICHED_FIELD_MOODS, "wry"),
        (catalog_admin_service_pb2.ENRICHED_FIELD_AI_DESCRIPTION, "A."),
    ):
        request = catalog_admin_service_pb2.ReviewTitleEnrichmentRequest(
            title_id=row["title_id"], field=field, values=[value]
        )
        await catalog.admin.ReviewTitleEnrichment(request, metadata=builders.EDITOR)

    assert ["TAGLINE"] == named((await get_report(catalog)).titles[0].missing_fields)


async def test_one_kind_of_title_can_be_looked_at_alone(catalog):
    await catalog.import_rows(builders.a_row(), builders.a_series(**WHOLE), builders.a_row(type="sports"))

    series = await get_report(catalog, type=catalog_pb2.TITLE_TYPE_SERIES)
    films = await get_report(catalog, type=catalog_pb2.TITLE_TYPE_FILM)

    assert (1, 1, []) == (series.title_count, series.complete_count, list(series.titles))
    assert (1, 1, (0, 0)) == (films.title_count, len(films.titles), counted(films)["EPISODES"])


async def test_pages_tell_every_incomplete_title_once_and_the_same_counts(catalog):
    rows = [builders.a_row(**(WHOLE if number % 3 else {})) for number in range(12)]
    rows += [builders.a_row(**{**WHOLE, name: None}) for name in ("synopsis", "genres", "moods")]
    await catalog.import_rows(*rows)
    whole = await get_report(catalog, page_size=100)

    found, token, counts = [], "", set()
    while True:
        page = await get_report(catalog, page_size=2, page_token=token)
        found += [one.title_id for one in page.titles]
        counts.add((page.title_count, page.complete_count, page.mean_score))
        token = page.next_page_token
        if not token:
            break

    assert found == [one.title_id for one in whole.titles]
    assert (7, 7, 1) == (len(found), len(set(found)), len(counts))


async def test_broken_page_tokens_and_tokens_of_other_kinds_are_refused(catalog):
    await catalog.import_rows(*(builders.a_row() for _ in range(2)))
    token = (await get_report(catalog, page_size=1)).next_page_token
    forged = [paging.token(cursor, of=["completeness", 0]) for cursor in ([2**40, ids.new()], [1, "seven"], [1], [-1])]

    for request in ({"page_token": token, "type": 1}, *({"page_token": one} for one in ("%", *forged))):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await get_report(catalog, **request)
        assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


async def test_viewers_are_not_told_what_the_catalog_lacks(catalog):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await get_report(catalog, metadata=builders.VIEWER)

    assert grpc.StatusCode.PERMISSION_DENIED == raised.value.code()
