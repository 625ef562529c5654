"""Enrichment by a language model, and its failures."""

import asyncio
import contextlib

import orjson
import pytest

from services.catalog import config
from services.catalog.domain import enrichment
from services.catalog.enrichment import taxonomy

anthropic = pytest.importorskip("anthropic", reason="the extra `llm` is not installed")
llm_enricher = pytest.importorskip("services.catalog.enrichment.llm_enricher")

GOOD = {"moods": ["tense", "wry"], "themes": ["the sea"], "line": "A tense tale of the tide."}


class FallbackEnricher:
    """Stands in for the enricher that needs no model, and notes what it is asked."""

    name = "fallback"

    def __init__(self):
        self.asked = []

    async def enrich(self, subjects):
        self.asked += [subject.title_id for subject in subjects]
        return [enrichment.Generated(subject.title_id, {}, enrichment.TAXONOMY, "") for subject in subjects]


class FakeMessagesApi:
    """A server that speaks the Messages API as far as one call needs it, and answers what a test says."""

    def __init__(self, text=None, status=200, body=None):
        self.answer = body if body is not None else self._message(text)
        self.status = status
        self.requests = []
        #: Cleared, it lets calls wait.
        self.open = asyncio.Event()
        self.open.set()

    @staticmethod
    def _message(text):
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "model-of-tests",
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }

    async def serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lengths = [line.split(":")[1] for line in head.splitlines() if line.lower().startswith("content-length")]
            self.requests.append((head, orjson.loads(await reader.readexactly(int(lengths[0])))))
            await self.open.wait()
            body = self.answer if isinstance(self.answer, bytes) else orjson.dumps(self.answer)
            writer.write(
                f"HTTP/1.1 {self.status} Told\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        writer.close()


def an_error(kind):
    return {"type": "error", "error": {"type": kind, "message": "no"}}


@contextlib.asynccontextmanager
async def open_enricher(messages, seconds=60.0):
    server = await asyncio.start_server(messages.serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    fallback = FallbackEnricher()
    async with anthropic.AsyncAnthropic(api_key="a-key", base_url=address, max_retries=0) as client:
        yield (
            llm_enricher.AnthropicEnricher(client, "model-of-tests", taxonomy.read(), fallback, seconds=seconds),
            fallback,
        )
    messages.open.set()
    server.close()
    await server.wait_closed()


def a_subject(title_id="one", **changes):
    missing = frozenset({enrichment.MOODS, enrichment.THEMES, enrichment.LINE})
    return enrichment.Subject(
        **{"title_id": title_id, "type": 1, "name": "Leeward", "synopsis": "A pilot.", "missing": missing, **changes}
    )


async def test_what_the_model_answers_is_taken():
    messages = FakeMessagesApi(f"Here it is: {orjson.dumps(GOOD).decode()}")
    async with open_enricher(messages) as (enricher, fallback):
        (filled,) = await enricher.enrich([a_subject()])

    assert ["tense", "wry"] == [value.value for value in filled.values[enrichment.MOODS]]
    assert ["the sea"] == [value.value for value in filled.values[enrichment.THEMES]]
    assert ["A tense tale of the tide."] == [value.value for value in filled.values[enrichment.LINE]]
    assert (enrichment.LANGUAGE_MODEL, "model-of-tests/1") == (filled.source, filled.model_version)
    assert [] == fallback.asked
    ((head, request),) = messages.requests
    assert "POST /v1/messages" in head
    assert "a-key" in head
    assert "A pilot." in request["messages"][0]["content"]


async def test_only_what_is_missing_is_taken():
    async with open_enricher(FakeMessagesApi(orjson.dumps(GOOD).decode())) as (enricher, _):
        (filled,) = await enricher.enrich([a_subject(missing=frozenset({enrichment.LINE}))])

    assert {enrichment.LINE} == set(filled.values)


async def test_words_outside_the_taxonomy_are_dropped():
    text = orjson.dumps({**GOOD, "moods": ["brand new", "tense", 7, "tense"]}).decode()
    async with open_enricher(FakeMessagesApi(text)) as (enricher, _):
        (filled,) = await enricher.enrich([a_subject()])

    assert ["tense"] == [value.value for value in filled.values[enrichment.MOODS]]


@pytest.mark.parametrize(
    "text",
    [
        "I would rather not.",
        "{not json}",
        "[]",
        '{"moods": ["tense"], "themes": ["the sea"]}',
        orjson.dumps({**GOOD, "moods": []}).decode(),
        orjson.dumps({**GOOD, "themes": "the sea"}).decode(),
        orjson.dumps({**GOOD, "line": "x" * 161}).decode(),
        orjson.dumps({**GOOD, "line": "One.\nTwo."}).decode(),
        orjson.dumps({**GOOD, "line": ""}).decode(),
    ],
)
async def test_an_answer_that_is_none_leaves_the_title_to_the_taxonomy(text):
    async with open_enricher(FakeMessagesApi(text)) as (enricher, fallback):
        await enricher.enrich([a_subject()])

    assert ["one"] == fallback.asked


@pytest.mark.parametrize(
    "messages",
    [
        lambda: FakeMessagesApi(status=401, body=an_error("authentication_error")),
        lambda: FakeMessagesApi(status=429, body=an_error("rate_limit_error")),
        lambda: FakeMessagesApi(status=529, body=an_error("overloaded_error")),
        lambda: FakeMessagesApi(status=500, body=b"<html>"),
        lambda: FakeMessagesApi(body=b"<html>"),
        lambda: FakeMessagesApi(body={"content": None}),
        lambda: FakeMessagesApi(body=[]),
    ],
)
async def test_a_model_that_fails_leaves_the_title_to_the_taxonomy(messages):
    async with open_enricher(messages()) as (enricher, fallback):
        await enricher.enrich([a_subject()])

    assert ["one"] == fallback.asked


async def test_a_model_that_is_late_leaves_the_title_to_the_taxonomy():
    messages = FakeMessagesApi(orjson.dumps(GOOD).decode())
    messages.open.clear()
    async with open_enricher(messages, seconds=0.05) as (enricher, fallback):
        await enricher.enrich([a_subject()])

    assert ["one"] == fallback.asked


async def test_a_model_that_fails_again_and_again_is_not_asked_for_the_rest():
    messages = FakeMessagesApi("nothing")
    async with open_enricher(messages) as (enricher, fallback):
        filled = await enricher.enrich([a_subject(str(number)) for number in range(40)])

    assert 40 == len(filled)
    assert [str(number) for number in range(40)] == sorted(fallback.asked, key=int)
    assert len(messages.requests) <= 8


def test_without_a_key_no_model_is_asked():
    assert "" == config.read({}).anthropic_key
    assert "a-key" not in repr(config.read({"ANTHROPIC_API_KEY": "a-key"}))
