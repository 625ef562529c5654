"""One platform for all journeys that do no harm, with the demo accounts and a little media."""

from collections.abc import Callable, Generator, Iterator

import pytest

from tests import platform as platforms
from tests.journeys import edge as edges
from tests.journeys import films


@pytest.fixture(scope="session")
def platform() -> Iterator[platforms.Platform]:
    """A platform that nobody harms."""
    with platforms.running("--no-seed") as started:
        started.marquee("seed", "--no-media")
        yield started


@pytest.fixture(scope="session")
def edge(platform: platforms.Platform) -> edges.Edge:
    """Its one address."""
    return edges.Edge(platform.port)


@pytest.fixture(scope="session")
def packages(edge: edges.Edge) -> dict[str, list[str]]:
    """The packages that are being made, by the names of their titles."""
    return films.order_all(edge)


@pytest.fixture(scope="session")
def playable(edge: edges.Edge, packages: dict[str, list[str]]) -> Callable[[str], str]:
    """Waits until a title plays, and answers its id."""

    def ready(name: str) -> str:
        for package_id in packages[name]:
            films.made(edge, package_id)
        return films.id_of(name)

    return ready


@pytest.fixture(scope="session")
def cello(playable: Callable[[str], str]) -> str:
    """The id of a film that plays, on basic and above."""
    return playable(films.CELLO)


_REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes how a test went, for fixtures that keep something of those that failed."""
    report = yield
    item.stash.setdefault(_REPORTS, {})[report.when or ""] = report
    return report


@pytest.fixture
def has_failed(request: pytest.FixtureRequest) -> Callable[[], bool]:
    """Tells, once the test is over, whether it failed."""
    return lambda: any(report.failed for report in request.node.stash.get(_REPORTS, {}).values())
