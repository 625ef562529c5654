"""Without a network the app opens and says that it is offline; afterwards it continues by itself."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

_OFFLINE = re.compile("You are offline")
_HELD = """async () => { await navigator.serviceWorker.ready;
  return (await caches.keys()).some(name => name.startsWith("shell-")); }"""


@pytest.fixture
def app(open_browser, edge):
    viewer = edge.register_viewer()
    opened = open_browser()
    opened.log_in(viewer.email, viewer.password)
    opened.page.wait_for_function(_HELD)
    return opened


def test_a_page_that_was_never_visited_opens_offline(app):
    app.page.context.set_offline(True)
    app.open("/history")
    expect(app.page.get_by_text(_OFFLINE)).to_be_visible()

    app.page.context.set_offline(False)
    expect(app.page.get_by_text(_OFFLINE)).to_have_count(0)
    expect(app.heading("History")).to_be_visible()
    assert [] == app.errors


def test_a_filter_that_is_selected_offline_is_applied_when_the_network_returns(app):
    page = app.page
    app.open("/browse")
    expect(app.cards.first.or_(page.locator("main [data-card]").first)).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Genre").click()
    page.get_by_role("menuitemradio", name=re.compile("^Mystery")).click()
    expect(page.get_by_text(_OFFLINE)).to_be_visible()
    expect(app.heading("Mystery")).to_be_visible()

    page.context.set_offline(False)
    expect(page.locator("main [data-card]").first).to_be_visible()
    expect(page.get_by_text(_OFFLINE)).to_have_count(0)
    assert [] == app.errors


def test_a_film_that_is_started_offline_plays_when_the_network_returns(app, cello):
    app.open(f"/title/{cello}")
    play = app.page.get_by_role("link", name="Play", exact=True)
    expect(play).to_be_visible()
    app.page.context.set_offline(True)
    play.click()
    expect(app.page.get_by_text(_OFFLINE)).to_be_visible()

    app.page.context.set_offline(False)
    app.wait_for_picture()
    assert [] == app.errors


def test_playback_continues_by_itself_after_an_outage(app, cello):
    app.page.route("**/media/**", lambda route: route.abort())
    app.open(f"/play/{cello}")
    expect(app.page.get_by_text("Waiting for the connection")).to_be_visible()

    app.page.unroute("**/media/**")
    app.wait_for_picture()
    expect(app.page.get_by_text("Waiting for the connection")).to_have_count(0)
    assert [] == app.errors


def test_an_invalid_id_is_a_title_that_does_not_exist(app):
    for path in ("/title/nonsense", "/title/01a22b55-4509-72b0-bfd8-60d594b4553e", "/play/nonsense"):
        app.open(path)
        expect(app.page.get_by_role("alert")).to_contain_text("There is no such title")
    assert [] == app.errors
