"""Viewers watch channels in a real browser: live, from the beginning of a programme, past its end, and in catch-up."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys import channel_airings, edge_client, timed_films

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

_FILM_SECONDS = 40
_FIRST_NUMBER = 9101
#: Pictures state tenths of a second, and a screenshot takes some time.
_TOLERANCE = 0.4
_ZAPS = 6
_ZAP_SECONDS = 0.8
# Resolves to the milliseconds from the next key to the first frame of the next channel.
_MEASURE_ZAP = """() => {
  const video = document.querySelector("video");
  window.zapped = new Promise(resolve => {
    let pressed;
    addEventListener("keydown", () => { pressed = performance.now(); }, {capture: true, once: true});
    const onFrame = () => resolve(performance.now() - pressed);
    video.addEventListener("emptied", () => video.requestVideoFrameCallback(onFrame), {once: true});
  });
}"""


class _Schedule:
    """Programmes of one length, two films in turn, around the present."""

    def __init__(self, films):
        self._films = films
        first = channel_airings.next_cell(datetime.now(UTC)) - timedelta(minutes=20)
        length = timedelta(seconds=_FILM_SECONDS)
        self.airings = [
            channel_airings.Airing(
                films[index % 2], f"Heron Part {index}", first + index * length, first + (index + 1) * length
            )
            for index in range(90)
        ]

    def at(self, seconds):
        """Returns the programme at a time since the epoch."""
        return next(each for each in self.airings if each.start.timestamp() <= seconds < each.end.timestamp())

    def position(self, seconds, film_number, film_seconds):
        """Returns how far what a picture states is from what belongs to a time, in seconds."""
        times = (each.start.timestamp() + film_seconds for each in self.airings if each.film.number == film_number)
        return min(abs(time - seconds) for time in times)


@pytest.fixture(scope="module")
def films(platform, edge):
    """Two films whose pictures state their number and time."""
    return [channel_airings.create_film(edge, platform.home / "sources", number, _FILM_SECONDS) for number in (1, 2)]


@pytest.fixture(scope="module")
def schedule(films):
    return _Schedule(films)


@pytest.fixture(scope="module")
def channels(edge, films, schedule):
    """A channel of short programmes, and one whose programme began an hour ago."""
    now = channel_airings.next_cell(datetime.now(UTC))
    hour = timedelta(hours=1)
    long_airing = channel_airings.Airing(films[0], "Heron Marathon", now - hour, now + hour)
    channel_ids = [
        channel_airings.create_channel(edge, _FIRST_NUMBER, "Heron Short", schedule.airings),
        channel_airings.create_channel(edge, _FIRST_NUMBER + 1, "Heron Long", [long_airing]),
    ]
    yield channel_ids
    for channel_id in channel_ids:
        channel_airings.delete_channel(edge, channel_id)


@pytest.fixture
def viewer(edge):
    return edge.register_viewer()


@pytest.fixture
def app(open_browser, viewer):
    """The app of a new viewer on a television, and the calls to the playback service that it makes."""
    opened = open_browser({"width": 1280, "height": 720})
    opened.log_in(viewer.email, viewer.password)
    return opened


def _record_calls(app):
    """Returns a list that grows with the names of the calls to the playback service."""
    calls = []
    pattern = re.compile(r"PlaybackService/(\w+)$")
    app.page.on("request", lambda request: calls.extend(pattern.findall(request.url)))
    return calls


def _time(app):
    """Returns the time on the channel, which the times of DASH are."""
    return app.position


def _look(app, schedule):
    """Waits until the controls are hidden; returns the time on the channel, if the picture belongs to it."""

    def seen():
        before, shot, after = _time(app), app.page.screenshot(), _time(app)
        picture = timed_films.read_picture(Image.open(io.BytesIO(shot)))
        if picture is None or after - before > 1:
            return None
        assert schedule.position((before + after) / 2, *picture) <= _TOLERANCE + (after - before) / 2, (
            before,
            after,
            picture,
        )
        return before

    # The controls stay while the pointer is on them.
    app.page.mouse.move(200, 200)
    app.page.wait_for_selector("[data-controls=hidden]")
    return edge_client.wait_until(seen)


def test_a_viewer_goes_from_the_guide_to_live_to_the_beginning_and_past_the_end(app, channels, schedule):
    calls, page = _record_calls(app), app.page
    app.open("/guide?q=Heron+Short")
    page.get_by_role("gridcell", name=re.compile("On now")).click()
    page.get_by_role("dialog").get_by_role("link", name="Watch live").click()
    app.wait_for_picture()
    live = _look(app, schedule)
    assert 0 < datetime.now(UTC).timestamp() - live < 30

    # The button is there as soon as the programme has run for some seconds.
    page.keyboard.press("ArrowDown")
    page.mouse.move(200, 700)
    start_over = page.get_by_role("button", name="Start over")
    start_over.wait_for()
    live = _time(app)
    start_over.click()
    page.wait_for_function("live => document.querySelector('video').currentTime < live - 5", arg=live)
    began = _look(app, schedule)
    airing = schedule.at(began)
    assert began - airing.start.timestamp() < 15
    expect(page.get_by_text(airing.name).first).to_be_attached()

    before = list(calls)
    app.watch_until(airing.end.timestamp() + 1)
    following = schedule.at(airing.end.timestamp())
    _look(app, schedule)
    expect(page.get_by_text(following.name, exact=True)).to_be_attached()
    assert set(calls[len(before) :]) <= {"Heartbeat"}
    assert calls.count("StartSession") == 1
    assert (None, []) == (app.playback_error(), app.errors)


def test_an_ended_programme_is_played_from_the_guide(app, edge, viewer, channels, schedule):
    airing = schedule.at(datetime.now(UTC).timestamp() - 300)
    query = f"startTime={airing.start:%Y-%m-%dT%H:%M:%SZ}&endTime={airing.end:%Y-%m-%dT%H:%M:%SZ}"
    guide = edge.get(f"/api/v1/epg/guide?{query}&filter.channelIds={channels[0]}", token=viewer.token).json
    (programme,) = guide["schedules"][0]["programmes"]

    app.open(f"/guide?programme={programme['programmeId']}")
    app.page.get_by_role("dialog").get_by_role("link", name="Watch", exact=True).click()
    app.wait_for_picture()
    seen = _look(app, schedule)

    assert schedule.at(seen) == airing
    assert seen - airing.start.timestamp() < 15
    app.page.mouse.move(300, 300)
    app.page.get_by_role("button", name="Back to live").click()
    app.page.wait_for_function("from => document.querySelector('video').currentTime > from + 120", arg=seen)
    assert datetime.now(UTC).timestamp() - _look(app, schedule) < 30
    assert (None, []) == (app.playback_error(), app.errors)


def test_the_keys_change_channels_quickly_in_one_stream_slot(app, channels):
    page = app.page
    calls = _record_calls(app)
    app.open(f"/watch/channel/{channels[0]}")
    app.wait_for_picture()
    page.evaluate("() => document.querySelector('video').id = 'kept'")
    times = []
    for zap in range(_ZAPS):
        page.evaluate(_MEASURE_ZAP)
        page.keyboard.press("PageUp" if zap % 2 == 0 else "PageDown")
        times.append(page.evaluate("() => window.zapped") / 1000)

    assert min(times) < _ZAP_SECONDS, times
    assert page.url.endswith(f"/watch/channel/{channels[0]}")
    for digit in str(_FIRST_NUMBER + 1):
        page.keyboard.press(digit)
    offer = page.get_by_role("region", name="Start over")
    expect(offer).to_contain_text(re.compile(r"This began \d+ minutes ago\."))
    assert page.url.endswith(f"/watch/channel/{channels[1]}")
    page.keyboard.press("Backspace")
    page.wait_for_url(f"**/watch/channel/{channels[0]}")
    app.wait_for_picture()
    assert page.locator("video#kept").count() == 1
    assert "StopSession" not in calls
    assert [] == app.errors


def test_the_mini_guide_is_used_with_five_keys(app, channels):
    page, keyboard = app.page, app.page.keyboard
    app.open(f"/watch/channel/{channels[0]}")
    app.wait_for_picture()
    page.wait_for_selector("[data-controls=hidden]")
    keyboard.press("ArrowUp")
    expect(page.locator("[role=gridcell]:focus")).to_have_accessible_name(re.compile("^Heron Short, Heron Part"))
    assert [] == app.accessibility_violations()
    keyboard.press("ArrowDown")
    expect(page.locator("[role=gridcell]:focus")).to_have_accessible_name("Heron Long, Heron Marathon")

    keyboard.press("Enter")
    page.wait_for_url(f"**/watch/channel/{channels[1]}")
    expect(page.get_by_role("grid")).to_have_count(0)
    app.wait_for_picture()
    keyboard.press("ArrowUp")
    keyboard.press("Escape")
    expect(page.get_by_role("grid")).to_have_count(0)
    expect(app.video).to_have_count(1)
    assert [] == app.errors
