"""The check of media against leases in a real Redis, which may be away, full or unable to save."""

import time
from datetime import timedelta

import pytest
from envoy.service.auth.v3 import external_auth_pb2

from gateway import authorization_service
from gateway.edge import auth
from services.kit import redis as kit_redis
from services.kit import stream_leases, testing

ACCOUNT, SESSION = "viewer-1", "session-1"
PASSED, REFUSED = 0, 9


class Checks:
    """The authorization service with a Redis and a clock of its own, which is not that of the leases."""

    def __init__(self, url):
        self.redis = kit_redis.connect(url)
        self.clock = testing.a_clock()
        self._servicer = authorization_service.AuthorizationServicer(self.redis, None, self.clock)

    async def lease(self, seconds):
        await self.redis.zadd(stream_leases.slots_key(ACCOUNT), {SESSION: (time.time() + seconds) * 1000})

    async def check(self, session_id=SESSION):
        request = external_auth_pb2.CheckRequest()
        claims = {auth.PLAYBACK_CLAIMS: {"sub": ACCOUNT, "sid": session_id}}
        request.attributes.metadata_context.filter_metadata[auth.JWT].update(claims)
        return (await self._servicer.Check(request, None)).status.code


@pytest.fixture
async def checks(redis_url):
    made = Checks(redis_url)
    yield made
    await made.redis.aclose()


@pytest.mark.parametrize("skew", [-31, 0, 31], ids=lambda skew: f"{skew} s")
async def test_the_clock_of_the_gateway_does_not_judge_leases(checks, skew):
    checks.clock.advance(timedelta(seconds=skew))
    await checks.lease(30)
    held = await checks.check()
    await checks.lease(-1)

    assert (held, await checks.check()) == (PASSED, REFUSED)


async def test_a_session_that_was_stopped_or_never_started_is_refused(checks):
    await checks.lease(30)
    await checks.redis.zrem(stream_leases.slots_key(ACCOUNT), SESSION)

    assert (await checks.check(), await checks.check("another")) == (REFUSED, REFUSED)


async def test_a_full_redis_changes_no_check(checks):
    await checks.lease(30)
    await checks.redis.config_set("maxmemory", "1")
    try:
        held = await checks.check()
        await checks.redis.zrem(stream_leases.slots_key(ACCOUNT), SESSION)
        ended = await checks.check()
    finally:
        await checks.redis.config_set("maxmemory", "0")

    assert (held, ended) == (PASSED, REFUSED)


async def test_media_is_served_while_redis_cannot_extend_leases_and_until_heartbeats_are_back(killable_redis, tmp_path):
    checks = Checks(killable_redis[1])
    await checks.lease(-1)
    before = await checks.check()
    async with testing.unable_to_save(checks.redis, tmp_path / "dump"):
        during = (await checks.check(), await checks.check("another"))
    checks.clock.advance(timedelta(seconds=29))
    soon_after = (await checks.check(), await checks.check("another"))
    checks.clock.advance(timedelta(seconds=1))
    after = await checks.check()
    await checks.redis.aclose()

    assert (before, after) == (REFUSED, REFUSED)
    assert during == soon_after == (PASSED, REFUSED)


async def test_media_is_served_while_redis_is_away(killable_redis):
    redis, url = killable_redis
    checks = Checks(url)
    await checks.lease(30)
    redis.kill()
    away = await checks.check()
    await checks.redis.aclose()

    assert away == PASSED
