"""Platforms: one that tests share and only read, and a fresh one for tests that break things."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.tests import harness
from services.kit import method_policy


@pytest.fixture(scope="package", autouse=True)
def _exact_timeouts() -> Iterator[None]:
    """Applies timeouts as the contract of these tests states them: some tests let a call reach its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(method_policy.TIMEOUT_FACTOR, "1")
        yield


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Platform]:
    with harness.running(tmp_path_factory.mktemp("platform"), patient=True) as running:
        yield running


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[harness.Platform]:
    """A platform of the test's own, to be broken."""
    with harness.running(tmp_path, harness.SCARCE) as running:
        yield running
