"""Imports: what is written, the errors of rows, and files that cannot be read."""

import gzip
from pathlib import Path

import grpc
import pytest
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_internal_pb2, catalog_pb2, catalog_service_pb2
from marquee.type.v1 import type_pb2

from services.catalog import storage
from services.catalog.domain import titles
from services.catalog.tests import builders
from services.kit import ids, status, testing

WIKIPEDIA = catalog_admin_service_pb2.IMPORT_FORMAT_WIKIPEDIA_FILMS


async def send(catalog, data, form=catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES, **options):
    return await catalog.admin.ImportTitles(builders.import_requests(data, form, **options), metadata=builders.EDITOR)


async def refused(catalog, data, form=catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES, **options):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await send(catalog, data, form, **options)
    assert [] == await every_title(catalog)
    return status.raised_by(raised.value, "catalog")


async def every_title(catalog):
    answer = await catalog.titles.ListTitles(
        catalog_service_pb2.ListTitlesRequest(page_size=100, order=catalog_service_pb2.TITLE_ORDER_DISPLAY_NAME),
        metadata=builders.VIEWER,
    )
    return list(answer.titles)


async def last_revision(catalog):
    async with catalog.database.reading() as session:
        return await storage.titles.last_revision(session)


def counts(answer):
    return answer.created_count, answer.updated_count, answer.unchanged_count, answer.error_count, answer.committed


async def test_a_title_comes_out_as_it_went_in(catalog):
    row = builders.a_series(
        title="The Last Recipe",
        original_title="La última receta",
        tagline="Add salt.",
        synopsis="A cook forgets.",
        localized={"hi": {"title": "आख़िरी नुस्ख़ा", "synopsis": "एक रसोइया।"}},
        language="es",
        release_date="2021-10",
        genres=["Drama", "Coming-of-Age"],
        moods=["warm"],
        themes=["food"],
        credits=[
            {"person": "Ana Prieto", "role": "director"},
            {"person": "Luz Vidal", "role": "actor", "character": "Inés"},
        ],
        artwork={"palette": ["#102030"], "motif": "pan"},
        images=[{"kind": "poster", "uri": "https://example.test/a.jpg", "width": 600, "height": 900}],
        featured=True,
        source_uri="https://example.test/recipe",
    )
    row["seasons"][0]["title"] = "Winter"
    row["seasons"][0]["episodes"][0].update(
        duration_minutes=31, synopsis="Onions.", localized={"hi": {"title": "भाग एक"}}
    )
    await send(catalog, builders.lines(row))

    request = catalog_service_pb2.GetTitleRequest(title_id=row["title_id"])
    title = (await catalog.titles.GetTitle(request, metadata=builders.VIEWER)).title
    request.display_language_code = "hi-IN"
    hindi = (await catalog.titles.GetTitle(request, metadata=builders.VIEWER)).title

    expected = catalog_pb2.Title(
        title_id=row["title_id"],
        type=catalog_pb2.TITLE_TYPE_SERIES,
        display_name="The Last Recipe",
        original_display_name="La última receta",
        tagline="Add salt.",
        synopsis="A cook forgets.",
        release_date={"year": 2021, "month": 10},
        maturity_rating={"age": 8, "system": "MPA", "label": "PG"},
        language_code="es",
        genres=[
            {"genre_id": "drama", "display_name": "Drama"},
            {"genre_id": "coming-of-age", "display_name": "Coming-of-Age"},
        ],
        moods=[{"mood_id": "warm", "display_name": "warm"}],
        themes=[{"theme_id": "food", "display_name": "food"}],
        credits=[
            {
                "person_id": titles.person_id("Ana Prieto"),
                "display_name": "Ana Prieto",
                "role": catalog_pb2.CREDIT_ROLE_DIRECTOR,
            },
            {
                "person_id": titles.person_id("luz vidal"),
                "display_name": "Luz Vidal",
                "role": catalog_pb2.CREDIT_ROLE_ACTOR,
                "character": "Inés",
            },
        ],
        seasons=[
            {
                "season_id": titles.season_id(row["title_id"], 1),
                "season_number": 1,
                "display_name": "Winter",
                "episode_count": 2,
            }
        ],
        season_count=1,
        artwork={"palette": ["#102030"], "motif": "pan"},
        images=[{"kind": type_pb2.IMAGE_KIND_POSTER, "uri": "https://example.test/a.jpg", "width": 600, "height": 900}],
        featured=True,
        source_uri="https://example.test/recipe",
    )
    assert expected == title
    assert ("आख़िरी नुस्ख़ा", "एक रसोइया।", "Add salt.") == (hindi.display_name, hindi.synopsis, hindi.tagline)


async def test_a_second_import_of_the_same_file_writes_nothing(catalog):
    data = builders.lines(builders.a_row(), builders.a_series())
    first = await send(catalog, data)
    await catalog.wait_for_facts(2)

    second = await send(catalog, data)

    assert 2 == await last_revision(catalog)
    assert 2 == len(await catalog.wait_for_facts(2))
    assert (2, 0, 0, 0, True) == counts(first)
    assert (0, 0, 2, 0, False) == counts(second)


async def test_only_what_differs_is_changed_and_published(catalog):
    same, other = builders.a_row(), builders.a_row()
    await send(catalog, builders.lines(same, other))

    new = builders.a_row(title_id=None, key="k")
    answer = await send(catalog, builders.lines(same, {**other, "maturity": "R"}, new))

    assert (1, 1, 1, 0, True) == counts(answer)
    _, _, changed, _ = await catalog.wait_for_facts(4)
    assert (other["title_id"], 17, 3) == (changed.title_id, changed.maturity_rating.age, changed.revision)


async def test_a_dry_run_tells_what_would_be_done_and_writes_nothing(catalog):
    answer = await send(catalog, builders.lines(builders.a_row(), builders.a_row()), dry_run=True)

    assert (2, 0, 0, 0, False) == counts(answer)
    assert [] == await every_title(catalog)


async def test_one_bad_row_stops_the_whole_import(catalog):
    answer = await send(catalog, builders.lines(builders.a_row(), builders.a_row(maturity="X")))

    assert (1, 0, 0, 1, False) == counts(answer)
    assert (2, "maturity") == (answer.errors[0].row, answer.errors[0].field)
    assert [] == await every_title(catalog)


async def test_bad_rows_are_passed_over_when_asked(catalog):
    good = builders.a_row(title="Good")
    data = builders.lines(good) + b"{nonsense\n" + builders.lines(builders.a_row(type="x", title=7))
    answer = await send(catalog, data, skip_bad_rows=True)

    assert (1, 0, 0, 2, True) == counts(answer)
    assert [(2, ""), (3, "title")] == [(bad.row, bad.field) for bad in answer.errors]
    assert "and 1 more" in answer.errors[1].message
    assert ["Good"] == [title.display_name for title in await every_title(catalog)]


async def test_the_first_hundred_bad_rows_are_reported(catalog):
    answer = await send(catalog, builders.lines(*(builders.a_row(type=str(number)) for number in range(150))))

    assert 150 == answer.error_count
    assert list(range(1, 101)) == [bad.row for bad in answer.errors]


async def test_a_title_that_stands_in_a_file_twice_is_refused(catalog):
    row = builders.a_row()
    keyed = builders.a_row(title_id=None, key="same")
    answer = await send(catalog, builders.lines(row, keyed, {**row, "title": "Other"}, keyed), skip_bad_rows=True)

    assert [(3, "is the same title as row 1"), (4, "is the same title as row 2")] == [
        (bad.row, bad.message) for bad in answer.errors
    ]
    assert 2 == len(await every_title(catalog))


async def test_an_episode_of_another_title_is_refused(catalog):
    first, second, third = (builders.a_series() for _ in range(3))
    await send(catalog, builders.lines(first))
    second["seasons"][0]["episodes"][0]["episode_id"] = first["seasons"][0]["episodes"][0]["episode_id"]
    third["seasons"][0]["episodes"][1]["episode_id"] = second["seasons"][0]["episodes"][1]["episode_id"]

    answer = await send(catalog, builders.lines(first, second, third))

    assert [(2, "seasons"), (3, "seasons")] == [(bad.row, bad.field) for bad in answer.errors]
    assert 1 == len(await every_title(catalog))


async def test_an_episode_can_be_taken_out_and_used_elsewhere(catalog):
    first, second = builders.a_series(), builders.a_series()
    await send(catalog, builders.lines(first))
    moved = first["seasons"][0]["episodes"].pop()
    await send(catalog, builders.lines(first))
    second["seasons"][0]["episodes"][1] = moved

    assert (1, 0, 0, 0, True) == counts(await send(catalog, builders.lines(second)))


async def test_a_key_finds_the_same_title_again(catalog):
    await send(catalog, builders.lines(builders.a_row(title_id=None, key="box-7", title="Before")))
    (before,) = await every_title(catalog)
    await send(catalog, builders.lines(builders.a_row(title_id=None, key="box-7", title="After")))
    (after,) = await every_title(catalog)

    assert (before.title_id, "After") == (after.title_id, after.display_name)


async def test_films_with_the_same_title_and_year_are_kept_apart(catalog):
    data = builders.films(builders.a_film(), builders.a_film(cast=["Somebody Else"]), builders.a_film(year=1983))
    first = await send(catalog, data, WIKIPEDIA)
    second = await send(catalog, data, WIKIPEDIA)

    assert (3, 0, 0, 0, True) == counts(first)
    assert (0, 0, 3, 0, False) == counts(second)
    assert 3 == len({title.title_id for title in await every_title(catalog)})


async def test_an_empty_file_is_refused(catalog):
    for data in (b"", b"\n\n", gzip.compress(b"")):
        assert "IMPORT_EMPTY" == (await refused(catalog, data)).reason
    assert "IMPORT_EMPTY" == (await refused(catalog, b"[]", WIKIPEDIA)).reason


async def test_a_corrupt_file_is_refused_with_its_row_and_nothing_is_written(catalog):
    rows = [builders.a_film(title=ids.new()) for _ in range(3000)]
    whole = builders.films(*rows)

    failed = await refused(catalog, whole[:-2000], WIKIPEDIA, skip_bad_rows=True)

    assert "IMPORT_UNREADABLE" == failed.reason
    assert 1 < int(failed.metadata["row"]) <= 3000


async def test_a_cut_off_file_is_refused_with_its_row(catalog):
    failed = await refused(catalog, builders.lines(builders.a_row(), builders.a_row())[:-9], skip_bad_rows=True)

    assert ("IMPORT_UNREADABLE", {"row": "2"}) == (failed.reason, failed.metadata)


async def test_options_come_first_and_once(catalog):
    chunk = catalog_admin_service_pb2.ImportTitlesRequest(chunk=builders.lines(builders.a_row()))
    options = catalog_admin_service_pb2.ImportTitlesRequest(
        options=catalog_admin_service_pb2.ImportOptions(format=catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES)
    )
    for parts in ([chunk], [chunk, options], [options, chunk, options], []):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await catalog.admin.ImportTitles(iter(parts), metadata=builders.EDITOR)
        assert "IMPORT_OUT_OF_ORDER" == testing.reason_of(raised.value)


async def test_a_chunk_of_more_than_a_mebibyte_is_refused(catalog):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await catalog.admin.ImportTitles(
            builders.import_requests(b"x" * 1_048_577, size=2_000_000), metadata=builders.EDITOR
        )

    assert "REQUEST_INVALID" == testing.reason_of(raised.value)


async def test_viewers_do_not_import(catalog):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await catalog.admin.ImportTitles(builders.import_requests(b"{}"), metadata=builders.VIEWER)

    assert "ROLE_REQUIRED" == testing.reason_of(raised.value)


async def test_the_facts_of_every_title_are_streamed_to_services(catalog):
    window = {"from": "2026-01-01T00:00:00Z"}
    shown = builders.a_row(availability={"territories": ["US", "IN"], "windows": [window]})
    draft = builders.a_row(state="DRAFT")
    await send(catalog, builders.lines(shown, draft))

    stream = catalog.internal.StreamTitleFacts(
        catalog_internal_pb2.StreamTitleFactsRequest(), metadata=testing.as_service("entitlement")
    )
    facts = {facts.title_id: facts async for batch in stream for facts in batch.facts}

    assert {shown["title_id"], draft["title_id"]} == set(facts)
    assert ["IN", "US"] == facts[shown["title_id"]].territories
    assert 1767225600 == facts[shown["title_id"]].windows[0].start_time.seconds
    assert not facts[shown["title_id"]].windows[0].HasField("end_time")
    assert catalog_pb2.TITLE_STATE_DRAFT == facts[draft["title_id"]].state


CASES = Path(__file__).with_name("cases")


async def test_a_row_with_a_window_beyond_the_calendar_is_an_error_and_the_others_are_imported(catalog):
    data = (CASES / "window-9999.jsonl").read_bytes() + builders.lines(builders.a_row(title="Good"))

    answer = await send(catalog, data, skip_bad_rows=True)

    assert (1, 0, 0, 1, True) == counts(answer)
    assert [(1, "availability.windows[0].until")] == [(bad.row, bad.field) for bad in answer.errors]
    assert ["Good"] == [title.display_name for title in await every_title(catalog)]


async def test_a_file_with_a_number_of_too_many_digits_is_refused_with_its_row(catalog):
    failed = await refused(catalog, (CASES / "big-number.json").read_bytes(), WIKIPEDIA, skip_bad_rows=True)

    assert ("IMPORT_UNREADABLE", {"row": "2"}) == (failed.reason, failed.metadata)


async def test_a_line_with_a_number_of_too_many_digits_is_an_error_of_the_row(catalog):
    line = builders.lines(builders.a_row()).replace(b"104", b"9" * 5000)

    assert [1] == [bad.row for bad in (await send(catalog, line)).errors]


async def test_an_empty_translation_into_english_leaves_no_title_without_a_name(catalog):
    answer = await send(catalog, (CASES / "localized-en.jsonl").read_bytes())

    assert [(1, "localized.en")] == [(bad.row, bad.field) for bad in answer.errors]
    assert [] == await every_title(catalog)


async def test_a_title_that_is_not_rated_is_shown_to_nobody(catalog):
    row = builders.a_row(maturity="NR")
    await send(catalog, builders.lines(row))

    assert [] == await every_title(catalog)
    (facts,) = await catalog.wait_for_facts(1)
    assert not facts.HasField("maturity_rating")


async def test_the_name_that_a_genre_came_with_first_stays(catalog):
    await send(catalog, builders.lines(builders.a_row(genres=["Neo-Noir"]), builders.a_row(genres=["neo noir"])))

    genres = [genre for title in await every_title(catalog) for genre in title.genres]
    assert [("neo-noir", "Neo-Noir")] * 2 == [(genre.genre_id, genre.display_name) for genre in genres]
