"""Viewers read the guide: a grid on a computer and a television, a list on a phone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from services.kit import ids

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

_PHONE = {"width": 390, "height": 844}
_TELEVISION = {"width": 1920, "height": 1080}
_WORD = "Heron"
_NAMES = ("Heron Harbour", "Heron Hill", "Heron Meadow")
_FIRST_NUMBER = 9001
_SLOTS = ("Long Ago", "Before", "Running", "Following", "", "Later", "Last")


@pytest.fixture(scope="module")
def channels(edge):
    """Three channels with programmes of an hour around the present, and a gap two hours after it."""
    token = edge.log_in("admin@ott.test", "admin123").token
    began = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=20)
    channel_ids = [ids.new() for _ in _NAMES]
    for index, (channel_id, name) in enumerate(zip(channel_ids, _NAMES, strict=True)):
        channel = {
            "displayName": name,
            "number": _FIRST_NUMBER + index,
            "genreId": "waterside" if index == 0 else "inland",
            "maturityRating": {"age": 0},
            "timeShift": {"catchUpWindow": "604800s"},
        }
        _put(edge, token, channel_id, "", channel)
        start = began - timedelta(hours=_SLOTS.index("Running"))
        schedule = {
            "startTime": _text(start),
            "endTime": _text(start + timedelta(days=2)),
            "programmes": [
                _programme(start + timedelta(hours=hour), f"{slot} {index}") for hour, slot in enumerate(_SLOTS) if slot
            ],
        }
        _put(edge, token, channel_id, "/schedule", schedule)
    yield channel_ids
    for channel_id in channel_ids:
        edge.call("DELETE", f"/api/v1/admin/epg/channels/{channel_id}", token=token)


def _put(edge, token, channel_id, path, body):
    response = edge.call("PUT", f"/api/v1/admin/epg/channels/{channel_id}{path}", body, token=token)
    assert 200 == response.status, response.body


def _programme(start, name):
    return {
        "startTime": _text(start),
        "endTime": _text(start + timedelta(hours=1)),
        "displayNames": {"en": name},
        "synopses": {"en": f"What happens in {name}."},
        "maturityRating": {"age": 0},
        "firstRun": True,
    }


def _text(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def open_guide(open_browser, edge, channels):
    """Returns a function that opens the guide of a new viewer on a screen of a size."""
    viewer = edge.register_viewer()

    def opened(viewport, path=f"/guide?q={_WORD}"):
        app = open_browser(viewport)
        app.log_in(viewer.email, viewer.password)
        app.open(path)
        expect(app.heading("Guide")).to_be_visible()
        return app

    return opened


def _cell(app, text):
    return app.page.get_by_role("gridcell", name=re.compile(text))


def _wait_for_focus_on(app, text):
    expect(app.page.locator("[role=gridcell]:focus")).to_have_accessible_name(re.compile(text))


def test_the_grid_shows_all_channels_at_the_present(open_guide):
    app = open_guide(_TELEVISION, "/guide")
    page = app.page
    expect(_cell(app, "On now").first).to_be_visible()
    expect(page.get_by_role("link", name="Guide", exact=True).first).to_have_attribute("aria-current", "page")

    _wait_for_focus_on(app, "On now")
    grid, line = page.get_by_role("grid").bounding_box(), page.locator("[data-now-line]").bounding_box()
    assert grid["x"] < line["x"] < grid["x"] + grid["width"] / 2
    assert [] == app.accessibility_violations()
    assert [] == app.errors


def test_the_arrows_move_by_programme_and_by_channel_and_back_returns_to_the_place(open_guide):
    app = open_guide(_TELEVISION)
    keyboard = app.page.keyboard
    _wait_for_focus_on(app, "^Heron Harbour, Running 0, .*On now")

    keyboard.press("ArrowDown")
    _wait_for_focus_on(app, "^Heron Hill, Running 1")
    keyboard.press("ArrowRight")
    _wait_for_focus_on(app, "^Heron Hill, Following 1")
    keyboard.press("ArrowDown")
    _wait_for_focus_on(app, "^Heron Meadow, Following 2")
    keyboard.press("ArrowRight")
    _wait_for_focus_on(app, "^Heron Meadow, No information")
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft"):
        keyboard.press(key)
    _wait_for_focus_on(app, "^Heron Meadow, Before 2")

    keyboard.press("Enter")
    sheet = app.page.get_by_role("dialog")
    expect(sheet.get_by_role("heading", name="Before 2 New", exact=True)).to_be_visible()
    for text in ("What happens in Before 2.", "Heron Meadow", "On catch-up until"):
        expect(sheet.get_by_text(text).first).to_be_visible()
    assert [] == app.accessibility_violations()
    keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    _wait_for_focus_on(app, "^Heron Meadow, Before 2")

    keyboard.press("Enter")
    expect(sheet).to_be_visible()
    app.page.go_back()
    expect(sheet).to_have_count(0)
    app.page.get_by_role("link", name="Home", exact=True).first.focus()
    keyboard.press("Enter")
    app.cards.first.focus()
    app.page.go_back()
    _wait_for_focus_on(app, "^Heron Meadow, Before 2")
    assert [] == app.errors


def test_the_day_the_search_and_the_genre_change_the_grid(open_guide):
    app = open_guide({"width": 1366, "height": 768})
    page = app.page
    expect(_cell(app, "^Heron Harbour, Running 0")).to_be_visible()
    page.get_by_role("button", name="Day: ").click()
    page.get_by_role("menuitemradio", name="Tomorrow").click()
    expect(_cell(app, "Running 0")).to_have_count(0)
    expect(page.get_by_role("button", name="Day: Tomorrow")).to_be_visible()
    page.get_by_role("button", name="Now", exact=True).click()
    expect(_cell(app, "^Heron Harbour, Running 0")).to_be_visible()

    page.get_by_role("button", name="Genre").click()
    page.get_by_role("menuitemradio", name="Inland 2").click()
    expect(_cell(app, "^Heron Harbour")).to_have_count(0)
    expect(_cell(app, "^Heron Hill, Running 1")).to_be_visible()
    search = page.get_by_role("searchbox", name="Find a channel")
    search.fill(str(_FIRST_NUMBER + 2))
    expect(_cell(app, "^Heron Hill")).to_have_count(0)
    expect(_cell(app, "^Heron Meadow, Running 2")).to_be_visible()
    expect(search).to_be_focused()
    search.fill("no such channel")
    page.get_by_role("button", name="Show all channels").click()
    expect(search).to_have_value("")
    expect(_cell(app, "On now").first).to_be_visible()
    assert [] == app.errors


def test_a_phone_lists_what_is_on_and_opens_the_day_of_a_channel(open_guide):
    app = open_guide(_PHONE)
    page = app.page
    row = page.get_by_role("button", name=re.compile("Heron Hill"))
    expect(row).to_contain_text("Running 1")
    expect(row).to_contain_text("Following 1")
    expect(page.get_by_role("grid")).to_have_count(0)
    assert [] == app.accessibility_violations()

    row.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name=re.compile("Running 1")).click()
    expect(sheet.get_by_text("What happens in Running 1.")).to_be_visible()
    page.go_back()
    expect(sheet.get_by_role("button", name=re.compile("Running 1"))).to_be_visible()
    page.go_back()
    expect(sheet).to_have_count(0)
    expect(row).to_be_visible()
    assert [] == app.errors


def test_a_day_that_is_chosen_offline_is_loaded_when_the_network_returns(open_guide):
    app = open_guide(_TELEVISION)
    page = app.page
    expect(_cell(app, "Running 0")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Day: ").click()
    page.get_by_role("menuitemradio").first.click()
    expect(page.get_by_text(re.compile("You are offline"))).to_be_visible()
    expect(_cell(app, "^Heron Harbour, Loading").first).to_be_visible()

    page.context.set_offline(False)
    expect(_cell(app, "^Heron Harbour, No information").first).to_be_visible()
    assert [] == app.errors


def test_a_link_names_a_programme_that_does_not_exist(open_guide):
    app = open_guide(_TELEVISION, f"/guide?programme={ids.new()}")

    expect(app.page.get_by_role("alert")).to_contain_text("not in the guide")
    app.page.keyboard.press("Escape")
    expect(app.page.get_by_role("dialog")).to_have_count(0)
    assert [] == app.errors
