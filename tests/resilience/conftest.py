"""One platform with the demo accounts for all tests, and the size of their loads."""

import os
from collections.abc import Iterator

import pytest

from tests import local_platform
from tests.journeys import demo_titles, edge_client


@pytest.fixture(scope="session")
def is_whole() -> bool:
    """Whether loads have their full size, as with `make resilience`, or are short, as in every run of the tests."""
    return os.environ.get("MARQUEE_RESILIENCE") == "whole"


@pytest.fixture(scope="package")
def platform() -> Iterator[local_platform.Platform]:
    """A running platform with the demo accounts, without their media."""
    with local_platform.running("--no-seed") as started:
        started.run_cli("seed", "--no-media")
        yield started


@pytest.fixture(scope="package")
def edge(platform: local_platform.Platform) -> edge_client.Edge:
    """A client of the edge."""
    return edge_client.Edge(platform.port)


@pytest.fixture(scope="package")
def cello(edge: edge_client.Edge) -> str:
    """The id of a film that plays, which is in the package Basic."""
    demo_titles.wait_until_ready(edge, demo_titles.create_asset(edge, demo_titles.CELLO))
    return demo_titles.title_id(demo_titles.CELLO)
