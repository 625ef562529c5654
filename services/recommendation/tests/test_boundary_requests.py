"""Requests with boundary values in every field of every method."""

import pytest
from marquee.recommendation.v1 import (
    recommendation_admin_service_pb2,
    recommendation_internal_pb2,
    recommendation_pb2,
    recommendation_service_pb2,
    taste_service_pb2,
)

from services.kit import boundary_requests, watchable_subjects
from services.recommendation.tests import builders, harness
from services.recommendation.tests.test_home import get

# The service may use `random` in another thread while hypothesis draws a request; hypothesis would report that use.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")


@pytest.fixture
async def app(world):
    async with harness.open_app(world, replay_patience=0.0) as running:
        yield running


async def test_no_boundary_value_in_a_request_of_a_viewer_causes_an_internal_error(app):
    title_ids = await app.add_titles(12)
    subject = watchable_subjects.title(title_ids[0])
    app.add_signals(harness.liked(title_ids[1]), harness.watched(title_ids[2]))

    await boundary_requests.check(
        app.channel,
        "marquee.recommendation.v1.RecommendationService",
        "marquee.recommendation.v1.TasteService",
        metadata=app.viewer(),
        bases={
            "ListRailItems": recommendation_service_pb2.ListRailItemsRequest(rail_id="for-you", page_token="1"),
            "ListSimilarTitles": recommendation_service_pb2.ListSimilarTitlesRequest(subject=subject),
            "ListPostPlay": recommendation_service_pb2.ListPostPlayRequest(subject=subject),
            "PickForMood": recommendation_service_pb2.PickForMoodRequest(mood="a slow mystery"),
            "PauseTasteSignal": taste_service_pb2.PauseTasteSignalRequest(signal_id=f"rated.{title_ids[1]}"),
            "ResumeTasteSignal": taste_service_pb2.ResumeTasteSignalRequest(signal_id=f"rated.{title_ids[1]}"),
            "ForgetTasteSignal": taste_service_pb2.ForgetTasteSignalRequest(signal_id=f"listed.{title_ids[3]}"),
        },
    )


async def test_no_boundary_value_in_a_request_of_an_editor_or_a_service_causes_an_internal_error(app):
    title_ids = await app.add_titles(12)
    app.add_signals(harness.liked(title_ids[1]))
    decision_id = (await get(app)).decision_id
    await app.recorder.wait_until_stored()

    await boundary_requests.check(
        app.channel,
        "marquee.recommendation.v1.RecommendationAdminService",
        "marquee.recommendation.v1.EmbeddingAdminService",
        metadata=builders.EDITOR,
        bases={
            "ReplayDecision": recommendation_admin_service_pb2.ReplayDecisionRequest(
                decision_id=decision_id, weights=recommendation_pb2.Weights(content=1)
            ),
            "DiffDecisions": recommendation_admin_service_pb2.DiffDecisionsRequest(
                left_decision_id=decision_id, right_decision_id=decision_id
            ),
        },
    )
    await boundary_requests.check(
        app.channel,
        "marquee.recommendation.v1.RecommendationInternalService",
        bases={"FindByMeaning": recommendation_internal_pb2.FindByMeaningRequest(query="a slow mystery")},
    )
