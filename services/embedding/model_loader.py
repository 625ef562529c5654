"""Loads the model while the process serves already, and says how that went."""

import asyncio
from collections.abc import Callable

from marquee.embedding.v1 import embedding_internal_pb2

from services.embedding import errors, text_batcher
from services.embedding.onnx_model import Model
from services.kit import logs

_log = logs.logger()


class ModelLoader:
    """Holds the model once there is one.

    Args:
        load: loads it; called in a thread.
        threads: how many cores work in the background may take.
    """

    def __init__(self, load: Callable[[], Model], threads: int) -> None:
        self._load = load
        self._threads = threads
        self._batcher: text_batcher.TextBatcher | None = None
        self.state = embedding_internal_pb2.MODEL_STATE_LOADING
        #: What went wrong, for operators.
        self.failure = ""

    @property
    def model(self) -> Model | None:
        """The model; None while there is none."""
        return self._batcher.model if self._batcher else None

    def batcher(self) -> text_batcher.TextBatcher:
        """Answers what embeds. Raises ModelNotReady or ModelUnavailable."""
        if self._batcher is not None:
            return self._batcher
        if self.state == embedding_internal_pb2.MODEL_STATE_LOADING:
            raise errors.ModelNotReady
        raise errors.ModelUnavailable

    async def run(self) -> None:
        """Loads the model. Whatever is wrong with it, the process goes on and says so."""
        try:
            model = await asyncio.to_thread(self._load)
        except Exception as wrong:  # noqa: BLE001 - a broken folder makes the libraries raise anything.
            self.failure = f"{type(wrong).__name__}: {wrong}".partition("\n")[0][:500]
            self.state = embedding_internal_pb2.MODEL_STATE_FAILED
            _log.error("model unavailable", cause=self.failure)
            return
        self._batcher = text_batcher.TextBatcher(model, self._threads)
        self.state = embedding_internal_pb2.MODEL_STATE_READY
        _log.info("model ready", model=model.version)

    async def close(self) -> None:
        """Ends the threads."""
        if self._batcher is not None:
            await self._batcher.close()
