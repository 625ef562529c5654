"""Similar titles, search by meaning, and the vectors of titles."""

import asyncio

import grpc
import numpy as np
import pytest
from marquee.embedding.v1 import embedding_internal_pb2
from marquee.recommendation.v1 import (
    recommendation_internal_pb2,
    recommendation_internal_pb2_grpc,
    recommendation_pb2,
    recommendation_service_pb2,
    recommendation_service_pb2_grpc,
)

from services.kit import errors, ids, testing, watchable_subjects
from services.recommendation.domain import vectors
from services.recommendation.handlers import internal, similar_titles
from services.recommendation.tests import builders, conftest, fakes, harness
from services.recommendation.vectors.embedding_client import QueryVectors

VIEWER = testing.bearing(testing.a_token(maturity_ceiling=18))
CHILD = testing.bearing(testing.a_token(maturity_ceiling=0))


class Client:
    """Calls the servicers, and holds the inputs that tests change."""

    def __init__(self, channel):
        self.titles = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)
        self.internal = recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(channel)
        self.hidden = frozenset()
        self.viewing_unavailable = False
        self.popularity = {}

    async def list_similar(self, title_id, metadata=VIEWER, **options):
        request = recommendation_service_pb2.ListSimilarTitlesRequest(
            subject=watchable_subjects.title(title_id), **options
        )
        return await self.titles.ListSimilarTitles(request, metadata=metadata)

    async def find(self, query, **options):
        request = recommendation_internal_pb2.FindByMeaningRequest(query=query, **options)
        return await self.internal.FindByMeaning(request, metadata=builders.SERVICE)


@pytest.fixture
async def client(world):
    async def hidden(profile_id):
        if running.viewing_unavailable:
            raise errors.Unavailable("away", reason="SERVICE_UNAVAILABLE", domain=errors.PLATFORM)
        return running.hidden

    servicers = (
        (
            recommendation_service_pb2_grpc.add_RecommendationServiceServicer_to_server,
            similar_titles.SimilarTitles(
                world.title_store, world.vector_index, world.clock, hidden, lambda: running.popularity
            ),
        ),
        (
            recommendation_internal_pb2_grpc.add_RecommendationInternalServiceServicer_to_server,
            internal.RecommendationInternal(world.vector_index, conftest.patient_query_vectors(world.embedding_client)),
        ),
    )
    async with testing.channel_to(*servicers) as channel:
        running = Client(channel)
        yield running


def title_ids_of(response):
    return [item.subject.title_id for item in response.items]


async def add_village_titles(world):
    """Adds a mystery, two titles that are like it and one that is not, with vectors; returns their ids."""
    mystery = await world.put_title(
        "The Drowned Village", words={"synopsis": "A slow mystery in a small village.", "themes": ["grief"]}
    )
    like = await world.put_title(
        "The Silent Village", words={"synopsis": "A slow mystery in a quiet village.", "themes": ["grief"]}
    )
    adult = await world.put_title(
        "The Rude Village",
        maturity_age=17,
        words={"synopsis": "A slow mystery in a rude village.", "people": ["Ada"]},
    )
    unlike = await world.put_title("Rocket Dogs", words={"synopsis": "Dogs fly fast rockets.", "genres": ["Animation"]})
    await world.embed()
    return mystery, like, adult, unlike


async def test_similar_titles_come_first_without_the_title_itself(world, client):
    mystery, like, adult, unlike = await add_village_titles(world)

    title_ids = title_ids_of(await client.list_similar(mystery))

    assert mystery not in title_ids
    assert {like, adult} == set(title_ids[:2])
    assert unlike not in title_ids[:2]


async def test_each_item_names_the_shared_theme_and_its_contributions_sum_to_its_score(world, client):
    mystery, like, _, _ = await add_village_titles(world)
    response = await client.list_similar(mystery)

    item = next(item for item in response.items if item.subject.title_id == like)
    assert "Also about grief" == item.explanation.sentence
    assert [recommendation_pb2.CONTRIBUTION_SOURCE_CONTENT] == [each.source for each in item.explanation.contributions]
    for each in response.items:
        assert each.explanation.score == sum(part.value for part in each.explanation.contributions)
    expected = float(world.vector_index.vector(mystery) @ world.vector_index.vector(like))
    assert expected == item.explanation.score


async def test_titles_above_the_maturity_ceiling_are_neither_shown_nor_accepted(world, client):
    mystery, _like, adult, _ = await add_village_titles(world)
    child = testing.bearing(testing.a_token(maturity_ceiling=13))

    assert adult not in title_ids_of(await client.list_similar(mystery, child))
    assert adult not in title_ids_of(await client.list_similar(mystery, ()))
    for title_id, metadata in ((adult, child), (mystery, CHILD), (ids.new(), VIEWER)):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await client.list_similar(title_id, metadata)
        assert "TITLE_NOT_FOUND" == testing.reason_of(raised.value)


async def test_a_closed_title_is_left_out_at_once(world, client):
    mystery, like, *_ = await add_village_titles(world)
    await world.put_title("The Silent Village", like, state=1)

    assert like not in title_ids_of(await client.list_similar(mystery))


async def test_hidden_titles_are_left_out_and_unknown_signals_are_a_degradation(world, client):
    mystery, like, *_ = await add_village_titles(world)
    client.hidden = frozenset({like})
    without = await client.list_similar(mystery)
    client.viewing_unavailable = True
    unknown = await client.list_similar(mystery)

    assert like not in title_ids_of(without)
    assert [] == list(without.degradations)
    assert [recommendation_pb2.DEGRADATION_NO_SIGNALS] == list(unknown.degradations)


async def test_disliked_finished_and_hidden_titles_are_left_out(world):
    mystery, like, adult, _ = await add_village_titles(world)
    liked = await world.put_title("The Quiet Village", words={"synopsis": "A slow mystery in a village."})
    seen = await world.put_title("The Old Village", words={"synopsis": "A slow mystery in an old village."})
    await world.embed()
    async with harness.open_app(world) as app:
        down = harness.viewing_internal_pb2.SubjectSignals(
            subject=watchable_subjects.title(like), thumb=harness.viewing_pb2.THUMB_DOWN
        )
        app.add_signals(down, harness.hidden(adult), harness.liked(liked), harness.watched(seen))
        request = recommendation_service_pb2.ListSimilarTitlesRequest(subject=watchable_subjects.title(mystery))
        response = await app.recommendation.ListSimilarTitles(request, metadata=app.viewer())

    assert [liked] == title_ids_of(response)


async def test_pages_neither_repeat_nor_skip_titles(world, client):
    first = await world.put_title("Film 0", words={"synopsis": "A film."})
    for number in range(1, 20):
        await world.put_title(f"Film {number}", words={"synopsis": "A film."})
    await world.embed()
    single_page = title_ids_of(await client.list_similar(first, page_size=50))
    pages, token = [], ""
    while True:
        response = await client.list_similar(first, page_size=7, page_token=token)
        pages.append(title_ids_of(response))
        token = response.next_page_token
        if not token:
            break

    assert [7, 7, 5] == [len(page) for page in pages]
    assert single_page == [title_id for page in pages for title_id in page]
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await client.list_similar(first, page_token="broken")
    assert "PAGE_TOKEN_INVALID" == testing.reason_of(raised.value)


async def test_without_a_vector_popular_titles_of_the_same_genre_are_returned_as_degraded(world, client):
    title_id = await world.put_title("New")
    less, more = await world.put_title("Less"), await world.put_title("More")
    await world.put_title("Other", words={"genres": ["Animation"]})
    client.popularity = {more: 3.0, less: 1.0}
    response = await client.list_similar(title_id, page_size=1)
    rest = await client.list_similar(title_id, page_size=1, page_token=response.next_page_token)

    assert [recommendation_pb2.DEGRADATION_NO_VECTORS] == list(response.degradations)
    assert [more, less] == title_ids_of(response) + title_ids_of(rest)
    assert "" == rest.next_page_token
    assert ("Also Drama", 3.0) == (response.items[0].explanation.sentence, response.items[0].explanation.score)


async def test_before_the_titles_are_loaded_the_request_fails_as_not_ready(world, client):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await client.list_similar(ids.new())

    assert "TITLES_NOT_READY" == testing.reason_of(raised.value)


async def test_a_query_returns_the_titles_closest_in_meaning(world, client):
    mystery, like, adult, unlike = await add_village_titles(world)
    response = await client.find("slow mystery small village", page_size=3)
    rest = await client.find("slow mystery small village", page_size=3, page_token=response.next_page_token)

    assert mystery == response.neighbors[0].title_id
    assert {mystery, like, adult, unlike} == {neighbor.title_id for neighbor in [*response.neighbors, *rest.neighbors]}
    assert sorted((neighbor.similarity for neighbor in response.neighbors), reverse=True) == [
        neighbor.similarity for neighbor in response.neighbors
    ]


async def test_the_same_query_is_embedded_once(world, client):
    await add_village_titles(world)
    before = len(world.embedding.calls)
    for query in ("a village", " a  village ", "a village"):
        await client.find(query)

    assert before + 1 == len(world.embedding.calls)


@pytest.mark.parametrize("query", ["🎬🍿", "रहस्य", "a" * 200])
async def test_any_text_is_accepted_as_a_query(world, client, query):
    await add_village_titles(world)

    assert (await client.find(query)).neighbors


async def test_search_by_meaning_fails_without_a_model_or_without_vectors(world, client):
    reasons = []

    async def record_reason():
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await client.find("a village")
        reasons.append(testing.reason_of(raised.value))

    await record_reason()
    await add_village_titles(world)
    world.embedding.state = embedding_internal_pb2.MODEL_STATE_LOADING
    await record_reason()
    calls_before = len(world.embedding.calls)
    await record_reason()
    model_not_called = calls_before == len(world.embedding.calls)

    assert ["MEANING_UNAVAILABLE"] * 3 == reasons
    assert model_not_called


async def test_a_model_that_hangs_does_not_delay_a_query_for_long(world):
    query_vectors = QueryVectors(world.embedding_client, patience=0.1)
    world.embedding.open.clear()
    async with asyncio.timeout(testing.PATIENCE):
        vector = await query_vectors.get_vector("a village", fakes.MODEL)
    world.embedding.open.set()

    assert vector is None


async def test_vectors_are_returned_only_for_titles_that_have_one(world, client):
    mystery, *_ = await add_village_titles(world)
    request = recommendation_internal_pb2.BatchGetTitleVectorsRequest(title_ids=[mystery, ids.new(), mystery])
    response = await client.internal.BatchGetTitleVectors(request, metadata=builders.SERVICE)

    assert ([mystery], fakes.MODEL) == ([each.title_id for each in response.vectors], response.model_version)
    assert np.array_equal(world.vector_index.vector(mystery), vectors.from_bytes(response.vectors[0].vector))
