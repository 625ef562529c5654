"""One platform for all journeys, with the demo accounts and a little media. The tests that harm it come last."""

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests import local_platform
from tests.journeys import demo_titles, edge_client, viewer_app

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
_TELEVISION: ViewportSize = {"width": 1280, "height": 720}
#: Tests under load would exceed the budgets of production. The edge still counts calls.
_BUDGETS = ",".join(
    f"{rate_class}=100000/m"
    for rate_class in (
        "browse",
        "search",
        "credential",
        "play",
        "heartbeat",
        "write",
        "operate",
        "connection",
        "introspection",
    )
)
_HARMFUL = "test_failures.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Moves the tests that kill processes behind the other journeys: they share the platform."""
    places = [place for place, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    journeys = sorted((items[place] for place in places), key=lambda item: item.path.name == _HARMFUL)
    for place, item in zip(places, journeys, strict=True):
        items[place] = item


@pytest.fixture(scope="package")
def platform() -> Iterator[local_platform.Platform]:
    """A running platform with the demo accounts, without their media."""
    options = ("--no-seed", "--replicas", "catalog=2")
    with local_platform.running(*options, MARQUEE_RATE_LIMITS=_BUDGETS) as started:
        started.run_cli("seed", "--no-media")
        yield started


@pytest.fixture(scope="package")
def edge(platform: local_platform.Platform) -> edge_client.Edge:
    """A client of the edge."""
    return edge_client.Edge(platform.port)


@pytest.fixture(scope="package")
def assets(edge: edge_client.Edge) -> dict[str, list[str]]:
    """The ids of the assets that are being made, by the names of their titles."""
    return demo_titles.create_assets(edge)


@pytest.fixture(scope="package")
def playable(edge: edge_client.Edge, assets: dict[str, list[str]]) -> Callable[[str], str]:
    """Returns a function that waits until a title plays, and returns its id."""

    def ready(name: str) -> str:
        for asset_id in assets[name]:
            demo_titles.wait_until_ready(edge, asset_id)
        return demo_titles.title_id(name)

    return ready


@pytest.fixture(scope="package")
def cello(playable: Callable[[str], str]) -> str:
    """The id of a film that plays, which is in the package Basic."""
    return playable(demo_titles.CELLO)


_REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keeps the reports of each test, for fixtures that save something when it fails."""
    report = yield
    item.stash.setdefault(_REPORTS, {})[report.when or ""] = report
    return report


@pytest.fixture
def has_failed(request: pytest.FixtureRequest) -> Callable[[], bool]:
    """Returns a function that tells, once the test is over, whether it failed."""
    return lambda: any(report.failed for report in request.node.stash.get(_REPORTS, {}).values())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one file: its event loop would stop the asynchronous tests of others."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no Chromium on this machine; without one, nobody knows whether the picture moves.")
        pytest.skip("There is no Chromium on this machine: install Debian's package chromium.")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=_FLAGS, timeout=viewer_app.PATIENCE_MS)
        yield launched
        launched.close()


@pytest.fixture
def open_browser(
    browser: Browser, platform: local_platform.Platform, has_failed: Callable[[], bool], tmp_path: Path
) -> Iterator[Callable[..., viewer_app.App]]:
    """Returns a function that opens isolated browsers; saves their screenshots if the test fails."""
    opened = []

    def fresh(viewport: ViewportSize = _TELEVISION) -> viewer_app.App:
        context = browser.new_context(viewport=viewport, reduced_motion="reduce")
        app = viewer_app.App(context.new_page(), platform.url)
        opened.append((context, app))
        return app

    yield fresh
    for number, (context, app) in enumerate(opened, 1):
        if has_failed():
            picture = tmp_path / f"browser-{number}.png"
            app.page.screenshot(path=picture)
            sys.stdout.write(f"browser {number} at {app.page.url}, shown in {picture}; errors: {app.errors}\n")
        context.close()
