"""Promises of the contract, by the model that is installed and by the one that tests use in its place."""

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
from services.kit import clock, status, testing

pytestmark = pytest.mark.asyncio(loop_scope="module")

BACKGROUND = embedding_internal_pb2.EMBEDDING_PRIORITY_BACKGROUND


def service():
    # Processes of their own keep the machine's time.
    return testing.as_service("recommendation", at=clock.SystemClock())


def asked(*texts, priority=embedding_internal_pb2.EMBEDDING_PRIORITY_QUERY):
    return embedding_internal_pb2.EmbedTextsRequest(texts=texts, priority=priority)


def vectors(answer):
    return [np.frombuffer(vector, dtype="<f4") for vector in answer.vectors]


class Served:
    """Embedding as it runs, with whatever loads its model."""

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


async def ready(stub):
    """Waits until the model is loaded; answers what it says of itself."""
    async with asyncio.timeout(testing.PATIENCE):
        while True:
            told = await stub.GetModel(embedding_internal_pb2.GetModelRequest(), metadata=service())
            if told.state != embedding_internal_pb2.MODEL_STATE_LOADING:
                return told
            await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installed():
    """The process with the model that is installed: one for all that need it, since it takes seconds to load."""
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
    """What holds of any model."""

    async def test_it_names_itself(self, model):
        told = await ready(model)

        assert (embedding_internal_pb2.MODEL_STATE_READY, 384, "") == (told.state, told.dimension, told.failure_message)
        assert "/" in told.model_version

    async def test_vectors_have_length_one(self, model):
        await ready(model)
        answer = await model.EmbedTexts(asked("a slow mystery", "two friends", "x" * 20000), metadata=service())

        assert np.allclose(1, [np.linalg.norm(vector) for vector in vectors(answer)], atol=1e-5)

    async def test_an_empty_text_has_an_empty_vector(self, model):
        told = await ready(model)
        answer = await model.EmbedTexts(asked("", "a slow mystery", " \n\t"), metadata=service())

        assert [0, 384 * 4, 0] == [len(vector) for vector in answer.vectors]
        assert told.model_version == answer.model_version

    async def test_empty_texts_alone_are_answered_too(self, model):
        await ready(model)

        assert [b""] == list((await model.EmbedTexts(asked("  "), metadata=service())).vectors)

    async def test_the_company_of_a_text_does_not_change_its_meaning(self, model):
        await ready(model)
        alone = vectors(await model.EmbedTexts(asked("a slow mystery"), metadata=service()))[0]
        among = vectors(
            await model.EmbedTexts(
                asked(*(f"number {each}" for each in range(40)), "a slow mystery", priority=BACKGROUND),
                metadata=service(),
            )
        )[-1]

        assert np.allclose(alone, among, atol=1e-4)

    async def test_what_is_alike_lies_closer_than_what_is_not(self, model):
        await ready(model)
        answer = await model.EmbedTexts(
            asked("a detective solves a murder", "a detective solves the murder", "cartoon for small children"),
            metadata=service(),
        )
        one, like, unlike = vectors(answer)

        assert one @ like > one @ unlike

    @pytest.mark.parametrize("text", ["🎬🍿👻", "रहस्य और छोटा शहर", "\u202e\x01\ufffd", "a" * 20000])
    async def test_any_text_has_a_vector(self, model, text):
        await ready(model)
        answer = await model.EmbedTexts(asked(text), metadata=service())

        assert np.isfinite(vectors(answer)[0]).all()

    async def test_the_order_of_texts_is_that_of_vectors(self, model):
        await ready(model)
        texts = [("word " * (1 + each * 7 % 30)) + str(each) for each in range(20)]
        together = vectors(await model.EmbedTexts(asked(*texts, priority=BACKGROUND), metadata=service()))
        apart = vectors(await model.EmbedTexts(asked(texts[7]), metadata=service()))[0]

        assert 7 == int(np.argmax([vector @ apart for vector in together]))


async def test_the_process_serves_while_it_has_no_model_yet():
    loading_now = asyncio.Event()
    loop = asyncio.get_running_loop()

    def load():
        asyncio.run_coroutine_threadsafe(loading_now.wait(), loop).result()
        return fakes.WordModel()

    async with Served(load) as stub:
        told = await stub.GetModel(embedding_internal_pb2.GetModelRequest(), metadata=service())
        try:
            await stub.EmbedTexts(asked("a slow mystery"), metadata=service())
            reason = ""
        except grpc.aio.AioRpcError as refused:
            reason = testing.reason_of(refused)
        loading_now.set()
        await ready(stub)

        assert (embedding_internal_pb2.MODEL_STATE_LOADING, "MODEL_NOT_READY") == (told.state, reason)


async def test_a_model_that_cannot_be_loaded_is_told_of_with_its_reason(tmp_path):
    (tmp_path / "config.json").write_text("{broken")
    variables = {"MARQUEE_PEERS": "identity=127.0.0.1:1", "MARQUEE_EMBEDDING_MODEL": str(tmp_path)}
    async with (
        testing.running("embedding", **variables) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        stub = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)
        told = await ready(stub)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.EmbedTexts(asked("a slow mystery"), metadata=service())
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())

    assert embedding_internal_pb2.MODEL_STATE_FAILED == told.state
    assert told.failure_message
    assert "MODEL_UNAVAILABLE" == testing.reason_of(refused.value)
    assert health_pb2.HealthCheckResponse.SERVING == health.status


async def test_without_the_libraries_the_process_says_so():
    def load():
        raise ImportError("No module named 'onnxruntime'")

    async with Served(load) as stub:
        told = await ready(stub)

        assert "ImportError: No module named 'onnxruntime'" == told.failure_message


async def test_queries_overtake_work_that_nobody_waits_for():
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


async def test_memory_is_given_back_when_no_batch_waits_any_more():
    model = fakes.WordModel()
    batcher = text_batcher.TextBatcher(model, 1)
    await batcher.embed(["a query"], urgent=True)
    after_a_query = list(model.rested)
    await batcher.embed(["a"] * 128, urgent=False)
    await batcher.close()

    assert [] == after_a_query
    assert [3] == model.rested
    assert [1, 64, 64] == [len(batch) for batch in model.batches]


async def test_queries_of_several_callers_go_through_the_model_together():
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


async def test_more_than_may_wait_is_told_when_to_come_back():
    model = fakes.WordModel()
    model.open.clear()
    async with Served(lambda: model) as stub:
        await ready(stub)
        calls = [
            stub.EmbedTexts(asked(*["waits"] * 256, priority=BACKGROUND), metadata=service(), timeout=60)
            for _ in range(6)
        ]
        done, _ = await asyncio.wait(
            [asyncio.ensure_future(_answer(call)) for call in calls], return_when=asyncio.FIRST_COMPLETED
        )
        model.open.set()
        refused = done.pop().result()
        for call in calls:
            await _answer(call)

    assert "EMBEDDING_BUSY" == testing.reason_of(refused)
    details = status.raised_by(refused, "embedding").details
    assert [error_details_pb2.RetryInfo] == [type(detail) for detail in details]


async def test_a_batch_that_fails_fails_its_callers_and_no_others():
    async with Served(fakes.WordModel) as stub:
        await ready(stub)
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await stub.EmbedTexts(asked("poison"), metadata=service())
        answer = await stub.EmbedTexts(asked("a slow mystery"), metadata=service())

    assert grpc.StatusCode.INTERNAL == failed.value.code()
    assert 1 == len(answer.vectors)


async def test_texts_of_a_caller_who_left_are_passed_over():
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


async def _answer(call):
    try:
        return await call
    except grpc.aio.AioRpcError as refused:
        return refused
