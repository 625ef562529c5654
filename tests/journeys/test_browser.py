"""Viewers find, start and continue titles in a real browser, whose picture moves."""

import contextlib
import itertools
import re
import threading

import pytest
from playwright.sync_api import expect

from tests.journeys import demo_titles, edge_client, viewer_app

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(1800)]

_DEMO = ("demo@ott.test", "demo123", "Demo User")
_CONTINUE = "/api/v1/viewing/continue-watching"
_BASIC = ("basic@ott.test", "test123")
_PHONE = {"width": 390, "height": 844}
#: The mean difference of gray from which a picture has changed.
_CHANGED = 1.0


def test_a_viewer_finds_a_film_despite_a_typo_plays_it_and_continues_on_another_device(open_browser, edge, cello):
    living_room = open_browser()
    living_room.log_in(*_DEMO)
    living_room.search_for("borowed celo")
    living_room.open_title(demo_titles.CELLO)
    living_room.play()
    began = living_room.began
    looks = []
    for second in (1, 4, 7, 10.5):
        living_room.watch_until(began + second)
        looks.append(living_room.read_picture())
    stopped = living_room.pause()
    assert began < 2
    assert stopped - began >= 10
    assert all(max(look) - min(look) > 10 for look in looks), "the picture is flat"
    assert all(viewer_app.mean_difference(*pair) > _CHANGED for pair in itertools.pairwise(looks)), "it stands still"
    assert (None, []) == (living_room.playback_error(), living_room.errors)
    living_room.leave()
    token = edge.log_in(*_DEMO[:2]).token
    # An earlier heartbeat arrives before the position at which it stopped.
    edge_client.wait_until(lambda: any(abs(place - stopped) < 1 for place in places(edge, token, cello)))

    bedroom = open_browser()
    bedroom.log_in(*_DEMO)
    edge_client.wait_until(lambda: offers_to_go_on(bedroom, cello))
    rail = bedroom.page.get_by_role("link", name=re.compile(f"^Continue {demo_titles.CELLO}"))
    expect(rail).to_be_visible()
    rail.click()
    bedroom.wait_for_picture()
    resumed = bedroom.began
    bedroom.watch_until(resumed + 1)

    assert abs(resumed - stopped) < 4
    assert (None, []) == (bedroom.playback_error(), bedroom.errors)


def places(edge, token, title_id):
    """Returns the position of a profile in a title, in seconds; None without a bookmark."""
    items = edge.get(_CONTINUE, token=token).json.get("items", [])
    return [
        float(item.get("position", "0s").removesuffix("s")) for item in items if item["subject"]["titleId"] == title_id
    ]


def offers_to_go_on(app, title_id):
    """Returns whether Continue Watching has a title; reloads if not, because the home learns of it from an event."""
    app.wait_for_own_home()
    offered = app.rail("continue-watching").locator(f"[data-item='{title_id}']").count() > 0
    if not offered:
        app.open()
    return offered


def test_hls_plays_like_dash(open_browser, edge, cello):
    viewer = edge.register_viewer()
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    requests = []
    app.page.on("request", lambda request: requests.append(request.url.partition("?")[0]))

    app.open(f"/play/{cello}?format=hls")
    app.wait_for_picture()
    before = app.read_picture()
    app.watch_until(app.position + 4)

    assert viewer_app.mean_difference(before, app.read_picture()) > _CHANGED
    assert (None, []) == (app.playback_error(), app.errors)
    assert [url for url in requests if url.endswith("master.m3u8")]
    assert not [url for url in requests if url.endswith(".mpd")]


def test_a_basic_account_sees_on_the_card_the_page_and_the_player_why_a_title_is_locked(open_browser):
    app = open_browser()
    app.log_in(*_BASIC)
    app.search_for("nigth courrier")

    expect(app.tile(demo_titles.COURIER)).to_have_accessible_name(
        re.compile(r"locked: Your plan does not include this title\..*Premium")
    )
    app.open_title(demo_titles.COURIER)
    notice = app.page.get_by_role("main")
    for words in ("Your plan does not include this title.", re.compile(r"Included in Premium.*15\.99 USD")):
        expect(notice.get_by_text(words)).to_be_visible()
    expect(app.page.get_by_role("link", name="Compare plans")).to_be_visible()
    expect(app.page.get_by_role("link", name="Play", exact=True)).to_have_count(0)

    app.open(f"/play/{demo_titles.title_id(demo_titles.COURIER)}")
    refusal = app.page.get_by_role("alert")
    expect(refusal).to_contain_text("Your plan does not include this title.")
    expect(refusal).to_contain_text(re.compile(r"Included in Premium.*15\.99 USD"))
    expect(app.video).to_have_count(0)
    assert [] == app.errors


@contextlib.contextmanager
def watching(edge, viewer, title_id):
    """Plays on another screen inside the block."""
    session, over = edge.start(viewer, title_id), threading.Event()
    path = f"/api/v1/playback/sessions/{session['sessionId']}:heartbeat"

    def beat():
        while not over.wait(2):
            edge.post(path, {"position": "5s", "state": "PLAYER_STATE_PLAYING"}, token=viewer.token)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_stream_beyond_the_limit_is_refused_until_another_is_stopped(open_browser, edge, cello):
    viewer = edge.register_viewer("BASIC")
    app = open_browser()
    app.log_in(viewer.email, viewer.password)

    with watching(edge, viewer, cello):
        app.open(f"/play/{cello}")
        expect(app.page.get_by_role("alert")).to_contain_text("Your account is playing on all the screens it may.")
    app.page.get_by_role("button", name="Stop it and watch here").click()
    app.wait_for_picture()

    assert (None, []) == (app.playback_error(), app.errors)


def test_the_keyboard_alone_reaches_the_player_from_the_log_in_and_leaves_it(open_browser, edge, cello):
    viewer = edge.register_viewer()
    app = open_browser()
    page, keyboard = app.page, app.page.keyboard
    app.open()
    app.tab_to(page.get_by_label("Email"))
    keyboard.type(viewer.email)
    app.tab_to(page.get_by_label("Password"))
    keyboard.type(viewer.password)
    keyboard.press("Enter")
    app.tab_to(page.get_by_role("button", name="Skip for now"))
    keyboard.press("Enter")
    app.tab_to(page.get_by_role("link", name="Search", exact=True).first, "Shift+Tab")
    keyboard.press("Enter")
    app.tab_to(page.get_by_role("searchbox"))
    keyboard.type("borowed celo")
    app.tab_to(app.tile(demo_titles.CELLO))
    keyboard.press("Enter")
    app.tab_to(page.get_by_role("link", name="Play", exact=True))
    keyboard.press("Enter")
    app.wait_for_picture()

    before = app.position
    keyboard.press("l")
    app.watch_until(before + 10)
    app.pause()
    app.leave()

    expect(app.heading(demo_titles.CELLO)).to_be_visible()
    assert [] == app.errors


def test_the_viewer_chooses_captions_and_quality(open_browser, edge, cello):
    viewer = edge.register_viewer()
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    app.open(f"/play/{cello}")
    app.wait_for_picture()
    app.video.evaluate("video => { video.loop = true; }")  # A slow machine takes longer than the film.

    # The controls stay visible while one of them has the focus.
    app.page.keyboard.press("ArrowUp")
    app.open_menu("Quality")
    app.page.get_by_role("menuitemradio", name="144p").click()
    app.page.wait_for_function("() => document.querySelector('video').videoHeight === 144")
    app.open_menu("Subtitles")
    app.page.get_by_role("menuitemradio", name="English").click()
    expect(app.captions).to_contain_text(re.compile(r"\w"))

    assert (None, []) == (app.playback_error(), app.errors)


def test_the_next_episode_plays_from_the_card_after_an_episode(open_browser, edge, playable):
    series = playable(demo_titles.MOSS)
    viewer = edge.register_viewer()
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    app.open(f"/title/{series}")
    app.play()
    first = app.video.evaluate("video => video.duration")

    # While it is paused there, the next episode does not start by itself.
    app.video.evaluate("video => { video.pause(); video.currentTime = video.duration - 4; }")
    card = app.page.get_by_role("region", name="Next episode")
    expect(card).to_contain_text("S1 E2")
    card.get_by_role("button", name="Play now").click()
    expect(card).to_have_count(0)  # Until then, the picture and the name are those of the first episode.
    expect(app.page.get_by_text(re.compile("^S1 E2"))).to_be_visible()
    app.wait_for_picture()

    assert app.began < first - 8
    assert (None, []) == (app.playback_error(), app.errors)


def test_no_page_has_accessibility_violations(open_browser, cello):
    app = open_browser()
    barriers = {}
    app.open("/login")
    expect(app.page.get_by_label("Email")).to_be_visible()
    barriers["log in"] = app.accessibility_violations()
    app.log_in(*_BASIC)
    barriers["home"] = app.accessibility_violations()
    pages = {
        "browse": ("/browse", "Everything"),
        "plans": ("/plans", "Choose how you watch"),
        "title": (f"/title/{cello}", demo_titles.CELLO),
        "locked title": (f"/title/{demo_titles.title_id(demo_titles.COURIER)}", demo_titles.COURIER),
    }
    for name, (path, heading) in pages.items():
        app.open(path)
        expect(app.heading(heading)).to_be_visible()
        barriers[name] = app.accessibility_violations()
    app.search_for("cello")
    expect(app.tile(demo_titles.CELLO)).to_be_visible()
    barriers["search"] = app.accessibility_violations()
    app.open(f"/play/{cello}")
    app.wait_for_picture()
    barriers["player"] = app.accessibility_violations()

    assert [] == [f"{name}: {barrier}" for name, found in barriers.items() for barrier in found]


@pytest.mark.parametrize("viewport", [_PHONE, {"width": 1920, "height": 1080}], ids=["phone", "television"])
def test_every_page_fits_the_screen(open_browser, edge, cello, viewport):
    viewer = edge.register_viewer()
    app = open_browser(viewport)
    app.log_in(viewer.email, viewer.password)
    overhang = {}
    for path, heading in {"/": "Home", "/browse": "Everything", f"/title/{cello}": demo_titles.CELLO}.items():
        app.open(path)
        expect(app.heading(heading)).to_be_visible()
        overhang[path] = app.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")

    assert dict.fromkeys(overhang, True) == {path: wide <= 0 for path, wide in overhang.items()}
    assert [] == app.errors
