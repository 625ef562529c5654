"""Requests with values at the edges, in every field of every method."""

from marquee.embedding.v1 import embedding_internal_pb2_grpc

from services.embedding import handlers, model_loader
from services.embedding.tests import calls, fakes
from services.kit import boundary_requests, testing


async def test_no_request_is_a_fault():
    loader = model_loader.ModelLoader(fakes.WordModel, threads=1)
    await loader.run()
    registration = (
        embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server,
        handlers.EmbeddingInternal(loader),
    )

    async with testing.channel_to(registration) as channel:
        await boundary_requests.check(
            channel,
            "marquee.embedding.v1.EmbeddingInternalService",
            metadata=testing.as_service("recommendation"),
            bases={"EmbedTexts": calls.a_request("a slow mystery")},
        )
    await loader.close()
