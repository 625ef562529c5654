"""Puts the texts of many calls through the model together, in threads of its own.

Some threads do what nobody waits for; one more does nothing but queries, so that these never wait for a batch to end.
"""

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

from services.embedding import errors
from services.embedding.domain import length_batch_queue
from services.embedding.onnx_model import Model, Vectors
from services.kit import logs

#: How many texts may wait: some seconds of work.
_MOST_BACKGROUND, _MOST_QUERIES = 1024, 256
_COME_BACK = {False: timedelta(seconds=3), True: timedelta(milliseconds=200)}

_log = logs.logger()


class _Call:
    """What one caller waits for."""

    def __init__(self, texts: int, told: int, answer: asyncio.Future[list[bytes]]) -> None:
        self._vectors: list[bytes] = [b""] * texts
        self._left = told
        self.answer = answer

    def give(self, place: int, vector: bytes) -> None:
        self._vectors[place] = vector
        self._left -= 1
        if not self._left and not self.answer.done():
            self.answer.set_result(self._vectors)

    def fail(self, cause: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(cause)

    @property
    def wanted(self) -> bool:
        return not self.answer.done()


_Queue = length_batch_queue.LengthBatchQueue[tuple[_Call, int]]


class TextBatcher:
    """Embeds texts.

    Args:
        model: makes the vectors.
        threads: how many cores work in the background may take.
    """

    def __init__(self, model: Model, threads: int) -> None:
        self.model = model
        self._waiting = threading.Condition()
        self._background, self._queries = _Queue(), _Queue()
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._threads = [
            threading.Thread(target=self._work, args=(queue,), name=name, daemon=True)
            for queue, name in (
                (self._queries, "queries"),
                *((self._background, f"background-{number}") for number in range(threads)),
            )
        ]
        for thread in self._threads:
            thread.start()

    async def embed(self, texts: Sequence[str], *, urgent: bool) -> list[bytes]:
        """Answers a vector for each text, an empty one for an empty text. Raises EmbeddingBusy.

        Args:
            texts: what to embed.
            urgent: whether somebody waits.
        """
        told = [(place, text) for place, text in enumerate(texts) if text.strip()]
        if not told:
            return [b""] * len(texts)
        call = _Call(len(texts), len(told), self._loop.create_future())
        queue, most = (self._queries, _MOST_QUERIES) if urgent else (self._background, _MOST_BACKGROUND)
        with self._waiting:
            if len(queue) + len(told) > most:
                raise errors.EmbeddingBusy(_COME_BACK[urgent])
            for place, text in told:
                queue.put(text.strip(), (call, place))
            self._waiting.notify_all()
        # A caller who goes away leaves its texts behind; they are passed over.
        return await call.answer

    async def close(self) -> None:
        """Ends the threads, each after the batch that it is at."""
        with self._waiting:
            self._closed = True
            self._waiting.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _work(self, queue: _Queue) -> None:
        while (batch := self._next(queue)) is not None:
            wanted = [(text, ticket) for text, ticket in batch if ticket[0].wanted]
            if not wanted:
                continue
            try:
                vectors: Vectors | Exception = self.model.embed([text for text, _ in wanted])
                if queue is self._background and not len(queue):
                    # Who asks next asks for one text; what batches hold is a quarter of this process.
                    self.model.rest()
            except Exception as fault:  # noqa: BLE001 - a thread that dies would leave all who wait behind.
                _log.exception("batch failed", texts=len(wanted))
                vectors = fault
            self._loop.call_soon_threadsafe(_give, [ticket for _, ticket in wanted], vectors)

    def _next(self, queue: _Queue) -> list[tuple[str, tuple[_Call, int]]] | None:
        with self._waiting:
            while not len(queue) and not self._closed:
                self._waiting.wait()
            return None if self._closed else queue.take()


def _give(tickets: Sequence[tuple[_Call, int]], vectors: Vectors | Exception) -> None:
    if isinstance(vectors, Exception):
        for call, _ in tickets:
            call.fail(vectors)
        return
    told = vectors.astype("<f4")
    for (call, place), vector in zip(tickets, told, strict=True):
        call.give(place, vector.tobytes())
