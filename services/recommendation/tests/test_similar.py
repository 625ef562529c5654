"""Promises of more like this, and of what other services are told of meaning."""

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

from services.kit import errors, ids, subjects, testing
from services.recommendation.domain import vectors
from services.recommendation.handlers import internal, similar_titles
from services.recommendation.tests import builders, conftest, fakes, harness
from services.recommendation.vectors.embedding_client import QueryVectors

VIEWER = testing.bearing(testing.a_token(maturity_ceiling=18))
CHILD = testing.bearing(testing.a_token(maturity_ceiling=0))


class Client:
    """Calls the servicers, and holds what they depend on."""

    def __init__(self, channel):
        self.titles = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)
        self.internal = recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(channel)
        self.hidden = frozenset()
        self.viewing_away = False
        self.popularity = {}

    async def list_similar(self, title_id, metadata=VIEWER, **options):
        request = recommendation_service_pb2.ListSimilarTitlesRequest(subject=subjects.title(title_id), **options)
        return await self.titles.ListSimilarTitles(request, metadata=metadata)

    async def find(self, query, **options):
        request = recommendation_internal_pb2.FindByMeaningRequest(query=query, **options)
        return await self.internal.FindByMeaning(request, metadata=builders.SERVICE)


@pytest.fixture
async def shown(world):
    async def hidden(profile_id):
        if running.viewing_away:
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


def told(answer):
    return [item.subject.title_id for item in answer.items]


async def some(world):
    """A mystery, two that are like it and one that is not, with vectors."""
    mystery = await world.put_title(
        "The Drowned Village", words={"synopsis": "A slow mystery in a small village.", "themes": ["grief"]}
    )
    like = await world.put_title(
        "The Silent Village", words={"synopsis": "A slow mystery in a quiet village.", "themes": ["grief"]}
    )
    rude = await world.put_title(
        "The Rude Village",
        maturity_age=17,
        words={"synopsis": "A slow mystery in a rude village.", "people": ["Ada"]},
    )
    unlike = await world.put_title("Rocket Dogs", words={"synopsis": "Dogs fly fast rockets.", "genres": ["Animation"]})
    await world.embed()
    return mystery, like, rude, unlike


async def test_what_is_alike_comes_first_and_the_title_itself_never(world, shown):
    mystery, like, rude, unlike = await some(world)

    found = told(await shown.list_similar(mystery))

    assert mystery not in found
    assert {like, rude} == set(found[:2])
    assert unlike not in found[:2]


async def test_each_item_says_what_it_shares_and_its_contributions_sum_to_its_score(world, shown):
    mystery, like, _, _ = await some(world)
    answer = await shown.list_similar(mystery)

    item = next(item for item in answer.items if item.subject.title_id == like)
    assert "Also about grief" == item.explanation.sentence
    assert [recommendation_pb2.CONTRIBUTION_SOURCE_CONTENT] == [each.source for each in item.explanation.contributions]
    for each in answer.items:
        assert each.explanation.score == sum(part.value for part in each.explanation.contributions)
    expected = float(world.vector_index.vector(mystery) @ world.vector_index.vector(like))
    assert expected == item.explanation.score


async def test_what_the_viewer_may_not_know_of_is_neither_shown_nor_asked_about(world, shown):
    mystery, _like, rude, _ = await some(world)
    child = testing.bearing(testing.a_token(maturity_ceiling=13))

    assert rude not in told(await shown.list_similar(mystery, child))
    assert rude not in told(await shown.list_similar(mystery, ()))
    for title_id, metadata in ((rude, child), (mystery, CHILD), (ids.new(), VIEWER)):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await shown.list_similar(title_id, metadata)
        assert "TITLE_NOT_FOUND" == testing.reason_of(refused.value)


async def test_a_title_that_closes_is_gone_at_once(world, shown):
    mystery, like, *_ = await some(world)
    await world.put_title("The Silent Village", like, state=1)

    assert like not in told(await shown.list_similar(mystery))


async def test_what_a_profile_hid_is_left_out_and_not_knowing_it_is_said(world, shown):
    mystery, like, *_ = await some(world)
    shown.hidden = frozenset({like})
    without = await shown.list_similar(mystery)
    shown.viewing_away = True
    unknown = await shown.list_similar(mystery)

    assert like not in told(without)
    assert [] == list(without.degradations)
    assert [recommendation_pb2.DEGRADATION_NO_SIGNALS] == list(unknown.degradations)


async def test_what_a_profile_does_not_like_or_has_finished_is_left_out_as_what_it_hid(world):
    mystery, like, rude, _ = await some(world)
    liked = await world.put_title("The Quiet Village", words={"synopsis": "A slow mystery in a village."})
    seen = await world.put_title("The Old Village", words={"synopsis": "A slow mystery in an old village."})
    await world.embed()
    async with harness.open_app(world) as app:
        down = harness.viewing_internal_pb2.SubjectSignals(
            subject=subjects.title(like), thumb=harness.viewing_pb2.THUMB_DOWN
        )
        app.add_signals(down, harness.hidden(rude), harness.liked(liked), harness.watched(seen))
        request = recommendation_service_pb2.ListSimilarTitlesRequest(subject=subjects.title(mystery))
        answer = await app.recommendation.ListSimilarTitles(request, metadata=app.viewer())

    assert [liked] == told(answer)


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(world, shown):
    first = await world.put_title("Film 0", words={"synopsis": "A film."})
    for number in range(1, 20):
        await world.put_title(f"Film {number}", words={"synopsis": "A film."})
    await world.embed()
    whole = told(await shown.list_similar(first, page_size=50))
    pages, token = [], ""
    while True:
        answer = await shown.list_similar(first, page_size=7, page_token=token)
        pages.append(told(answer))
        token = answer.next_page_token
        if not token:
            break

    assert [7, 7, 5] == [len(page) for page in pages]
    assert whole == [title_id for page in pages for title_id in page]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await shown.list_similar(first, page_token="broken")
    assert "PAGE_TOKEN_INVALID" == testing.reason_of(refused.value)


async def test_without_a_vector_popular_titles_of_its_genre_stand_in_and_it_is_said(world, shown):
    asked = await world.put_title("New")
    less, more = await world.put_title("Less"), await world.put_title("More")
    await world.put_title("Other", words={"genres": ["Animation"]})
    shown.popularity = {more: 3.0, less: 1.0}
    answer = await shown.list_similar(asked, page_size=1)
    rest = await shown.list_similar(asked, page_size=1, page_token=answer.next_page_token)

    assert [recommendation_pb2.DEGRADATION_NO_VECTORS] == list(answer.degradations)
    assert [more, less] == told(answer) + told(rest)
    assert "" == rest.next_page_token
    assert ("Also Drama", 3.0) == (answer.items[0].explanation.sentence, answer.items[0].explanation.score)


async def test_before_the_titles_are_loaded_it_is_said_to_come_back(world, shown):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await shown.list_similar(ids.new())

    assert "TITLES_NOT_READY" == testing.reason_of(refused.value)


async def test_words_find_the_titles_that_are_closest_in_meaning(world, shown):
    mystery, like, rude, unlike = await some(world)
    answer = await shown.find("slow mystery small village", page_size=3)
    rest = await shown.find("slow mystery small village", page_size=3, page_token=answer.next_page_token)

    assert mystery == answer.neighbors[0].title_id
    assert {mystery, like, rude, unlike} == {neighbor.title_id for neighbor in [*answer.neighbors, *rest.neighbors]}
    assert sorted((neighbor.similarity for neighbor in answer.neighbors), reverse=True) == [
        neighbor.similarity for neighbor in answer.neighbors
    ]


async def test_the_same_words_are_embedded_once(world, shown):
    await some(world)
    before = len(world.embedding.calls)
    for query in ("a village", " a  village ", "a village"):
        await shown.find(query)

    assert before + 1 == len(world.embedding.calls)


@pytest.mark.parametrize("query", ["🎬🍿", "रहस्य", "a" * 200])
async def test_any_words_are_answered(world, shown, query):
    await some(world)

    assert (await shown.find(query)).neighbors


async def test_without_a_model_or_without_vectors_nothing_is_found_by_meaning(world, shown):
    reasons = []

    async def refused():
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await shown.find("a village")
        reasons.append(testing.reason_of(failed.value))

    await refused()
    await some(world)
    world.embedding.state = embedding_internal_pb2.MODEL_STATE_LOADING
    await refused()
    asked = len(world.embedding.calls)
    await refused()
    not_asked_again = asked == len(world.embedding.calls)

    assert ["MEANING_UNAVAILABLE"] * 3 == reasons
    assert not_asked_again


async def test_a_model_that_hangs_does_not_delay_a_query_for_long(world):
    query_vectors = QueryVectors(world.embedding_client, patience=0.1)
    world.embedding.open.clear()
    async with asyncio.timeout(testing.PATIENCE):
        vector = await query_vectors.get_vector("a village", fakes.MODEL)
    world.embedding.open.set()

    assert vector is None


async def test_vectors_are_told_of_the_titles_that_have_one(world, shown):
    mystery, *_ = await some(world)
    request = recommendation_internal_pb2.BatchGetTitleVectorsRequest(title_ids=[mystery, ids.new(), mystery])
    answer = await shown.internal.BatchGetTitleVectors(request, metadata=builders.SERVICE)

    assert ([mystery], fakes.MODEL) == ([each.title_id for each in answer.vectors], answer.model_version)
    assert np.array_equal(world.vector_index.vector(mystery), vectors.from_bytes(answer.vectors[0].vector))
