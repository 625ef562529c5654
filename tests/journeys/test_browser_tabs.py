"""Tabs of one browser keep their own profiles, and show what another tab changes."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import demo_titles

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

_ACCOUNT = ("standard@ott.test", "test123")
_ADULT, _KID = "Standard User", "Family"
_LEDGER = "The Lighthouse Keeper's Ledger"


def _switch(app, profile):
    app.open("/profiles")
    app.page.get_by_role("button", name=re.compile(f"^{profile}")).click()
    expect(app.page.get_by_role("button", name=f"{profile}, account menu")).to_be_visible()


def test_a_tab_keeps_its_profile_when_another_tab_selects_another(open_browser):
    kid = open_browser()
    kid.log_in(*_ACCOUNT, _ADULT)
    _switch(kid, _KID)
    adult = kid.another_tab()
    adult.open()
    _switch(adult, _ADULT)
    expect(kid.page.get_by_text(f"{_ADULT} is watching in another tab. This tab stays with {_KID}.")).to_be_visible()

    # A tab that reloads exchanges the refresh token, which is bound to the profile that was selected last.
    kid.page.reload()
    expect(kid.page.get_by_role("button", name=f"{_KID}, account menu")).to_be_visible()
    adult.page.reload()

    expect(adult.page.get_by_role("button", name=f"{_ADULT}, account menu")).to_be_visible()
    assert [] == kid.errors + adult.errors


def test_a_log_in_after_a_log_out_starts_at_the_home(open_browser, edge):
    first, second = edge.register_viewer(), edge.register_viewer()
    app = open_browser()
    app.log_in(first.email, first.password)
    app.open("/history")
    expect(app.heading("History")).to_be_visible()
    app.page.get_by_role("button", name=re.compile("account menu")).click()
    app.page.get_by_role("menuitem", name="Log out").click()
    expect(app.page.get_by_label("Email")).to_be_visible()

    assert app.page.url.endswith("/login")
    app.log_in(second.email, second.password)
    assert [] == app.errors


def test_my_list_shows_what_another_tab_adds(open_browser, edge):
    viewer = edge.register_viewer()
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    app.open("/watchlist")
    expect(app.page.get_by_text("Nothing on your list yet.")).to_be_visible()
    other = app.another_tab()
    other.open(f"/title/{demo_titles.title_id(_LEDGER)}")

    other.page.get_by_role("button", name="Add to My List").click()
    expect(app.tile(_LEDGER)).to_be_visible()
    app.page.get_by_role("button", name=f"Remove {_LEDGER} from My List").click()
    expect(other.page.get_by_role("button", name="Add to My List")).to_be_visible()
    other.page.get_by_role("button", name="Add to My List").click()

    expect(app.tile(_LEDGER)).to_be_visible()
    assert [] == app.errors + other.errors
