"""Embeds the texts of programmes and channels."""

from collections.abc import Mapping
from datetime import timedelta

from services.kit import clock, db, logs, periodic_task
from services.recommendation import storage
from services.recommendation.vectors.batch_embedder import BatchEmbedder, ModelUnavailable
from services.recommendation.vectors.embedding_client import EmbeddingClient

_PERIOD_SECONDS = 2.0
#: Longer than a call may take. Texts that a worker claimed before it died are free again after this time.
_CLAIM = timedelta(seconds=25)

_log = logs.logger()


class TextEmbedder:
    """Embeds the texts that have no vector of the current model, in batches; each text once.

    Args:
        database: the database of recommendation.
        embedding: makes the vectors.
        time: measures how long a batch takes.
    """

    def __init__(self, database: db.Database, embedding: EmbeddingClient, time: clock.Clock) -> None:
        self._database = database
        self._embedding = embedding
        self._batches = BatchEmbedder(embedding, time)

    async def run(self) -> None:
        """Embeds until it is cancelled, whatever fails."""
        await periodic_task.run("programme embedding", self.embed, period=_PERIOD_SECONDS)

    async def embed(self) -> None:
        """Embeds all texts without a vector, as far as the model responds."""
        model = await self._embedding.get_model()
        if not model.version:
            return
        try:
            while claimed := await self._claim(model.version):
                await self._embed_batch(claimed)
        except ModelUnavailable as unavailable:
            _log.warning("embedding of programmes waits", cause=str(unavailable))

    async def _claim(self, model_version: str) -> dict[bytes, str]:
        async with self._database.transaction() as tx:
            return await storage.guide.claim_texts(tx, model_version, lifetime=_CLAIM, limit=self._batches.size)

    async def _embed_batch(self, claimed: Mapping[bytes, str]) -> None:
        try:
            embedded = await self._batches.request_vectors(list(claimed.values()))
            if embedded is not None:
                async with self._database.transaction(serialize_by="guide") as tx:
                    await storage.guide.take_turn(tx)
                    vectors = dict(zip(claimed, embedded.vectors, strict=True))
                    await storage.guide.store_vectors(tx, vectors, embedded.model_version)
        finally:
            async with self._database.transaction() as tx:
                await storage.guide.release_texts(tx, list(claimed))
