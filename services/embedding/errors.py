"""The errors of embedding, one class for each reason of the contract."""

from datetime import timedelta

from services.kit import errors

DOMAIN = "embedding.marquee"


class ModelNotReady(errors.Unavailable):
    """The model is being loaded."""

    reason, domain = "MODEL_NOT_READY", DOMAIN

    def __init__(self) -> None:
        super().__init__("The model is being loaded; try again in a moment.")


class ModelUnavailable(errors.Unavailable):
    """No model is installed, or it could not be loaded."""

    reason, domain = "MODEL_UNAVAILABLE", DOMAIN

    def __init__(self) -> None:
        super().__init__("There is no model; the log states the cause.")


class EmbeddingBusy(errors.ResourceExhausted):
    """Too many texts wait for the model."""

    reason, domain = "EMBEDDING_BUSY", DOMAIN

    def __init__(self, delay: timedelta) -> None:
        super().__init__("Too many texts wait for the model; try again later.", details=[errors.retry_info(delay)])
