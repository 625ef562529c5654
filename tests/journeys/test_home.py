"""The home while titles are snoozed, and while recommendation does not answer."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import demo_titles, edge_client

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

_LEDGER = "The Lighthouse Keeper's Ledger"
_RECOMMENDATIONS = "**/marquee.recommendation.v1.RecommendationService/*"


@pytest.fixture
def viewer(edge):
    """A new viewer without history."""
    return edge.register_viewer()


def _begun(edge, viewer, name):
    """Bookmarks a film for a viewer; returns its id."""
    place = {"subject": {"titleId": demo_titles.title_id(name)}, "position": "600s", "duration": "5400s"}
    assert 200 == edge.post("/api/v1/viewing/bookmarks", place, token=viewer.token).status
    return demo_titles.title_id(name)


def test_a_snoozed_title_leaves_its_rail_returns_on_undo_and_keeps_its_position(open_browser, edge, viewer):
    begun = _begun(edge, viewer, _LEDGER)
    app = open_browser({"width": 1920, "height": 1080})
    app.log_in(viewer.email, viewer.password)
    app.wait_for_own_home()
    page, card = app.page, app.rail("continue-watching").locator(f"[data-item='{begun}']")
    put_off = page.get_by_text(re.compile(f"{re.escape(_LEDGER)} is put off until"))

    card.locator("[data-card-more]").click()
    page.get_by_role("group", name="Put off until").get_by_role("button", name="Tomorrow").click()
    expect(put_off).to_be_visible()
    expect(card).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(card).to_be_visible()
    edge_client.wait_until(lambda: [begun] == _goes_on(edge, viewer))

    # A remote has no pointer; its menu key opens the sheet of a card.
    card.locator("[data-card]").focus()
    page.keyboard.press("ContextMenu")
    app.tab_to(page.get_by_role("button", name="In a month"))
    page.keyboard.press("Enter")
    expect(put_off).to_be_visible()
    app.open()
    app.wait_for_own_home()
    expect(card).to_have_count(0)

    assert [] == _goes_on(edge, viewer)
    [bookmark] = edge.get("/api/v1/viewing/bookmarks", token=viewer.token).json["bookmarks"]
    assert ("600s", False) == (bookmark["position"], bookmark.get("watched", False))
    assert [] == app.errors


def _goes_on(edge, viewer):
    answer = edge.get("/api/v1/viewing/continue-watching", token=viewer.token)
    return [item["subject"]["titleId"] for item in answer.json.get("items", [])]


def test_the_personal_home_returns_by_itself_and_the_notice_disappears(open_browser, viewer):
    app = open_browser()
    app.page.route(_RECOMMENDATIONS, lambda route: route.abort())
    app.log_in(viewer.email, viewer.password)
    line = app.page.get_by_text(re.compile("your recommendations will be back"))
    expect(line).to_be_visible()

    app.page.unroute(_RECOMMENDATIONS)
    expect(line).to_have_count(0)

    expect(app.cards.first).to_be_visible()
    assert [] == app.errors


def test_the_personal_home_waits_while_the_fallback_has_the_focus(open_browser, viewer):
    app = open_browser()
    app.page.route(_RECOMMENDATIONS, lambda route: route.abort())
    app.log_in(viewer.email, viewer.password)
    app.cards.first.focus()
    looked_at = app.cards.first.get_attribute("aria-label")

    app.page.unroute(_RECOMMENDATIONS)
    show = app.page.get_by_role("button", name="Show them")
    expect(show).to_be_visible()
    assert looked_at == app.page.evaluate("document.activeElement.ariaLabel")
    show.click()
    expect(show).to_have_count(0)

    expect(app.page.get_by_text(re.compile("your recommendations"))).to_have_count(0)
    assert [] == app.errors
