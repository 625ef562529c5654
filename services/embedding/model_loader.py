"""Loads the model while the process already serves, and reports the state of the model."""

import asyncio
from collections.abc import Callable

from marquee.embedding.v1 import embedding_internal_pb2

from services.embedding import errors, text_batcher
from services.embedding.model import SCHEMA_DIMENSION, Model
from services.kit import logs

_FAILURE_CHARACTERS = 500

_log = logs.logger()


class UnsupportedDimension(Exception):
    """The vectors of the model do not fit into the schema."""


class ModelLoader:
    """Holds the model once it is loaded.

    Args:
        load: loads the model; called in a thread.
        threads: how many cores background work may take.
    """

    def __init__(self, load: Callable[[], Model], threads: int) -> None:
        self._load = load
        self._threads = threads
        self._batcher: text_batcher.TextBatcher | None = None
        self.state = embedding_internal_pb2.MODEL_STATE_LOADING
        #: Why the model could not be loaded, for operators.
        self.failure = ""

    @property
    def model(self) -> Model | None:
        """The model; None while it is not loaded."""
        return self._batcher.model if self._batcher else None

    def batcher(self) -> text_batcher.TextBatcher:
        """Returns the batcher of the model. Raises ModelNotReady or ModelUnavailable."""
        if self._batcher is not None:
            return self._batcher
        if self.state == embedding_internal_pb2.MODEL_STATE_LOADING:
            raise errors.ModelNotReady
        raise errors.ModelUnavailable

    async def run(self) -> None:
        """Loads the model. If that fails, the process goes on without a model and reports why."""
        try:
            model = await asyncio.to_thread(self._load_checked)
        except Exception as error:  # noqa: BLE001 - a broken folder makes the libraries raise anything.
            self.failure = f"{type(error).__name__}: {error}".partition("\n")[0][:_FAILURE_CHARACTERS]
            self.state = embedding_internal_pb2.MODEL_STATE_FAILED
            _log.error("model unavailable", cause=self.failure)
            return
        self._batcher = text_batcher.TextBatcher(model, self._threads)
        self.state = embedding_internal_pb2.MODEL_STATE_READY
        _log.info("model ready", model=model.version)

    def _load_checked(self) -> Model:
        model = self._load()
        if model.dimension != SCHEMA_DIMENSION:
            raise UnsupportedDimension(
                f"{model.version} makes vectors of {model.dimension} dimensions; the schema stores {SCHEMA_DIMENSION}"
            )
        return model

    async def close(self) -> None:
        """Ends the threads of the batcher."""
        if self._batcher is not None:
            await self._batcher.close()
