"""What callers notice when all replicas of a part are gone and another part stands in: that it does, no more."""

import collections

import pytest

from gateway.tests import rig
from services.kit import testing

_PATH = "/api/v1/shop/find"


@pytest.fixture
def covered(tmp_path):
    """A platform with one replica of the shop, for which the depot stands in."""
    platform = rig.Platform(tmp_path, limits="off", patient=True)
    platform.of_shop = 1
    shop, depot = platform.replicas
    platform.settings = {"MARQUEE_ENDPOINTS": f"static:shop=127.0.0.1:{shop},depot=127.0.0.1:{depot}"}
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


def _answered(platform, by, failures):
    """Waits until a replica answers; failures on the way are noted."""

    def answers():
        answer = platform.http("GET", _PATH)
        if answer.status != 200:
            failures[answer.status] += 1
        return answer.status == 200 and by == int(answer.json["replica"])

    rig.until(answers)


def test_while_a_part_is_away_another_answers_and_no_call_fails(covered):
    failures = collections.Counter()
    shop, depot = covered.pid("replica-0"), covered.pid("replica-1")
    _answered(covered, shop, failures)

    covered.kill("replica-0")
    first = covered.http("GET", _PATH)
    _answered(covered, depot, failures)
    covered.start_replica(0)
    _answered(covered, covered.pid("replica-0"), failures)

    assert (200, str(depot)) == (first.status, first.json["replica"])
    assert {} == failures


def test_what_has_no_stand_in_is_unavailable_meanwhile(covered):
    covered.kill("replica-0")

    assert 503 == covered.http("GET", "/api/v1/shop/things/one").status
    assert 200 == covered.http("GET", _PATH).status


def test_nobody_stands_in_as_long_as_one_replica_is_left(tmp_path):
    platform = rig.Platform(tmp_path, limits="off", patient=True)
    one, two, depot = platform.replicas = [*platform.replicas, testing.free_port()]
    platform.settings = {
        "MARQUEE_ENDPOINTS": f"static:shop=127.0.0.1:{one}|127.0.0.1:{two},depot=127.0.0.1:{depot}",
    }
    try:
        platform.start()
        left = platform.pid("replica-1")
        platform.kill("replica-0")
        answers = [platform.http("GET", _PATH) for _ in range(40)]
        platform.wait_for_replicas(1)
        answers += [platform.http("GET", _PATH) for _ in range(40)]
    finally:
        platform.stop()

    assert {(200, str(left))} == {(answer.status, answer.json["replica"]) for answer in answers}
