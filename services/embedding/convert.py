"""Converts the state of the model to messages."""

from marquee.embedding.v1 import embedding_internal_pb2

from services.embedding.model_loader import ModelLoader


def model_message(loader: ModelLoader) -> embedding_internal_pb2.GetModelResponse:
    """Returns the version and the state of the model."""
    model = loader.model
    return embedding_internal_pb2.GetModelResponse(
        model_version=model.version if model else "",
        dimension=model.dimension if model else 0,
        state=loader.state,
        failure_message=loader.failure,
    )
