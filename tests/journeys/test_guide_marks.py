"""Viewers mark channels and programmes of the guide, are reminded, and see what editors change while they look."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from services.kit import ids

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

_TELEVISION = {"width": 1920, "height": 1080}
_NAMES = ("Plover Point", "Plover Quay")
_FIRST_NUMBER = 9101


@pytest.fixture
def channels(edge):
    """Two channels: each shows a programme now, and another one soon."""
    token = edge.log_in("admin@ott.test", "admin123").token
    channel_ids = [ids.new() for _ in _NAMES]
    for index, (channel_id, name) in enumerate(zip(channel_ids, _NAMES, strict=True)):
        channel = {"displayName": name, "number": _FIRST_NUMBER + index, "maturityRating": {"age": 0}}
        _put(edge, token, channel_id, "", channel)
        _write_schedule(edge, token, channel_id, f"Soon {index}")
    yield channel_ids
    for channel_id in channel_ids:
        edge.call("DELETE", f"/api/v1/admin/epg/channels/{channel_id}", token=token)


def _write_schedule(edge, token, channel_id, name):
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    began, begins, ends = now - timedelta(hours=1), now + timedelta(minutes=4), now + timedelta(hours=1)
    schedule = {
        "startTime": _text(began),
        "endTime": _text(ends),
        "programmes": [_programme(began, begins, "Running"), _programme(begins, ends, name)],
    }
    _put(edge, token, channel_id, "/schedule", schedule)


def _put(edge, token, channel_id, path, body):
    response = edge.call("PUT", f"/api/v1/admin/epg/channels/{channel_id}{path}", body, token=token)
    assert 200 == response.status, response.body


def _programme(start, end, name):
    return {
        "startTime": _text(start),
        "endTime": _text(end),
        "displayNames": {"en": name},
        "maturityRating": {"age": 0},
    }


def _text(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_favorite_comes_first_a_reminder_is_shown_and_a_change_appears(open_browser, edge, channels):
    viewer = edge.register_viewer()
    app = open_browser(_TELEVISION)
    page = app.page
    app.log_in(viewer.email, viewer.password)
    app.open("/guide?q=Plover")
    rows = page.get_by_role("rowheader")
    expect(rows.first).to_contain_text("Plover Point")

    # A favourite is the first channel.
    rows.nth(1).get_by_role("button").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Favourite").click()
    expect(sheet.get_by_role("button", name="Favourite", pressed=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(rows.first).to_contain_text("Plover Quay")

    # The lead time has passed already, so the reminder is due at once.
    page.get_by_role("gridcell", name=re.compile("^Plover Quay, Soon 1")).click()
    sheet.get_by_role("button", name="Remind me").click()
    expect(sheet.get_by_role("button", name="Reminder set")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Soon 1 starts at \d\d:\d\d\.$"))).to_be_visible()
    assert [] == app.accessibility_violations()
    page.keyboard.press("Escape")
    expect(page.get_by_role("gridcell", name=re.compile("^Plover Quay, Soon 1.*Reminder set"))).to_be_visible()

    # What an editor changes appears without a reload.
    token = edge.log_in("admin@ott.test", "admin123").token
    _write_schedule(edge, token, channels[0], "Changed")
    expect(page.get_by_role("gridcell", name=re.compile("^Plover Point, Changed"))).to_be_visible()

    app.open("/reminders")
    expect(page.get_by_role("link", name=re.compile("Soon 1"))).to_contain_text("Plover Quay")
    page.get_by_role("button", name="Delete the reminder of Soon 1").click()
    expect(page.get_by_text("No reminders", exact=True)).to_be_visible()
    assert [] == app.errors
