"""Embeds batches of texts, whose size follows the speed of the model."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from google.rpc import error_details_pb2

from services.kit import clock, errors, timestamps
from services.recommendation.vectors.embedding_client import Embedded, EmbeddingClient

_FIRST_BATCH, _MAX_BATCH, _MIN_BATCH = 64, 256, 4
_SHORT, _LONG = timedelta(seconds=3), timedelta(seconds=8)


class ModelUnavailable(Exception):
    """The model does not respond, so nothing can be embedded now."""


class BatchEmbedder:
    """Embeds batches of texts.

    Args:
        embedding: makes the vectors.
        time: measures how long a batch takes.
    """

    def __init__(self, embedding: EmbeddingClient, time: clock.Clock) -> None:
        self._embedding = embedding
        self._clock = time
        #: How many texts the next batch should have.
        self.size = _FIRST_BATCH

    async def request_vectors(self, texts: Sequence[str]) -> Embedded | None:
        """Returns the vectors of texts; None if fewer of them have to be tried again. Raises ModelUnavailable."""
        began = self._clock.now()
        try:
            embedded = await self._embedding.embed(texts)
        except errors.ResourceExhausted as busy:
            await asyncio.sleep(_retry_delay(busy))
            return None
        except errors.DeadlineExceeded as late:
            if self.size == _MIN_BATCH:
                raise ModelUnavailable(str(late)) from late
            self.size = max(_MIN_BATCH, self.size // 4)
            return None
        except errors.Unavailable as unavailable:
            raise ModelUnavailable(str(unavailable)) from unavailable
        # The work of a call that exceeds its deadline is lost, so batches stay well below it.
        duration = self._clock.now() - began
        if duration < _SHORT:
            self.size = min(_MAX_BATCH, self.size * 2)
        elif duration > _LONG:
            self.size = max(_MIN_BATCH, self.size // 2)
        return embedded


def _retry_delay(busy: errors.ResourceExhausted) -> float:
    """Returns after how many seconds the service allows a retry."""
    for detail in busy.details:
        if isinstance(detail, error_details_pb2.RetryInfo):
            return max(0.1, timestamps.to_timedelta(detail.retry_delay).total_seconds())
    return 1.0
