"""Runs embedding: `python -m services.embedding`."""

import functools
import sys

from marquee.embedding.v1 import embedding_internal_pb2_grpc

from services.embedding import config, handlers, model_loader, onnx_model, sentence_transformers_model
from services.kit import access_tokens, client, clock, jwks_keyring, process, service_identity
from services.kit.server import Server


async def main() -> None:
    """Builds the service and serves it while the model is loaded."""
    own = config.read()
    common = own.common
    time = clock.SystemClock()
    own_identity = service_identity.load("embedding", common, time)
    mesh = client.Mesh(own_identity, common.peers)
    authenticator = access_tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, time)
    backend = sentence_transformers_model if own.backend == config.SENTENCE_TRANSFORMERS else onnx_model
    loader = model_loader.ModelLoader(functools.partial(backend.load, own.model), own.threads)

    server = Server(common.listen, authenticator).add(
        embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, handlers.EmbeddingInternal(loader)
    )
    try:
        await process.serve(server, loader.run(), metrics_listen=common.metrics_listen)
    finally:
        await loader.close()
        await mesh.close()


if __name__ == "__main__":
    sys.exit(process.run("embedding", main))
