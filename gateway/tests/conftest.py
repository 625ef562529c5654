"""Platforms: one that tests share and only read, and a fresh one for tests that break things."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.tests import harness


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Platform]:
    with harness.running(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[harness.Platform]:
    """A platform of the test's own, to be broken."""
    with harness.running(tmp_path, harness.SCARCE) as running:
        yield running
