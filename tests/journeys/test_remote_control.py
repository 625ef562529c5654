"""The keys of a television's remote reach every control, and no control traps them."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import demo_titles

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

_TELEVISION = {"width": 1920, "height": 1080}
_MOST_PRESSES = 40


@pytest.fixture
def television(open_browser, edge):
    viewer = edge.register_viewer()
    app = open_browser(_TELEVISION)
    app.log_in(viewer.email, viewer.password)
    return app


def test_the_arrows_leave_the_seek_bar_and_skip_the_volume(television, cello):
    app, keyboard = television, television.page.keyboard
    app.open(f"/play/{cello}")
    app.wait_for_picture()
    app.video.evaluate("video => { video.loop = true; }")

    keyboard.press("ArrowUp")
    names = [app.focused()]
    for key in ("ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"):
        keyboard.press(key)
        names.append(app.focused())
    app.page.get_by_role("button", name="Pause").last.focus()
    row = []
    for _ in range(5):
        keyboard.press("ArrowRight")
        row.append(app.focused())

    assert ["Pause", "Seek", "Back", "Seek"] == names[:4]
    assert names[4] in {"Pause", "Back 10 seconds", "Forward 10 seconds"}
    assert ["Back 10 seconds", "Forward 10 seconds", "Subtitles", "Quality", "Full screen"] == row
    assert [] == app.errors


def test_left_and_right_on_the_seek_bar_seek(television, cello):
    app, keyboard = television, television.page.keyboard
    app.open(f"/play/{cello}")
    app.wait_for_picture()
    app.pause()
    keyboard.press("ArrowUp")
    keyboard.press("ArrowUp")
    before = app.position

    keyboard.press("ArrowRight")
    app.page.wait_for_function("at => document.querySelector('video').currentTime > at + 5", arg=before)
    assert "Seek" == app.focused()
    assert [] == app.errors


def _rails(app):
    return app.page.locator("[data-rail]").evaluate_all("rails => rails.map(rail => rail.dataset.rail)")


def test_up_moves_through_every_rail_to_the_top_of_the_page(television):
    app, keyboard = television, television.page.keyboard
    app.wait_for_own_home()
    app.cards.first.focus()
    down = [app.focused_item()[0]]
    for _ in range(4):
        keyboard.press("ArrowDown")
        down.append(app.focused_item()[0])
    up = [app.focused_item()[0]]
    for _ in range(4):
        keyboard.press("ArrowUp")
        up.append(app.focused_item()[0])

    assert 5 == len(set(down))
    assert down == up[::-1]
    for _ in range(_MOST_PRESSES):
        keyboard.press("ArrowUp")
        if app.page.evaluate("() => document.activeElement.closest('header') !== null"):
            break
    app.page.wait_for_function("() => window.scrollY === 0")
    keyboard.press("ArrowDown")
    assert app.page.evaluate("() => document.activeElement.closest('main') !== null")
    assert [] == app.errors


def test_a_control_has_the_focus_at_the_start_of_each_page(television):
    focused = {}
    for path in ("/", "/browse", "/search", "/watchlist", "/history", "/taste", "/pick"):
        television.open(path)
        television.wait_for_focus()
        focused[path] = television.focused()

    assert [] == [path for path, name in focused.items() if not name]
    assert [] == television.errors


def test_the_arrows_leave_a_page_without_controls(television):
    television.open("/plans")
    television.page.wait_for_function("() => document.activeElement.matches('main')")
    expect(television.page.get_by_text("Every title").first).to_be_visible()

    television.page.keyboard.press("ArrowUp")
    assert television.focused() != ""
    assert [] == television.errors


def test_a_control_has_the_focus_after_a_search_and_after_the_filters_are_cleared(television):
    app, page = television, television.page
    app.search_for("lighthouse")
    app.tab_to(page.get_by_role("button", name="Included in my plan"))
    page.keyboard.press("Enter")
    clear = page.get_by_role("button", name="Clear filters")
    app.tab_to(clear)
    page.keyboard.press("Enter")
    expect(clear).to_have_count(0)
    app.wait_for_focus()

    page.keyboard.press("ArrowDown")
    assert app.focused() != ""
    assert [] == app.errors


def test_the_focus_returns_to_the_player_after_keep_watching(television, playable):
    series = playable(demo_titles.MOSS)
    app = television
    app.open(f"/title/{series}")
    app.play()
    app.video.evaluate("video => { video.pause(); video.currentTime = video.duration - 4; }")
    stay = app.page.get_by_role("button", name="Keep watching this")
    expect(stay).to_be_visible()
    app.page.keyboard.press("ArrowRight")
    expect(stay).to_be_focused()
    app.page.keyboard.press("Enter")
    expect(stay).to_have_count(0)
    app.wait_for_focus()

    assert re.match("Play|Pause", app.focused())
    app.page.keyboard.press("Enter")
    app.page.wait_for_function("() => !document.querySelector('video').paused")
    assert [] == app.errors


def test_back_removes_a_filter_and_stays_in_browse(television):
    page = television.page
    television.open("/browse")
    expect(television.heading("Everything")).to_be_visible()
    page.get_by_role("button", name="Genre").click()
    page.get_by_role("menuitemradio", name=re.compile("^Mystery")).click()
    expect(television.heading("Mystery")).to_be_visible()

    page.go_back()
    expect(television.heading("Everything")).to_be_visible()
    assert "/browse" in page.url
    assert [] == television.errors
