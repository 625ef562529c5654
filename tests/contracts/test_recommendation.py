"""Recommendation, and its fake in the tests of the catalog."""

import dataclasses

import numpy as np
import pytest
from marquee.recommendation.v1 import recommendation_internal_pb2, recommendation_internal_pb2_grpc

from services.catalog.tests import fakes as catalog_fakes
from services.kit import ids, testing
from services.recommendation.handlers import internal
from services.recommendation.tests import conftest as recommendation_conftest
from tests.contracts.implementations import by

_REGISTER = recommendation_internal_pb2_grpc.add_RecommendationInternalServiceServicer_to_server


@dataclasses.dataclass
class Recommendation:
    """Recommendation with two titles; the first one is the closer one to `lighthouse`."""

    stub: recommendation_internal_pb2_grpc.RecommendationInternalServiceStub
    title_ids: list[str]


@pytest.fixture
async def real(world):
    title_ids = [await world.put_title("Lighthouse lighthouse"), await world.put_title("A night in the harbour")]
    await world.embed()
    servicer = internal.RecommendationInternal(
        world.vector_index, recommendation_conftest.patient_query_vectors(world.embedding_client)
    )
    async with testing.channel_to((_REGISTER, servicer)) as channel:
        yield Recommendation(recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(channel), title_ids)


@pytest.fixture
async def of_catalog():
    fake, title_ids = catalog_fakes.FakeRecommendation(), [ids.new(), ids.new()]
    fake.neighbors = {title_ids[1]: 0.2, title_ids[0]: 0.9}
    fake.about = {title_ids[0]: ("lighthouse",), title_ids[1]: ("night", "harbour")}
    async with testing.channel_to((_REGISTER, fake)) as channel:
        yield Recommendation(recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(channel), title_ids)


@by("real", "of_catalog")
async def test_the_closest_titles_come_first_and_no_more_than_were_requested(peer):
    async def find(size):
        request = recommendation_internal_pb2.FindByMeaningRequest(query="lighthouse", page_size=size)
        return (await peer.stub.FindByMeaning(request, metadata=testing.as_service("catalog"))).neighbors

    both, one = await find(10), await find(1)

    assert peer.title_ids == [each.title_id for each in both]
    assert 1.001 >= both[0].similarity > both[1].similarity
    assert peer.title_ids[:1] == [each.title_id for each in one]


@by("real", "of_catalog")
async def test_vectors_have_length_one_and_unknown_titles_have_none(peer):
    request = recommendation_internal_pb2.BatchGetTitleVectorsRequest(title_ids=[ids.new(), *peer.title_ids])
    response = await peer.stub.BatchGetTitleVectors(request, metadata=testing.as_service("catalog"))

    assert set(peer.title_ids) == {each.title_id for each in response.vectors}
    lengths = [np.linalg.norm(np.frombuffer(each.vector, dtype="<f4")) for each in response.vectors]
    assert np.allclose(1, lengths, atol=1e-3)  # Vectors are stored with half the precision.
    assert response.model_version
