"""A viewer watches the guide through the edge: a reminder becomes due, and a schedule changes."""

import http.client
import json
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from marquee.epg.v1 import epg_service_pb2, epg_service_pb2_grpc

from services.kit import ids, testing, timestamps

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


@pytest.fixture
def channel(edge):
    """A channel without a schedule, and the function that replaces its schedule by one programme around the present."""
    token, channel_id = edge.log_in("admin@ott.test", "admin123").token, ids.new()
    path = f"/api/v1/admin/epg/channels/{channel_id}"
    assert 200 == edge.call("PUT", path, {"displayName": "Curlew", "maturityRating": {"age": 0}}, token=token).status
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20)

    def schedule(name):
        times = {"startTime": _text(began), "endTime": _text(began + timedelta(hours=2))}
        programme = {**times, "displayNames": {"en": name}, "maturityRating": {"age": 0}, "sourceKey": "only"}
        response = edge.call("PUT", f"{path}/schedule", {**times, "programmes": [programme]}, token=token)
        assert 200 == response.status, response.body

    yield channel_id, schedule
    edge.call("DELETE", path, token=token)


def _text(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _window():
    now = datetime.now(UTC)
    return {
        "start_time": timestamps.from_datetime(now - timedelta(hours=3)),
        "end_time": timestamps.from_datetime(now + timedelta(hours=3)),
    }


def test_a_reminder_and_a_changed_schedule_reach_the_viewer_who_watches_the_guide(platform, edge, channel):
    channel_id, schedule = channel
    schedule("Curlew Bay")
    viewer = edge.register_viewer()
    with grpc.insecure_channel(platform.address, options=[("grpc.enable_http_proxy", 0)]) as connection:
        stream = epg_service_pb2_grpc.EpgServiceStub(connection).WatchGuide(
            epg_service_pb2.WatchGuideRequest(**_window()),
            metadata=testing.bearing(viewer.token),
            timeout=testing.PATIENCE,
        )
        first = next(stream)
        [guide] = edge.get(
            f"/api/v1/epg/guide?filter.channelIds={channel_id}&startTime={_text(datetime.now(UTC))}"
            f"&endTime={_text(datetime.now(UTC) + timedelta(minutes=5))}",
            token=viewer.token,
        ).json["schedules"]
        reminder = edge.post(
            "/api/v1/epg/reminders", {"programmeId": guide["programmes"][0]["programmeId"]}, token=viewer.token
        ).json["reminder"]
        [due] = next(response.due_reminders for response in stream if response.due_reminders)
        schedule("Curlew Hill")
        delta = next(each for response in stream for each in response.schedules if each.channel_id == channel_id)
        stream.cancel()

    assert first.reload
    assert (reminder["reminderId"], "Curlew Bay") == (due.reminder_id, due.programme.display_name)
    assert ["Curlew Hill"] == [programme.display_name for programme in delta.programmes]
    listed = edge.get("/api/v1/epg/reminders?state=REMINDER_STATE_DUE", token=viewer.token).json["reminders"]
    assert ["Curlew Hill"] == [each["programme"]["displayName"] for each in listed]


def test_a_client_of_json_goes_on_at_its_version(platform, edge, channel):
    channel_id, schedule = channel
    viewer = edge.register_viewer()
    version = _watch_as_json(platform, viewer, "", lambda response: response["reload"])["version"]
    schedule("Curlew Marsh")
    missed = _watch_as_json(
        platform,
        viewer,
        version,
        lambda response: channel_id in [each["channelId"] for each in response["schedules"]],
    )

    assert not missed["reload"]


def _watch_as_json(platform, viewer, version, is_wanted):
    """Returns the first response that is wanted from a stream of lines with a response each."""
    connection = http.client.HTTPConnection(platform.address, timeout=testing.PATIENCE)
    try:
        connection.request(
            "GET", f"/api/v1/epg/guide:watch?version={version}", headers={"authorization": f"Bearer {viewer.token}"}
        )
        lines = connection.getresponse()
        responses = (json.loads(line) for line in iter(lines.readline, b""))
        return next(response for response in responses if is_wanted(response))
    finally:
        connection.close()


def test_a_favorite_channel_is_the_first_one_of_the_personal_order(edge, channel):
    channel_id, _ = channel
    viewer = edge.register_viewer()
    assert 200 == edge.call("PUT", f"/api/v1/epg/favorites/{channel_id}", token=viewer.token).status
    listed = edge.get("/api/v1/epg/channels?order=CHANNEL_ORDER_PERSONAL", token=viewer.token).json

    assert "CHANNEL_ORDER_PERSONAL" == listed["appliedOrder"]
    assert channel_id == listed["channels"][0]["channelId"] == listed["ranks"][0]["channelId"]
    assert listed["ranks"][0]["favorite"]
