"""Recommendations follow the viewer, say why, and can be corrected."""

import json
import re

import pytest
from playwright.sync_api import Locator, expect

from deploy.seed import seed_files
from tests.journeys import demo_titles, edge_client, viewer_app

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]

_LEDGER = "The Lighthouse Keeper's Ledger"
_RAILS_OF_THE_GUIDE = ("tonight", "catch-up")
_SEED = {title.title_id: title for title in seed_files.load().titles}


@pytest.fixture(scope="module", autouse=True)
def embedded(edge):
    """Waits until every title has a vector."""
    token = edge.log_in("demo@ott.test", "demo123").token

    def is_embedded(title_id):
        answer = edge.get(f"/api/v1/recommendation/similar?subject.title_id={title_id}", token=token)
        return 200 == answer.status and "DEGRADATION_NO_VECTORS" not in answer.json.get("degradations", [])

    edge_client.wait_until(lambda: all(map(is_embedded, _SEED)), patience=300.0)


@pytest.fixture
def viewer(edge):
    """A new viewer without history."""
    return edge.register_viewer()


def _like(app: viewer_app.App, name: str) -> None:
    app.open(f"/title/{demo_titles.title_id(name)}")
    thumb = app.page.get_by_role("button", name="I like this")
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    expect(app.page.get_by_text("Noted. There will be more like it.")).to_be_visible()


def _for_you(app: viewer_app.App) -> list[str]:
    """Returns the ids of the titles in For You, once the rail is loaded."""
    app.wait_for_own_home()
    app.rail("for-you").locator("[data-item]").first.wait_for()
    return app.items("for-you")


def _sheet_with(app: viewer_app.App, said: re.Pattern[str]) -> Locator:
    """Returns the sheet of the first title in For You with a reason that matches; popular titles have other reasons."""
    sheet = app.page.get_by_role("dialog")
    for more in app.rail("for-you").locator("[data-card-more]").all():
        more.click()
        expect(sheet.get_by_role("heading", name="Why this?")).to_be_visible()
        expect(sheet.get_by_text("100 %", exact=True).last).to_be_visible()
        if sheet.get_by_text(said).count():
            return sheet
        app.page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
    raise LookupError(f"nothing For You says {said.pattern}")


def test_more_like_this_uses_vectors_and_not_genres(open_browser, viewer):
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    app.open(f"/title/{demo_titles.title_id(demo_titles.GREENHOUSE)}")
    app.rail("similar").locator("[data-item]").first.wait_for()
    title, similar = (
        _SEED[demo_titles.title_id(demo_titles.GREENHOUSE)],
        [_SEED[title_id] for title_id in app.items("similar")],
    )

    across = [other.title for other in similar if not set(other.genres) & set(title.genres)]
    kindred = [other.title for other in similar if set(other.themes) & set(title.themes)]
    assert set(across) & set(kindred), f"across genres: {across}, of a kind: {kindred}"
    assert title.title_id not in app.items("similar")
    assert [] == app.errors


def test_for_you_changes_after_a_thumb_and_names_it_as_a_reason(open_browser, viewer):
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    before = app.page.locator("[data-item]").evaluate_all("items => items.map(item => item.dataset.item)")

    _like(app, _LEDGER)
    app.page.get_by_role("link", name="Home", exact=True).first.click()
    chosen = _for_you(app)

    assert chosen != before[: len(chosen)]
    assert demo_titles.title_id(_LEDGER) not in chosen
    expect(_sheet_with(app, re.compile(re.escape(_LEDGER)))).to_be_visible()
    assert [] == app.errors


def test_a_reason_that_is_removed_changes_the_rail_at_once(open_browser, viewer):
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    _like(app, _LEDGER)
    _like(app, demo_titles.CELLO)
    app.page.get_by_role("link", name="Home", exact=True).first.click()
    before = _for_you(app)

    reason = re.compile("^Not because of ")
    _sheet_with(app, reason).get_by_role("button", name=reason).first.click()
    expect(app.page.get_by_text(re.compile("no longer counts"))).to_be_visible()
    app.page.wait_for_function(
        """before => JSON.stringify([...document.querySelectorAll("[data-rail='for-you'] [data-item]")]
          .map(item => item.dataset.item)) !== before""",
        arg=json.dumps(before, separators=(",", ":")),
    )

    assert [] == app.errors


def test_the_taste_page_pauses_forgets_and_exports_signals(open_browser, viewer, tmp_path):
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    _like(app, _LEDGER)
    app.open("/taste")
    page = app.page

    page.get_by_role("button", name=f"Pause: {_LEDGER}").first.click()
    expect(page.get_by_role("button", name=f"Resume: {_LEDGER}").first).to_be_visible()
    with page.expect_download() as handed:
        page.get_by_role("button", name="Download as a file").click()
    handed.value.save_as(tmp_path / "taste.json")
    page.get_by_role("group", name="Kind of signal").get_by_role("button", name="Thumbs").click()
    # The list of all kinds stays visible until the list of thumbs is loaded.
    rated = page.locator(f"[data-item='rated.{demo_titles.title_id(_LEDGER)}']")
    rated.get_by_role("button", name=f"Forget: {_LEDGER}").click()
    expect(page.get_by_text("There is nothing of this kind.")).to_be_visible()

    assert demo_titles.title_id(_LEDGER) in (tmp_path / "taste.json").read_text()
    with page.expect_response(re.compile("/BatchGetSubjectStates$")):  # Before the response, no button is pressed.
        app.open(f"/title/{demo_titles.title_id(_LEDGER)}")
    expect(page.get_by_role("button", name="I like this")).to_have_attribute("aria-pressed", "false")
    assert [] == app.errors


def test_a_title_of_no_interest_is_removed_and_does_not_return(open_browser, viewer):
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    _like(app, _LEDGER)
    app.page.get_by_role("link", name="Home", exact=True).first.click()
    unwanted = _for_you(app)[0]

    app.more_button("for-you").click()
    app.page.get_by_role("dialog").get_by_role("button", name="Not interested").click()
    expect(app.page.get_by_text(re.compile("will not be recommended any more"))).to_be_visible()
    expect(app.page.locator(f"[data-item='{unwanted}']")).to_have_count(0)
    for _ in range(2):
        app.open("/")
        assert unwanted not in _for_you(app)
    expect(app.page.locator(f"[data-item='{unwanted}']")).to_have_count(0)

    assert [] == app.errors


def test_a_new_profile_is_asked_once_for_its_taste(open_browser, viewer):
    app = open_browser()
    page = app.page
    app.open("/login")
    page.get_by_label("Email").fill(viewer.email)
    page.get_by_label("Password").fill(viewer.password)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("group", name="Genres").get_by_role("button", name="Mystery").click()
    page.get_by_role("button", name="Show me something").click()
    expect(app.cards.first).to_be_visible()

    app.open("/")
    expect(app.cards.first).to_be_visible()
    app.open("/taste")
    mystery = page.get_by_role("group", name="Genres").get_by_role("button", name="Mystery")
    expect(mystery).to_have_attribute("aria-pressed", "true")
    assert [] == app.errors


def test_the_arrow_keys_open_a_title_and_back_restores_the_focus(open_browser, viewer):
    app = open_browser({"width": 1920, "height": 1080})
    app.log_in(viewer.email, viewer.password)
    keyboard = app.page.keyboard
    app.cards.first.focus()
    keyboard.press("ArrowDown")
    while app.focused_item()[0] in _RAILS_OF_THE_GUIDE:
        keyboard.press("ArrowDown")
    for _ in range(2):
        keyboard.press("ArrowRight")
    place = app.focused_item()

    app.open_focused_card()
    app.rail(place[0]).wait_for(state="detached")
    app.page.go_back()
    app.page.wait_for_function("() => document.activeElement.closest('[data-item]')")

    assert place[1] != ""
    assert place == app.focused_item()
    assert [] == app.errors


def test_titles_are_added_to_my_list_and_removed(open_browser, viewer):
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    page = app.page
    app.open(f"/title/{demo_titles.title_id(_LEDGER)}")
    page.get_by_role("button", name="Add to My List").click()
    expect(page.get_by_role("button", name="Remove from My List")).to_be_visible()
    expect(page.get_by_text(f"{_LEDGER} is on your list.")).to_be_visible()

    app.open("/watchlist")
    expect(app.tile(_LEDGER)).to_be_visible()
    page.get_by_role("button", name=f"Remove {_LEDGER} from My List").click()
    expect(page.get_by_text("Nothing on your list yet.")).to_be_visible()

    assert [] == app.errors


def test_pick_returns_a_title_for_a_mood_and_then_another(open_browser, viewer):
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    page = app.page
    app.open("/pick")
    page.get_by_role("button", name="tense", exact=True).click()
    page.get_by_role("button", name="Pick something").click()
    play = page.get_by_role("link", name=re.compile("^Play "))
    expect(play).to_be_focused()
    first = play.get_attribute("aria-label")
    page.get_by_role("button", name="Another one").click()

    expect(page.get_by_role("link", name=re.compile(f"^Play (?!{re.escape(str(first)[5:])}$)"))).to_be_visible()
    assert [] == app.errors


def test_without_recommendations_home_shows_what_is_popular_and_says_so(open_browser, viewer):
    app = open_browser()
    app.page.route("**/marquee.recommendation.v1.RecommendationService/*", lambda route: route.abort())
    app.log_in(viewer.email, viewer.password)

    expect(app.page.get_by_text(re.compile("popular; your recommendations will be back"))).to_be_visible()
    expect(app.heading("Popular on Marquee")).to_be_visible()
    expect(app.cards.first).to_be_visible()
    assert [] == app.errors


def _is_understood(app: viewer_app.App) -> bool:
    """Returns whether search used the vectors; reloads if it had no time for them, which the page says."""
    meant = app.page.get_by_role("main").locator("[data-card]").filter(has_text="Matches by meaning").first
    in_a_hurry = app.page.get_by_text("Found by words alone")
    expect(meant.or_(in_a_hurry).first).to_be_visible()
    understood = meant.is_visible()
    if not understood:
        app.page.reload()
    return understood


def test_search_uses_vectors_and_filters(open_browser, viewer):
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    app.search_for("slow-burn mystery in a small town")
    edge_client.wait_until(lambda: _is_understood(app))

    app.page.get_by_role("button", name="Genre").click()
    app.page.get_by_role("menuitemradio", name=re.compile("^Mystery")).click()
    app.page.wait_for_url(re.compile("genre=mystery"))
    mysteries = [title.title for title in _SEED.values() if "Mystery" in title.genres]
    app.page.wait_for_function(
        """names => { const cards = [...document.querySelectorAll('main [data-card]')];
          return cards.length > 0 && cards.every(card => names.some(name => card.ariaLabel.startsWith(name))); }""",
        arg=mysteries,
    )

    assert [] == app.errors


def test_no_page_of_recommendations_has_accessibility_violations(open_browser):
    app = open_browser()
    app.log_in("demo@ott.test", "demo123", "Demo User")
    barriers = {"home": app.accessibility_violations()}
    app.page.locator("[data-card-more]").first.click()
    expect(app.page.get_by_role("dialog")).to_be_visible()
    barriers["sheet"] = app.accessibility_violations()
    for path, heading in {
        "/watchlist": "My List",
        "/history": "History",
        "/taste": "Your taste",
        "/pick": "Just play something",
    }.items():
        app.open(path)
        expect(app.heading(heading)).to_be_visible()
        barriers[path] = app.accessibility_violations()
    app.search_for("lighthouse")
    expect(app.tile(_LEDGER).first).to_be_visible()
    barriers["search"] = app.accessibility_violations()

    assert [] == [f"{name}: {barrier}" for name, found in barriers.items() for barrier in found]
