"""The embedding of titles, and the status and the runs of embedding."""

import asyncio
import contextlib
from datetime import timedelta

import grpc
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marquee.embedding.v1 import embedding_internal_pb2
from marquee.recommendation.v1 import embedding_admin_service_pb2, embedding_admin_service_pb2_grpc, recommendation_pb2
from sqlalchemy import text

from services.kit import ids, jobs, testing
from services.recommendation import storage
from services.recommendation.domain import embedding_text
from services.recommendation.handlers import embedding_admin
from services.recommendation.tests import builders, fakes
from services.recommendation.tests.conftest import until
from services.recommendation.vectors import embedding_worker

STATUS = embedding_admin_service_pb2.GetEmbeddingStatusRequest()


@pytest.fixture
async def admin(world):
    registration = embedding_admin_service_pb2_grpc.add_EmbeddingAdminServiceServicer_to_server
    servicer = embedding_admin.EmbeddingAdmin(world.database, world.embedding_client, world.clock)
    async with testing.channel_to((registration, servicer)) as channel:
        yield embedding_admin_service_pb2_grpc.EmbeddingAdminServiceStub(channel)


@contextlib.asynccontextmanager
async def working(world):
    """Runs the background jobs of recommendation, as its process does."""
    worker = jobs.Worker(
        world.database_url, "recommendation", {embedding_worker.JOB: world.embedding_worker.embed}, poll=0.2
    )
    tasks = [asyncio.create_task(each) for each in (worker.run(), world.embedding_worker.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def counts(admin):
    status = await admin.GetEmbeddingStatus(STATUS, metadata=builders.EDITOR)
    return status.title_count, status.fresh_count, status.stale_count, status.missing_count, status.textless_count


async def started(admin, **options):
    request = embedding_admin_service_pb2.GenerateEmbeddingsRequest(**{"request_id": ids.new(), **options})
    return (await admin.GenerateEmbeddings(request, metadata=builders.EDITOR)).run


async def run_of(admin, run_id):
    """Watches a run until it ends; returns all its states."""
    request = embedding_admin_service_pb2.WatchEmbeddingRunRequest(run_id=run_id)
    return [response.run async for response in admin.WatchEmbeddingRun(request, metadata=builders.EDITOR)]


async def test_a_new_title_gets_a_vector_and_an_event_is_published(world, admin):
    title_id = await world.put_title("The Long Tide")
    before = await counts(admin)
    await world.embed()

    assert (1, 0, 0, 1, 0) == before
    assert (1, 1, 0, 0, 0) == await counts(admin)
    assert [title_id] == list((await world.list_events())[-1].titles_embedded.title_ids)
    assert fakes.MODEL == world.vector_index.model_version
    expected = fakes.vector(world.embedding.calls[-1][0])
    assert np.allclose(expected, world.vector_index.vector(title_id), atol=2e-3)


async def test_only_text_of_editors_is_embedded(world):
    words = {"moods": ["dark"], "inferred_moods": ["tense"], "inferred_themes": ["grief"], "tagline": "It comes back."}
    await world.put_title("The Long Tide", words=words)
    await world.embed()

    embedded = world.embedding.calls[-1][0]
    assert "The Long Tide. It comes back" in embedded
    assert "dark" in embedded
    assert "tense" not in embedded
    assert "grief" not in embedded


async def test_a_change_of_text_makes_a_vector_stale_and_a_change_of_facts_does_not(world, admin):
    title_id = await world.put_title("The Long Tide")
    await world.embed()
    await world.put_title("The Long Tide", title_id, maturity_age=17)
    facts_changed = await counts(admin)
    world.clock.advance(timedelta(minutes=5))
    await world.put_title("The Longer Tide", title_id)
    status = await admin.GetEmbeddingStatus(STATUS, metadata=builders.EDITOR)
    await world.embed()

    assert (1, 1, 0, 0, 0) == facts_changed
    assert 1 == status.stale_count
    assert world.clock.now() == status.behind_since_time.ToDatetime(world.clock.now().tzinfo)
    assert (1, 1, 0, 0, 0) == await counts(admin)
    assert not (await admin.GetEmbeddingStatus(STATUS, metadata=builders.EDITOR)).HasField("behind_since_time")


async def test_a_title_without_text_is_counted_but_not_embedded(world, admin):
    no_text = {"display_names": {}, "synopsis": " ", "genres": []}
    await world.put_title("", words=no_text)
    await world.put_title("The Long Tide")
    await world.embed()

    assert (2, 1, 0, 0, 1) == await counts(admin)
    assert 1 == len(world.vector_index)


async def test_a_title_that_is_deleted_or_has_no_text_any_more_loses_its_vector(world):
    gone, textless, unchanged = [await world.put_title(name) for name in ("Gone", "Silent", "Stays")]
    await world.embed()
    await world.put_title("Gone", gone, deleted=True)
    await world.put_title("", textless, words={"display_names": {}, "synopsis": "", "genres": []})
    await world.embed()

    assert [unchanged] == list(world.vector_index.rows)


async def test_a_new_model_makes_all_vectors_stale_and_is_used_once_it_has_most_vectors(world, admin):
    for name in ("One", "Two", "Three"):
        await world.put_title(name)
    await world.embed()
    world.embedding.model_version = "fake/2"
    before = await counts(admin)
    await world.embed()

    assert (3, 0, 3, 0, 0) == before
    assert (3, 3, 0, 0, 0) == await counts(admin)
    assert ("fake/2", 3) == (world.vector_index.model_version, len(world.vector_index))


async def test_a_run_of_all_titles_embeds_each_title_again_and_reports_its_progress(world, admin):
    for name in ("One", "Two", "Three"):
        await world.put_title(name)
    await world.put_title("", words={"display_names": {}, "synopsis": "", "genres": []})
    await world.embed()
    run = await started(admin, all=True)
    repeated = await started(admin)
    await world.embed()
    runs = await run_of(admin, run.run_id)

    assert run.run_id == repeated.run_id
    assert 6 == sum(len(call) for call in world.embedding.calls)
    last_state = runs[-1]
    assert (recommendation_pb2.WORK_STATE_READY, 3, 3, 1) == (
        last_state.state,
        last_state.title_count,
        last_state.done_count,
        last_state.skipped_count,
    )
    assert last_state.HasField("end_time")


async def test_a_retry_returns_the_same_run_and_a_reused_request_id_is_refused(world, admin):
    await world.put_title("One")
    request_id = ids.new()
    run = await started(admin, request_id=request_id)
    await world.embed()
    repeated = await started(admin, request_id=request_id)
    another = await started(admin)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await started(admin, request_id=request_id, all=True)

    assert run.run_id == repeated.run_id != another.run_id
    assert recommendation_pb2.WORK_STATE_READY == repeated.state
    assert "REQUEST_ID_REUSED" == testing.reason_of(raised.value)


async def test_a_run_with_nothing_to_do_ends_at_once(world, admin):
    run = await started(admin)
    await world.embed()

    assert recommendation_pb2.WORK_STATE_READY == (await run_of(admin, run.run_id))[-1].state


async def test_an_unknown_run_is_not_found(admin):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await run_of(admin, ids.new())

    assert "RUN_NOT_FOUND" == testing.reason_of(raised.value)


async def test_while_the_model_is_unavailable_titles_wait_and_the_status_has_the_cause(world, admin):
    world.embedding.state = embedding_internal_pb2.MODEL_STATE_FAILED
    await world.put_title("The Long Tide")
    run = await started(admin)
    await world.embed()
    status = await admin.GetEmbeddingStatus(STATUS, metadata=builders.EDITOR)
    world.embedding.state = embedding_internal_pb2.MODEL_STATE_READY
    await world.embed()

    assert (1, "The fake model failed.") == (status.missing_count, status.failure_message)
    assert recommendation_pb2.WORK_STATE_RUNNING == status.run.state
    assert recommendation_pb2.WORK_STATE_READY == (await run_of(admin, run.run_id))[-1].state


async def test_waiting_titles_are_embedded_once_the_model_is_available_again(world, admin):
    world.embedding.state = embedding_internal_pb2.MODEL_STATE_FAILED
    await world.put_title("The Long Tide")
    async with working(world):
        await until(lambda: _worker_waits(world))
        world.embedding.state = embedding_internal_pb2.MODEL_STATE_READY
        await until(lambda: _has_fresh_count(admin, 1))

    assert (1, 1, 0, 0, 0) == await counts(admin)


async def test_the_next_worker_embeds_the_titles_that_a_cancelled_worker_left(world, admin):
    for number in range(100):
        await world.put_title(f"Film {number}")
    run = await started(admin)
    world.embedding.blocked_from = 1
    interrupted = asyncio.create_task(world.embed())
    await until(lambda: _has_fresh_vectors(admin))
    interrupted.cancel()
    await asyncio.wait([interrupted])
    _, written, *_ = await counts(admin)
    calls_before = len(world.embedding.calls)
    world.embedding.blocked_from = None
    await world.embed()

    assert 0 < written < 100
    assert 100 - written == sum(len(call) for call in world.embedding.calls[calls_before:])
    assert (100, 100, 0, 0, 0) == await counts(admin)
    assert recommendation_pb2.WORK_STATE_READY == (await run_of(admin, run.run_id))[-1].state


async def test_titles_that_a_dead_worker_claimed_are_embedded_after_the_claim_expires(world, admin):
    title_id = await world.put_title("The Long Tide")
    async with world.database.transaction() as tx:
        await storage.embedding_queue.claim(tx, fakes.MODEL, 0, lifetime=timedelta(hours=1), limit=10)
    world.clock.advance(timedelta(days=1))  # Other replicas are not judged by the clock of this one.
    async with world.database.transaction() as tx:
        claimed = await storage.embedding_queue.claim(tx, fakes.MODEL, 0, lifetime=timedelta(), limit=10)
        await tx.execute(text("UPDATE title SET claim_time = claim_time - interval '1 hour'"))
    await world.embed()

    assert ([], [title_id]) == (claimed, list(world.vector_index.rows))


async def test_text_that_changes_during_its_embedding_is_embedded_again(world, admin):
    title_id = await world.put_title("The Long Tide")
    world.embedding.open.clear()
    embedding = asyncio.create_task(world.embed())
    await until(lambda: _model_was_called(world, 1))
    await world.put_title("The Longer Tide", title_id)
    world.embedding.open.set()
    await embedding

    assert "The Longer Tide" in world.embedding.calls[-1][0]
    assert (1, 1, 0, 0, 0) == await counts(admin)


async def test_vectors_of_a_previous_version_can_be_loaded(world):
    title_id = await world.put_title("The Long Tide")
    await world.embed()
    version, vector = world.vector_index.version, world.vector_index.vector(title_id).copy()
    await world.put_title("Something else", title_id)
    await world.put_title("And one more")
    await world.embed()

    previous = await world.vector_store.load_version(version)

    assert [title_id] == list(previous.rows)
    assert np.array_equal(vector, previous.vector(title_id))
    assert not np.array_equal(vector, world.vector_index.vector(title_id))


@given(st.text(max_size=60), st.lists(st.text(max_size=10), max_size=5))
def test_texts_are_equal_exactly_if_their_digests_are(name, genres):
    one = embedding_text.text(embedding_text.Words(name=name, genres=genres))
    other = embedding_text.text(embedding_text.Words(name=name, genres=genres, synopsis="More."))

    assert (one == other) == (embedding_text.digest(one) == embedding_text.digest(other))
    assert (embedding_text.digest(one) is None) == (one == "")


async def _model_was_called(world, number):
    return len(world.embedding.calls) >= number


async def _worker_waits(world):
    return world.embedding_worker._needs_job


async def _has_fresh_vectors(admin):
    return (await admin.GetEmbeddingStatus(STATUS, metadata=builders.EDITOR)).fresh_count > 0


async def _has_fresh_count(admin, number):
    return (await admin.GetEmbeddingStatus(STATUS, metadata=builders.EDITOR)).fresh_count == number
