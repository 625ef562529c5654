"""Embeds the texts of concurrent calls in common batches, in threads.

One thread computes queries only, so that a query never waits for a batch of background work to end.
"""

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

from services.embedding import errors
from services.embedding.domain import length_batch_queue
from services.embedding.model import Model, Vectors
from services.kit import logs

#: How many texts may wait: some seconds of work.
_MAX_BACKGROUND, _MAX_QUERIES = 1024, 256
#: When a refused caller should try again, for background work and for queries.
_RETRY_DELAYS = {False: timedelta(seconds=3), True: timedelta(milliseconds=200)}

_log = logs.logger()


class _Call:
    """One call and the vectors that are ready for it.

    Args:
        texts: the number of its texts.
        missing: the number of those that are not empty.
        result: gets the vectors once all are ready.
    """

    def __init__(self, texts: int, missing: int, result: asyncio.Future[list[bytes]]) -> None:
        self._vectors: list[bytes] = [b""] * texts
        self._missing = missing
        self.result = result

    def set_vector(self, index: int, vector: bytes) -> None:
        self._vectors[index] = vector
        self._missing -= 1
        if not self._missing and not self.result.done():
            self.result.set_result(self._vectors)

    def fail(self, error: Exception) -> None:
        if not self.result.done():
            self.result.set_exception(error)


#: A text's call and its index in that call.
_Ticket = tuple[_Call, int]
_Queue = length_batch_queue.LengthBatchQueue[_Ticket]


class TextBatcher:
    """Embeds texts.

    Args:
        model: computes the vectors.
        threads: how many cores background work may take.
    """

    def __init__(self, model: Model, threads: int) -> None:
        self.model = model
        self._changed = threading.Condition()
        self._background, self._queries = _Queue(), _Queue()
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._threads = [
            threading.Thread(target=self._run, args=(queue,), name=name, daemon=True)
            for queue, name in (
                (self._queries, "queries"),
                *((self._background, f"background-{number}") for number in range(threads)),
            )
        ]
        for thread in self._threads:
            thread.start()

    async def embed(self, texts: Sequence[str], *, urgent: bool) -> list[bytes]:
        """Returns a vector for each text, an empty one for an empty text. Raises EmbeddingBusy.

        Args:
            texts: the texts.
            urgent: whether a viewer waits.
        """
        present = [(index, text.strip()) for index, text in enumerate(texts) if text.strip()]
        if not present:
            return [b""] * len(texts)
        call = _Call(len(texts), len(present), self._loop.create_future())
        queue, limit = (self._queries, _MAX_QUERIES) if urgent else (self._background, _MAX_BACKGROUND)
        with self._changed:
            if len(queue) + len(present) > limit:
                raise errors.EmbeddingBusy(_RETRY_DELAYS[urgent])
            for index, text in present:
                queue.put(text, (call, index))
            self._changed.notify_all()
        # The texts of a call that is cancelled stay in the queue; the threads skip them.
        return await call.result

    async def close(self) -> None:
        """Ends the threads, each after its current batch."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _run(self, queue: _Queue) -> None:
        while (batch := self._next_batch(queue)) is not None:
            awaited = [(text, ticket) for text, ticket in batch if not ticket[0].result.done()]
            if not awaited:
                continue
            try:
                outcome: Vectors | Exception = self.model.embed([text for text, _ in awaited])
                if queue is self._background and not len(queue):
                    # The memory of large batches is a quarter of the process, and the next query needs little.
                    self.model.release_memory()
            except Exception as error:  # noqa: BLE001 - if the thread ended, all further calls would wait for ever.
                _log.exception("batch failed", texts=len(awaited))
                outcome = error
            self._loop.call_soon_threadsafe(_deliver, [ticket for _, ticket in awaited], outcome)

    def _next_batch(self, queue: _Queue) -> list[tuple[str, _Ticket]] | None:
        """Waits for texts and returns the next batch; None once the batcher is closed."""
        with self._changed:
            while not len(queue) and not self._closed:
                self._changed.wait()
            return None if self._closed else queue.take_batch()


def _deliver(tickets: Sequence[_Ticket], outcome: Vectors | Exception) -> None:
    """Gives each call its vectors, or the error of the batch."""
    if isinstance(outcome, Exception):
        for call, _ in tickets:
            call.fail(outcome)
        return
    for (call, index), vector in zip(tickets, outcome.astype("<f4"), strict=True):
        call.set_vector(index, vector.tobytes())
