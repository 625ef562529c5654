"""The rail for tonight and the badges of the guide, with the demo channels."""

from datetime import timedelta

import pytest
from google.protobuf import json_format
from marquee.epg.v1 import epg_service_pb2
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from deploy.seed import demo_channels
from services.kit import clock, timestamps
from tests.journeys import demo_titles, edge_client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

_LIKED = demo_titles.title_id("The Lighthouse Keeper's Ledger")
_LIVE = recommendation_pb2.WAY_TO_WATCH_KIND_LIVE


@pytest.fixture
def viewer(edge):
    """A new viewer without history."""
    return edge.register_viewer()


def get_tonight(edge, viewer):
    """Returns the rail; None while something is missing in it."""
    answer = edge.get("/api/v1/recommendation/tonight?page_size=50", token=viewer.token)
    response = json_format.ParseDict(answer.json, recommendation_service_pb2.GetTonightResponse())
    return response if response.items and not response.degradations else None


def get_badges(edge, viewer):
    """Returns the badges of the demo channels in the next week."""
    now = clock.SystemClock().now()
    request = recommendation_service_pb2.ListGuideBadgesRequest(
        window=recommendation_service_pb2.GuideWindow(
            channel_ids=[channel.channel_id for channel in demo_channels.load()],
            start_time=timestamps.from_datetime(now),
            end_time=timestamps.from_datetime(now + timedelta(days=7)),
        )
    )
    answer = edge.post("/api/v1/recommendation/guide-badges", json_format.MessageToDict(request), token=viewer.token)
    return json_format.ParseDict(answer.json, recommendation_service_pb2.ListGuideBadgesResponse())


def test_what_is_on_is_on_the_rail_for_tonight_and_each_item_has_one_card(edge, viewer):
    response = edge_client.wait_until(lambda: get_tonight(edge, viewer))
    live = [way for item in response.items for way in item.ways if way.kind == _LIVE]
    query = "&".join(f"programme_ids={way.subject.programme_id}" for way in live)
    answer = edge.get(f"/api/v1/epg/programmes:batchGet?{query}", token=viewer.token)
    programmes = json_format.ParseDict(answer.json, epg_service_pb2.BatchGetProgrammesResponse()).programmes
    cards = [item.subject.SerializeToString() for item in response.items]

    assert live
    assert {way.subject.programme_id: way.end_time for way in live} == {
        each.programme_id: each.end_time for each in programmes
    }
    assert len(set(cards)) == len(cards)
    assert all(item.ways and item.explanation.sentence for item in response.items)


def test_a_badge_follows_a_thumb_and_says_so(edge, viewer):
    edge_client.wait_until(lambda: get_tonight(edge, viewer))
    before = get_badges(edge, viewer)
    rated = edge.post(
        "/api/v1/viewing/ratings", {"subject": {"titleId": _LIKED}, "thumb": "THUMB_UP"}, token=viewer.token
    )
    after = edge_client.wait_until(lambda: (found := get_badges(edge, viewer)).programmes and found)
    named = {part.subject.title_id for badge in after.programmes for part in badge.explanation.contributions}

    assert (200, 0) == (rated.status, len(before.programmes))
    assert _LIKED in named
