"""After an episode the next one starts; after a film the app offers similar ones."""

import re

import pytest
from playwright.sync_api import expect

from deploy.seed import seed_files
from tests.journeys import demo_titles, edge_client

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(1800)]

_SEED = {title.title_id: title for title in seed_files.load().titles}
#: The seconds before the end at which the picture is paused.
_LEFT = 4
_HOLD = "(video, left) => { video.pause(); video.currentTime = video.duration - left; }"


def after(edge, viewer, title_id, episode_id=""):
    """Returns what follows a subject, once the vectors are available."""
    subject = f"episode_id={episode_id}" if episode_id else f"title_id={title_id}"
    path = f"/api/v1/recommendation/post-play?subject.{subject}"

    def answered():
        answer = edge.get(path, token=viewer.token)
        known = 200 == answer.status and "DEGRADATION_NO_VECTORS" not in answer.json.get("degradations", [])
        return answer.json if known else None

    return edge_client.wait_until(answered, patience=300.0)


def test_the_next_episode_starts_by_itself_after_a_countdown(open_browser, edge, playable):
    series = playable(demo_titles.MOSS)
    viewer = edge.register_viewer()
    first, second = _SEED[series].episodes[:2]
    reported = after(edge, viewer, series, first.episode_id)
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    app.open(f"/play/{series}?episode={first.episode_id}")
    app.wait_for_picture()

    app.video.evaluate(_HOLD, _LEFT)
    card = app.page.get_by_role("region", name="Next episode")
    expect(card).to_contain_text(f"S1 E2 · {second.title}")
    expect(card.get_by_role("timer")).to_have_text(re.compile(r"^Starts in [345]$"))
    expect(card.get_by_role("button", name="Play now")).to_be_focused()
    app.video.evaluate("video => video.play()")
    app.page.wait_for_url(re.compile(second.episode_id))
    expect(card).to_have_count(0)
    app.wait_for_picture()

    assert "ITEM_KIND_NEXT_EPISODE" == reported["items"][0]["kind"]
    assert (series, second.episode_id) == (
        reported["items"][0]["subject"]["titleId"],
        reported["items"][0]["play"]["episodeId"],
    )
    assert (None, []) == (app.playback_error(), app.errors)


def test_the_next_episode_does_not_start_after_keep_watching(open_browser, edge, playable):
    series = playable(demo_titles.MOSS)
    viewer = edge.register_viewer()
    first = _SEED[series].episodes[0]
    app = open_browser()
    app.log_in(viewer.email, viewer.password)
    app.open(f"/play/{series}?episode={first.episode_id}")
    app.wait_for_picture()

    app.video.evaluate(_HOLD, _LEFT)
    card = app.page.get_by_role("region", name="Next episode")
    card.get_by_role("button", name="Keep watching this").click()
    expect(card).to_have_count(0)
    app.video.evaluate("video => video.play()")
    app.page.wait_for_function("() => document.querySelector('video').ended")
    expect(card.get_by_role("button", name="Play now")).to_be_visible()
    expect(card.get_by_role("timer")).to_have_count(0)

    assert first.episode_id in app.page.url
    assert [] == app.errors


def test_similar_films_are_offered_after_a_film_and_none_starts_by_itself(open_browser, edge, cello):
    viewer = edge.register_viewer()
    reported = after(edge, viewer, cello)
    app = open_browser({"width": 1920, "height": 1080})
    app.log_in(viewer.email, viewer.password)
    app.open(f"/play/{cello}")
    app.wait_for_picture()

    app.video.evaluate("video => { video.currentTime = video.duration - 1; }")
    finished = app.page.get_by_role("region", name="That was it")
    offered = finished.get_by_role("link", name=re.compile("^Play "))
    expect(offered).to_have_count(4)
    expect(offered.first).to_be_focused()
    said = offered.evaluate_all("links => links.map(link => link.ariaLabel)")
    names = [each.removeprefix("Play ").partition(". ")[0] for each in said]
    app.page.keyboard.press("Enter")
    app.page.wait_for_url(re.compile("/play/(?!" + cello + ")"))

    assert {"ITEM_KIND_TITLE"} == {item["kind"] for item in reported["items"]}
    assert demo_titles.CELLO not in names
    assert any(f"Like {demo_titles.CELLO}" in each for each in said)
    assert f"/play/{next(each.title_id for each in _SEED.values() if each.title == names[0])}" in app.page.url
    assert [] == app.errors
