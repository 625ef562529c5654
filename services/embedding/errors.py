"""Embedding's refusals, one class for each reason of the contract."""

from datetime import timedelta

from google.protobuf import duration_pb2
from google.rpc import error_details_pb2

from services.kit import errors

DOMAIN = "embedding.marquee"


class ModelNotReady(errors.Unavailable):
    """The model is being loaded."""

    reason, domain = "MODEL_NOT_READY", DOMAIN

    def __init__(self) -> None:
        super().__init__("The model is being loaded; try again in a moment.")


class ModelUnavailable(errors.Unavailable):
    """There is no model, or it could not be loaded."""

    reason, domain = "MODEL_UNAVAILABLE", DOMAIN

    def __init__(self) -> None:
        super().__init__("There is no model; the log says why.")


class EmbeddingBusy(errors.ResourceExhausted):
    """Too many texts wait for the model."""

    reason, domain = "EMBEDDING_BUSY", DOMAIN

    def __init__(self, wait: timedelta) -> None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(wait)
        super().__init__(
            "Too many texts wait for the model; come back later.",
            details=[error_details_pb2.RetryInfo(retry_delay=delay)],
        )
