"""Tests of the contract, with the installed model and with the fast model of tests."""

import asyncio

import grpc
import numpy as np
import pytest
import pytest_asyncio
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.embedding import handlers, model_loader, text_batcher
from services.embedding.tests import fakes
from services.embedding.tests.calls import BACKGROUND, a_request, as_service, model_loaded, vectors
from services.kit import clock, status, testing

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Served:
    """The service in this process, with any function that loads its model."""

    def __init__(self, load, threads=2):
        self._loader = model_loader.ModelLoader(load, threads)
        self._serving = testing.channel_to(
            (
                embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server,
                handlers.EmbeddingInternal(self._loader),
            ),
            time=clock.SystemClock(),
        )

    async def __aenter__(self):
        stub = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(await self._serving.__aenter__())
        self._loading = asyncio.create_task(self._loader.run())
        return stub

    async def __aexit__(self, *raised):
        await self._loading
        await self._loader.close()
        await self._serving.__aexit__(*raised)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installed():
    """A process with the installed model, shared because it takes seconds to load."""
    async with (
        testing.running("embedding", MARQUEE_PEERS="identity=127.0.0.1:1") as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        stub = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)
        yield stub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def words():
    async with Served(fakes.WordModel) as stub:
        yield stub


@pytest.fixture(params=["installed", "words"])
def model(request, installed, words):
    return {"installed": installed, "words": words}[request.param]


class TestContract:
    """Holds for any model."""

    async def test_the_model_reports_its_version_and_dimension(self, model):
        reported = await model_loaded(model)

        assert (embedding_internal_pb2.MODEL_STATE_READY, 384, "") == (
            reported.state,
            reported.dimension,
            reported.failure_message,
        )
        assert "/" in reported.model_version

    async def test_vectors_have_length_one(self, model):
        await model_loaded(model)
        response = await model.EmbedTexts(
            a_request("a slow mystery", "two friends", "x" * 20000), metadata=as_service()
        )

        assert np.allclose(1, [np.linalg.norm(vector) for vector in vectors(response)], atol=1e-5)

    async def test_an_empty_text_has_an_empty_vector(self, model):
        reported = await model_loaded(model)
        response = await model.EmbedTexts(a_request("", "a slow mystery", " \n\t"), metadata=as_service())

        assert [0, 384 * 4, 0] == [len(vector) for vector in response.vectors]
        assert reported.model_version == response.model_version

    async def test_a_call_of_empty_texts_returns_empty_vectors(self, model):
        await model_loaded(model)

        assert [b""] == list((await model.EmbedTexts(a_request("  "), metadata=as_service())).vectors)

    async def test_the_other_texts_of_a_call_do_not_change_a_vector(self, model):
        await model_loaded(model)
        alone = vectors(await model.EmbedTexts(a_request("a slow mystery"), metadata=as_service()))[0]
        among = vectors(
            await model.EmbedTexts(
                a_request(*(f"number {each}" for each in range(40)), "a slow mystery", priority=BACKGROUND),
                metadata=as_service(),
            )
        )[-1]

        assert np.allclose(alone, among, atol=1e-4)

    async def test_similar_texts_have_closer_vectors(self, model):
        await model_loaded(model)
        response = await model.EmbedTexts(
            a_request("a detective solves a murder", "a detective solves the murder", "cartoon for small children"),
            metadata=as_service(),
        )
        text, similar, different = vectors(response)

        assert text @ similar > text @ different

    @pytest.mark.parametrize("text", ["🎬🍿👻", "रहस्य और छोटा शहर", "\u202e\x01\ufffd", "a" * 20000])
    async def test_any_text_has_a_vector(self, model, text):
        await model_loaded(model)
        response = await model.EmbedTexts(a_request(text), metadata=as_service())

        assert np.isfinite(vectors(response)[0]).all()

    async def test_vectors_have_the_order_of_their_texts(self, model):
        await model_loaded(model)
        texts = [("word " * (1 + each * 7 % 30)) + str(each) for each in range(20)]
        together = vectors(await model.EmbedTexts(a_request(*texts, priority=BACKGROUND), metadata=as_service()))
        apart = vectors(await model.EmbedTexts(a_request(texts[7]), metadata=as_service()))[0]

        assert 7 == int(np.argmax([vector @ apart for vector in together]))


async def test_the_process_serves_while_the_model_is_loaded():
    may_load = asyncio.Event()
    loop = asyncio.get_running_loop()

    def load():
        asyncio.run_coroutine_threadsafe(may_load.wait(), loop).result()
        return fakes.WordModel()

    async with Served(load) as stub:
        reported = await stub.GetModel(embedding_internal_pb2.GetModelRequest(), metadata=as_service())
        try:
            await stub.EmbedTexts(a_request("a slow mystery"), metadata=as_service())
            reason = ""
        except grpc.aio.AioRpcError as refused:
            reason = testing.reason_of(refused)
        may_load.set()
        await model_loaded(stub)

        assert (embedding_internal_pb2.MODEL_STATE_LOADING, "MODEL_NOT_READY") == (reported.state, reason)


async def test_a_model_that_cannot_be_loaded_is_reported_with_the_cause(tmp_path):
    (tmp_path / "config.json").write_text("{broken")
    variables = {"MARQUEE_PEERS": "identity=127.0.0.1:1", "MARQUEE_EMBEDDING_MODEL": str(tmp_path)}
    async with (
        testing.running("embedding", **variables) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        stub = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)
        reported = await model_loaded(stub)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.EmbedTexts(a_request("a slow mystery"), metadata=as_service())
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())

    assert embedding_internal_pb2.MODEL_STATE_FAILED == reported.state
    assert reported.failure_message
    assert "MODEL_UNAVAILABLE" == testing.reason_of(refused.value)
    assert health_pb2.HealthCheckResponse.SERVING == health.status


async def test_missing_libraries_are_reported():
    def load():
        raise ImportError("No module named 'onnxruntime'")

    async with Served(load) as stub:
        reported = await model_loaded(stub)

        assert "ImportError: No module named 'onnxruntime'" == reported.failure_message


async def test_a_model_of_another_dimension_is_refused():
    class NarrowModel(fakes.WordModel):
        dimension = 256

    async with Served(NarrowModel) as stub:
        reported = await model_loaded(stub)

    message = "UnsupportedDimension: words/1 makes vectors of 256 dimensions; the schema stores 384"
    assert (embedding_internal_pb2.MODEL_STATE_FAILED, message) == (reported.state, reported.failure_message)


async def test_queries_overtake_background_work():
    model = fakes.WordModel()
    batcher = text_batcher.TextBatcher(model, 1)
    model.open.clear()
    background = asyncio.create_task(batcher.embed(["a"] * 128, urgent=False))
    query = asyncio.create_task(batcher.embed(["a query"], urgent=True))
    async with asyncio.timeout(testing.PATIENCE):
        while ["a query"] not in model.batches:
            await asyncio.sleep(0.01)
    waiting = 128 - sum(len(batch) for batch in model.batches if batch != ["a query"])
    model.open.set()
    await asyncio.gather(background, query)
    await batcher.close()

    assert waiting > 0


async def test_memory_is_released_after_the_last_batch_of_background_work():
    model = fakes.WordModel()
    batcher = text_batcher.TextBatcher(model, 1)
    await batcher.embed(["a query"], urgent=True)
    after_a_query = list(model.released)
    await batcher.embed(["a"] * 128, urgent=False)
    await batcher.close()

    assert [] == after_a_query
    assert [3] == model.released
    assert [1, 64, 64] == [len(batch) for batch in model.batches]


async def test_queries_of_several_callers_are_computed_together():
    model = fakes.WordModel()
    batcher = text_batcher.TextBatcher(model, 1)
    model.open.clear()
    first = asyncio.create_task(batcher.embed(["first"], urgent=True))
    async with asyncio.timeout(testing.PATIENCE):
        while not model.batches:
            await asyncio.sleep(0.01)
    others = [asyncio.create_task(batcher.embed([f"query {each}"], urgent=True)) for each in range(8)]
    await asyncio.sleep(0)
    model.open.set()
    await asyncio.gather(first, *others)
    await batcher.close()

    assert [1, 8] == [len(batch) for batch in model.batches]


async def test_calls_beyond_the_queue_are_refused_with_a_delay():
    model = fakes.WordModel()
    model.open.clear()
    async with Served(lambda: model) as stub:
        await model_loaded(stub)
        calls = [
            stub.EmbedTexts(a_request(*["waits"] * 256, priority=BACKGROUND), metadata=as_service(), timeout=60)
            for _ in range(6)
        ]
        done, _ = await asyncio.wait(
            [asyncio.ensure_future(_response_or_error(call)) for call in calls], return_when=asyncio.FIRST_COMPLETED
        )
        model.open.set()
        refused = done.pop().result()
        for call in calls:
            await _response_or_error(call)

    assert "EMBEDDING_BUSY" == testing.reason_of(refused)
    details = status.raised_by(refused, "embedding").details
    assert [error_details_pb2.RetryInfo] == [type(detail) for detail in details]


async def test_a_batch_that_fails_fails_its_callers_and_no_others():
    async with Served(fakes.WordModel) as stub:
        await model_loaded(stub)
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub.EmbedTexts(a_request("poison"), metadata=as_service())
        response = await stub.EmbedTexts(a_request("a slow mystery"), metadata=as_service())

    assert grpc.StatusCode.INTERNAL == failed.value.code()
    assert 1 == len(response.vectors)


async def test_texts_of_a_cancelled_call_are_skipped():
    model = fakes.WordModel()
    batcher = text_batcher.TextBatcher(model, 1)
    model.open.clear()
    first = asyncio.create_task(batcher.embed(["first"], urgent=True))
    async with asyncio.timeout(testing.PATIENCE):
        while not model.batches:
            await asyncio.sleep(0.01)
    leaving = asyncio.create_task(batcher.embed(["left"], urgent=True))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    model.open.set()
    await first
    await batcher.embed(["after"], urgent=True)
    await batcher.close()

    assert [["first"], ["after"]] == model.batches


async def _response_or_error(call):
    try:
        return await call
    except grpc.aio.AioRpcError as refused:
        return refused
