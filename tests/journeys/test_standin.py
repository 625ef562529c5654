"""What viewers see while recommendation is away: a home of what is popular, which says so, and no failure."""

import collections
import contextlib
import os
import signal

import pytest

from deploy.local import state
from tests import platform as platforms
from tests.journeys import edge as edges

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

_HOME = "/api/v1/recommendation/home"
_SERVICE = "recommendation"


@pytest.fixture(scope="module")
def fragile():
    """A platform to be harmed."""
    with platforms.running("--no-seed", MARQUEE_RATE_LIMITS="off", MARQUEE_EMBEDDING_MODEL="/none") as started:
        started.marquee("seed", "--no-media")
        yield started


def kill(platform):
    """Kills recommendation, whichever process it is now."""
    if pid := state.read(platform.home).nodes[_SERVICE].pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_while_recommendation_is_away_home_is_what_is_popular_and_no_call_fails(fragile):
    edge = edges.Edge(fragile.port)
    token = edge.log_in("demo@ott.test", "demo123").token
    statuses = collections.Counter()

    def home(*, stands_in):
        answer = edge.get(_HOME, token=token)
        statuses[answer.status] += 1
        return answer.json if answer.status == 200 and stands_in == (not answer.json["decisionId"]) else None

    def home_after_a_kill():
        kill(fragile)
        return home(stands_in=True)

    def popular_home_after_a_kill():
        answer = home_after_a_kill()
        # What stands in is chosen from may be some seconds behind the seed.
        return answer if answer and answer["home"].get("rails") else None

    edges.until(lambda: home(stands_in=False), patience=300)
    statuses.clear()
    popular = edges.until(popular_home_after_a_kill)
    edges.until(lambda: home(stands_in=False), patience=300)

    assert {"DEGRADATION_POPULAR_ONLY", "DEGRADATION_NOT_RECORDED"} <= set(popular["degradations"])
    items = [popular["home"]["hero"], *(item for rail in popular["home"]["rails"] for item in rail["items"])]
    assert all(item["explanation"]["sentence"] for item in items)
    assert len(items) == len({item["titleId"] for item in items}) > 1
    assert {200} == set(statuses), statuses
