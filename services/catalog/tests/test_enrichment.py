"""Generated moods, themes and descriptions: their sources, and the precedence of editors."""

import asyncio
import contextlib

import grpc
import pytest
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_internal_pb2, catalog_service_pb2
from marquee.event.v1 import event_internal_pb2

from services.catalog import storage, worker
from services.catalog.tests import builders
from services.kit import event_streams, ids, testing

TAXONOMY, EDITOR = (
    catalog_admin_service_pb2.ENRICHMENT_SOURCE_TAXONOMY,
    catalog_admin_service_pb2.ENRICHMENT_SOURCE_EDITOR,
)
MOODS, THEMES = catalog_admin_service_pb2.ENRICHED_FIELD_MOODS, catalog_admin_service_pb2.ENRICHED_FIELD_THEMES
LINE = catalog_admin_service_pb2.ENRICHED_FIELD_AI_DESCRIPTION


async def enrich(catalog, *title_ids, again=False):
    request = catalog_admin_service_pb2.EnrichTitlesRequest(title_ids=title_ids, again=again)
    answer = await catalog.admin.EnrichTitles(request, metadata=builders.EDITOR)
    await wait_until_queue_is_empty(catalog)
    return answer.queued_count


async def status(catalog):
    """Repeats a call until it is answered: on a busy machine it may exceed its timeout."""
    while True:
        try:
            return await catalog.admin.GetEnrichmentStatus(
                catalog_admin_service_pb2.GetEnrichmentStatusRequest(), metadata=builders.EDITOR
            )
        except grpc.aio.AioRpcError as late:
            if late.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                raise


async def wait_until_queue_is_empty(catalog):
    while (await status(catalog)).queued_count:
        await asyncio.sleep(0.05)
    await catalog.sync.catch_up()
    await catalog.wait_until_indexed()


async def title_of(catalog, row):
    request = catalog_service_pb2.GetTitleRequest(title_id=row["title_id"])
    return (await catalog.titles.GetTitle(request, metadata=builders.VIEWER)).title


async def document_of(catalog, row):
    request = catalog_internal_pb2.StreamTitleDocumentsRequest(title_ids=[row["title_id"]])
    call = catalog.internal.StreamTitleDocuments(request, metadata=testing.as_service("recommendation", catalog.clock))
    (document,) = [document async for message in call for document in message.documents]
    return document


async def values_of(catalog, row):
    request = catalog_admin_service_pb2.GetTitleEnrichmentRequest(title_id=row["title_id"])
    return (await catalog.admin.GetTitleEnrichment(request, metadata=builders.EDITOR)).values


def moods_of(title):
    return [mood.mood_id for mood in title.moods]


def themes_of(title):
    return [theme.theme_id for theme in title.themes]


async def review(catalog, row, field, *values):
    request = catalog_admin_service_pb2.ReviewTitleEnrichmentRequest(
        title_id=row["title_id"], field=field, values=values
    )
    return (await catalog.admin.ReviewTitleEnrichment(request, metadata=builders.EDITOR)).values


async def import_title(catalog, *about, **changes):
    row = builders.a_row(title="Salt Hollow", genres=["Mystery"], **changes)
    await catalog.import_rows(row)
    catalog.recommendation.about = {row["title_id"]: about}
    return row


async def test_what_is_empty_is_filled_in_and_found(catalog):
    row = await import_title(catalog, "tense", "the sea")

    assert 1 == await enrich(catalog, row["title_id"])

    title = await title_of(catalog, row)
    assert ("tense", "the-sea") == (title.moods[0].mood_id, title.themes[0].theme_id)
    assert "the sea" == title.themes[0].display_name
    assert "A tense mystery about the sea." == title.ai_description
    reported = await status(catalog)
    assert (1, 1, 1, 0, "taxonomy") == (
        reported.title_count,
        reported.complete_count,
        reported.inferred_count,
        reported.queued_count,
        reported.provider,
    )
    for query in ({"query": "tense"}, {"query": "salt", "mood_id": "tense"}, {"query": "salt", "theme_id": "the-sea"}):
        request = catalog_service_pb2.SearchTitlesRequest(**query)
        answer = await catalog.titles.SearchTitles(request, metadata=builders.VIEWER)
        assert [row["title_id"]] == [result.title.title_id for result in answer.results]
    listed = await catalog.titles.ListTitles(
        catalog_service_pb2.ListTitlesRequest(mood_id="tense"), metadata=builders.VIEWER
    )
    assert 1 == listed.total_size
    filters = await catalog.titles.GetFilters(catalog_service_pb2.GetFiltersRequest(), metadata=builders.VIEWER)
    assert ["tense"] == [value.value for value in filters.moods]


async def test_where_words_come_from_is_reported(catalog):
    row = await import_title(catalog, "tense", moods=["wry"])
    await enrich(catalog, row["title_id"])
    reported = await values_of(catalog, row)

    assert [(MOODS, "wry", EDITOR, 1.0, "")] == [
        (one.field, one.value, one.source, one.confidence, one.model_version) for one in reported if one.field == MOODS
    ]
    (line,) = [one for one in reported if one.field == LINE]
    assert (TAXONOMY, "all-MiniLM-L6-v2/2", testing.NOW.replace(tzinfo=None)) == (
        line.source,
        line.model_version,
        line.write_time.ToDatetime(),
    )
    assert 0 < line.confidence <= 1


async def test_what_a_machine_fills_in_is_reported_apart_to_other_services(catalog):
    row = await import_title(catalog, "tense", themes=["grief"])
    await enrich(catalog, row["title_id"])
    document = await document_of(catalog, row)

    assert ([], ["tense"], ["grief"], []) == (
        moods_of(document),
        [mood.mood_id for mood in document.inferred_moods],
        themes_of(document),
        [theme.theme_id for theme in document.inferred_themes],
    )


async def test_new_vectors_have_titles_filled_in(catalog):
    row = await import_title(catalog, "tense")
    event = event_internal_pb2.Event(
        event_id=ids.new(), titles_embedded=event_internal_pb2.TitlesEmbedded(title_ids=[row["title_id"], ids.new()])
    )
    await catalog.redis.xadd(event_streams.name_of("recommendation"), {b"event": event.SerializeToString()})
    while not (await status(catalog)).inferred_count:
        await asyncio.sleep(0.05)
    await wait_until_queue_is_empty(catalog)

    assert ["tense"] == moods_of(await title_of(catalog, row))


async def test_more_titles_than_fit_into_one_go_are_all_filled_in(catalog):
    rows = [builders.a_row(title=f"Salt Hollow {number}", genres=["Mystery"]) for number in range(210)]
    await catalog.import_rows(*rows)
    catalog.recommendation.about = {row["title_id"]: ("tense",) for row in rows}

    assert 210 == await enrich(catalog)
    assert 210 == (await status(catalog)).inferred_count


class RecordingEnricher:
    """Makes nothing of titles, and notes how many it was asked about."""

    name = "noting"

    def __init__(self):
        self.asked = []

    async def enrich(self, subjects):
        self.asked.append(len(subjects))
        return []


async def enriched_without_a_rest(catalog, count):
    """Has a worker fill in so many titles that never sees a calm, and answers what it made of them in a while."""
    rows = [builders.a_row(title=f"Salt Hollow {number}") for number in range(count)]
    await catalog.import_rows(*rows)
    async with catalog.database.transaction() as session:
        await storage.enrichment.enqueue(session, [row["title_id"] for row in rows], again=True)
    fills = RecordingEnricher()
    restless = worker.Worker(catalog.database, catalog.outbox, catalog.clock, fills, catalog.names, calm=3600)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(testing.PATIENCE if count < 10 else 1):
            await restless.enrich(b"")
    return fills.asked


async def test_while_many_titles_come_their_vectors_come_first(catalog):
    assert [] == await enriched_without_a_rest(catalog, 40)


async def test_a_few_titles_are_filled_in_at_once(catalog):
    assert [5] == await enriched_without_a_rest(catalog, 5)


async def test_again_writes_nothing_new_and_tells_nobody(catalog):
    row = await import_title(catalog, "tense")
    await enrich(catalog)
    before = await document_of(catalog, row)
    await enrich(catalog)
    await enrich(catalog, again=True)

    assert before == await document_of(catalog, row)


async def test_only_again_fills_in_anew(catalog):
    row = await import_title(catalog, "tense")
    await enrich(catalog)
    catalog.recommendation.about = {row["title_id"]: ("wry",)}
    await enrich(catalog)
    assert ["tense"] == moods_of(await title_of(catalog, row))
    await enrich(catalog, again=True)

    title = await title_of(catalog, row)
    assert (["wry"], "A wry mystery.") == (moods_of(title), title.ai_description)


async def test_the_word_of_an_editor_holds_against_every_machine(catalog):
    row = await import_title(catalog, "tense", "the sea")
    await enrich(catalog)
    reported = await review(catalog, row, MOODS, " wry ", "cosy", "wry")
    await review(catalog, row, THEMES)
    await review(catalog, row, LINE, "Tides and invoices.")
    assert [("cosy", EDITOR), ("wry", EDITOR)] == [(one.value, one.source) for one in reported if one.field == MOODS]
    await enrich(catalog, again=True)

    title = await title_of(catalog, row)
    assert (["wry", "cosy"], [], "Tides and invoices.") == (moods_of(title), themes_of(title), title.ai_description)
    document = await document_of(catalog, row)
    assert (["wry", "cosy"], []) == (moods_of(document), list(document.inferred_moods))
    assert [EDITOR] * 3 == [one.source for one in await values_of(catalog, row)]
    assert 0 == (await status(catalog)).inferred_count


async def test_a_review_takes_ids_and_names_and_keeps_the_name(catalog):
    row = await import_title(catalog)

    themes = await review(catalog, row, THEMES, "found-family", "Neo-noir", "neo noir", "the sea")

    assert [
        ("found-family", "found family"),
        ("neo-noir", "Neo-noir"),
        ("the-sea", "the sea"),
    ] == [(one.value, one.display_name) for one in themes if one.field == THEMES]
    title = await title_of(catalog, row)
    assert ["found family", "Neo-noir", "the sea"] == [theme.display_name for theme in title.themes]


async def test_a_review_of_what_has_changed_since_is_refused(catalog):
    row = await import_title(catalog, "tense")
    request = catalog_admin_service_pb2.GetTitleEnrichmentRequest(title_id=row["title_id"])
    seen = await catalog.admin.GetTitleEnrichment(request, metadata=builders.EDITOR)
    await review(catalog, row, MOODS, "wry")

    request = catalog_admin_service_pb2.ReviewTitleEnrichmentRequest(
        title_id=row["title_id"], field=MOODS, values=["tender"], etag=seen.etag
    )
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await catalog.admin.ReviewTitleEnrichment(request, metadata=builders.EDITOR)
    assert (grpc.StatusCode.ABORTED, "ETAG_MISMATCH") == (raised.value.code(), testing.reason_of(raised.value))

    current = await catalog.admin.GetTitleEnrichment(
        catalog_admin_service_pb2.GetTitleEnrichmentRequest(title_id=row["title_id"]), metadata=builders.EDITOR
    )
    request.etag = current.etag
    reviewed = await catalog.admin.ReviewTitleEnrichment(request, metadata=builders.EDITOR)
    assert ["tender"] == [one.value for one in reviewed.values if one.field == MOODS]
    assert reviewed.etag != current.etag


async def test_an_import_takes_the_place_of_what_was_inferred(catalog):
    row = await import_title(catalog, "tense", "the sea")
    await enrich(catalog)
    same = await catalog.import_rows(row)
    assert (1, 0) == (same.unchanged_count, same.updated_count)
    await catalog.import_rows({**row, "moods": ["wry"], "tagline": "The tide goes out."})

    title = await title_of(catalog, row)
    assert (["wry"], ["the-sea"], "") == (moods_of(title), themes_of(title), title.ai_description)
    await enrich(catalog, again=True)
    assert ["wry"] == moods_of(await title_of(catalog, row))


async def test_what_is_away_is_waited_for(catalog):
    row = await import_title(catalog, "tense")
    catalog.embedding.is_down = True
    request = catalog_admin_service_pb2.EnrichTitlesRequest()
    await catalog.admin.EnrichTitles(request, metadata=builders.EDITOR)
    assert 1 == (await status(catalog)).queued_count
    catalog.embedding.is_down = False
    await wait_until_queue_is_empty(catalog)

    assert ["tense"] == moods_of(await title_of(catalog, row))


async def test_vectors_of_another_model_are_not_compared(catalog):
    row = await import_title(catalog, "tense")
    catalog.embedding.model_version = "another/1"
    await catalog.admin.EnrichTitles(catalog_admin_service_pb2.EnrichTitlesRequest(), metadata=builders.EDITOR)
    assert [] == moods_of(await title_of(catalog, row))
    catalog.embedding.model_version = catalog.recommendation.model_version
    await wait_until_queue_is_empty(catalog)

    assert ["tense"] == moods_of(await title_of(catalog, row))


async def test_titles_without_a_vector_are_left_as_they_are(catalog):
    row = await import_title(catalog, "tense")
    catalog.recommendation.about = {}
    assert 1 == await enrich(catalog)

    title = await title_of(catalog, row)
    assert ([], [], "") == (moods_of(title), themes_of(title), title.ai_description)


async def test_words_are_embedded_once(catalog):
    rows = [builders.a_row(title=f"Moon {number}") for number in range(450)]
    await catalog.import_rows(*rows)
    catalog.recommendation.about = {row["title_id"]: ("tense", "the sea") for row in rows}
    assert 450 == await enrich(catalog)

    assert 450 == (await status(catalog)).inferred_count
    assert catalog.embedding.calls <= 4


@pytest.mark.parametrize(
    ("field", "values"), [(LINE, ["One.", "Two."]), (MOODS, ["x" * 81]), (THEMES, ["good", "y" * 300])]
)
async def test_a_review_that_does_not_fit_is_refused(catalog, field, values):
    row = await import_title(catalog)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await review(catalog, row, field, *values)

    assert "REQUEST_INVALID" == testing.reason_of(raised.value)


async def test_unknown_titles_are_reported_as_such(catalog):
    row = {"title_id": ids.new()}
    for call in (enrich(catalog, row["title_id"]), values_of(catalog, row), review(catalog, row, MOODS, "wry")):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call
        assert "TITLE_NOT_FOUND" == testing.reason_of(raised.value)
