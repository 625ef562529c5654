"""The real services, as their own tests run them."""

import pytest

from services.identity.tests.conftest import harness as identity_harness
from services.identity.tests.conftest import start_harness
from services.packager.tests.conftest import packager
from services.recommendation.tests.conftest import world
from services.viewing.tests.conftest import harness as viewing_harness

__all__ = ["identity_harness", "packager", "start_harness", "viewing_harness", "world"]


@pytest.fixture
def peer(request):
    """The service or the fake that a test names by its fixture."""
    return request.getfixturevalue(request.param)
