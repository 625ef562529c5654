"""Refresh tokens: used once, forgiven for a moment, and the end of their family when used after that."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import grpc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.identity import cleanup, domain
from services.kit import db, ids, process, testing

SECOND = timedelta(seconds=1)


async def test_a_refresh_token_is_followed_by_another(harness):
    opened = await harness.registered()

    one = await harness.refresh(opened.refresh_token)
    two = await harness.refresh(one.refresh_token)

    assert 3 == len({opened.refresh_token, one.refresh_token, two.refresh_token})
    assert 3 == len({opened.access_token, one.access_token, two.access_token})


async def test_two_tabs_that_ask_at_once_get_the_same_successor(harness):
    opened = await harness.registered()

    responses = await asyncio.gather(*(harness.refresh(opened.refresh_token) for _ in range(8)))

    assert 1 == len({response.refresh_token for response in responses})


async def test_a_retried_refresh_returns_the_same_tokens_and_its_id_serves_no_other(harness, refused):
    opened, other = await harness.registered(), await harness.log_in()
    request_id = ids.new()

    first = await harness.refresh(opened.refresh_token, request_id=request_id)
    retried = await harness.refresh(opened.refresh_token, request_id=request_id)

    assert first.refresh_token == retried.refresh_token
    for changes in ({"profile_id": opened.profile.profile_id}, {}):
        token = opened.refresh_token if changes else other.refresh_token
        async with refused("REQUEST_ID_REUSED"):
            await harness.refresh(token, request_id=request_id, **changes)
    assert (await harness.refresh(other.refresh_token)).access_token


async def test_a_used_token_is_forgiven_for_thirty_seconds_only(harness, refused):
    opened = await harness.registered()
    one = await harness.refresh(opened.refresh_token)

    harness.clock.advance(30 * SECOND)
    again = await harness.refresh(opened.refresh_token)
    harness.clock.advance(SECOND)

    assert one.refresh_token == again.refresh_token
    async with refused("REFRESH_TOKEN_REUSED"):
        await harness.refresh(opened.refresh_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await harness.refresh(one.refresh_token)


async def test_a_replica_whose_clock_is_ahead_ends_no_log_in(start_harness):
    harness = await start_harness(shared_clock=db.SharedClock())
    opened = await harness.registered()
    one = await harness.refresh(opened.refresh_token)
    harness.clock.advance(31 * SECOND)

    assert one.refresh_token == (await harness.refresh(opened.refresh_token)).refresh_token


async def test_a_reused_token_ends_its_own_family_alone(harness, refused):
    stolen, other = await harness.registered(), await harness.log_in()
    await harness.refresh(stolen.refresh_token)
    harness.clock.advance(31 * SECOND)

    async with refused("REFRESH_TOKEN_REUSED"):
        await harness.refresh(stolen.refresh_token)

    assert (await harness.refresh(other.refresh_token)).access_token


async def test_a_refresh_token_ends_after_seven_days(harness, refused):
    opened, other = await harness.registered(), await harness.log_in()

    harness.clock.advance(domain.REFRESH_LIFETIME - SECOND)
    assert (await harness.refresh(opened.refresh_token)).refresh_token
    harness.clock.advance(SECOND)

    async with refused("REFRESH_TOKEN_INVALID"):
        await harness.refresh(other.refresh_token)


async def test_a_made_up_token_is_refused(harness, refused):
    for made_up in (domain.new_refresh_token(), "x", "é" * 500):
        async with refused("REFRESH_TOKEN_INVALID"):
            await harness.refresh(made_up)


async def test_the_database_holds_no_token(harness):
    opened = await harness.registered()
    successor = await harness.refresh(opened.refresh_token)

    async with harness.database.reading() as session:
        rows = (await session.execute(text("SELECT t.*, f.*, a.* FROM refresh_token t, family f, account a"))).all()

    stored = repr(rows).encode()
    assert rows
    for token in (opened.refresh_token, successor.refresh_token, opened.access_token, "a quiet harbour"):
        assert token.encode() not in stored


async def test_log_ins_whose_time_is_over_are_swept_out(harness):
    expired, current = await harness.registered(), await harness.log_in()
    harness.clock.advance(domain.REFRESH_LIFETIME - SECOND)
    current = await harness.refresh(current.refresh_token)
    harness.clock.advance(SECOND)

    async with process.background(cleanup.run(harness.database, harness.clock)):
        async with asyncio.timeout(testing.PATIENCE):
            while await counted(harness, "family") > 1:
                await asyncio.sleep(0.01)

    assert 1 == await counted(harness, "refresh_token")
    assert (await harness.refresh(current.refresh_token)).access_token != expired.access_token


async def counted(harness, table):
    async with harness.database.reading() as session:
        return (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()


def test_nobody_derives_a_successor_without_token_salt_and_key():
    token, salt, key = domain.new_refresh_token(), domain.new_salt(), bytes(32)
    successor = domain.successor(token, salt, key)

    assert len(successor) == len(token) == 43
    assert successor == domain.successor(token, salt, key)
    assert successor != domain.successor(domain.new_refresh_token(), salt, key)
    assert successor != domain.successor(token, domain.new_salt(), key)
    assert successor != domain.successor(token, salt, bytes(31) + b"!")


@dataclass
class Chain:
    """What a family must look like: one chain of tokens, of which the last is the only one not used yet."""

    tokens: list[str]
    issued: list[datetime]
    used: list[datetime] = field(default_factory=list)
    ended: bool = False

    def expected(self, index: int, at: datetime) -> str:
        if self.ended or at >= self.issued[index] + domain.REFRESH_LIFETIME:
            return "REFRESH_TOKEN_INVALID"
        if index == len(self.used):
            return "next"
        return "same" if at <= self.used[index] + domain.REUSE_GRACE else "REFRESH_TOKEN_REUSED"


#: Which token of the chain to present, counted from its end, and how many seconds to wait before.
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 1, 29, 30, 31, 3600, 6 * 86400])), min_size=1, max_size=12
)


async def test_whatever_the_order_of_uses_a_family_is_one_chain_or_ended(harness):
    """Any interleaving keeps at most one live chain; a reuse after the grace ends it for good."""
    await harness.registered()
    loop = asyncio.get_running_loop()

    async def walk(steps):
        opened = await harness.log_in()
        chain = Chain([opened.refresh_token], [harness.clock.now()])
        for back, seconds in steps:
            harness.clock.advance(seconds * SECOND)
            index = max(0, len(chain.tokens) - 1 - back)
            expected = chain.expected(index, harness.clock.now())
            try:
                successor = (await harness.refresh(chain.tokens[index])).refresh_token
            except grpc.aio.AioRpcError as failed:
                assert expected == testing.reason_of(failed)
                chain.ended = chain.ended or expected == "REFRESH_TOKEN_REUSED"
            else:
                assert expected in {"next", "same"}
                if expected == "next":
                    assert successor not in chain.tokens
                    chain.used.append(harness.clock.now())
                    chain.tokens.append(successor)
                    chain.issued.append(harness.clock.now())
                assert chain.tokens[index + 1] == successor

    # One log-in an example and a real database behind it: speed is not what is tested.
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def holds(steps):
        asyncio.run_coroutine_threadsafe(walk(steps), loop).result()

    await asyncio.to_thread(holds)


async def test_one_log_in_too_many_ends_the_one_that_was_used_least_recently(harness, refused):
    first = await harness.registered()
    harness.clock.advance(SECOND)
    second = await harness.log_in()
    harness.clock.advance(SECOND)
    first = await harness.refresh(first.refresh_token)
    values = {"account_id": second.account.account_id, "count": domain.MOST_LOG_INS - 2}
    async with harness.database.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO family (family_id, account_id, expire_time)"
                " SELECT gen_random_uuid(), :account_id, (SELECT max(expire_time) FROM family)"
                " FROM generate_series(1, :count)"
            ),
            values,
        )

    await harness.log_in()

    assert (await harness.refresh(first.refresh_token)).access_token
    async with refused("REFRESH_TOKEN_INVALID"):
        await harness.refresh(second.refresh_token)


async def test_a_log_in_with_too_many_refresh_tokens_ends(harness, refused):
    opened, other = await harness.registered(), await harness.log_in()
    async with harness.database.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO refresh_token (token_hash, family_id, issue_time, use_time)"
                " SELECT decode(md5(n::text), 'hex'), family_id, issue_time, issue_time"
                " FROM refresh_token, generate_series(1, :count) n WHERE token_hash = :token_hash"
            ),
            {"count": domain.MOST_REFRESH_TOKENS - 2, "token_hash": domain.token_hash(opened.refresh_token)},
        )

    last = await harness.refresh(opened.refresh_token)
    async with refused("REFRESH_TOKEN_INVALID"):
        await harness.refresh(last.refresh_token)

    async with harness.database.reading() as session:
        assert 1 == (await session.execute(text("SELECT count(*) FROM refresh_token"))).scalar_one()
    assert (await harness.refresh(other.refresh_token)).access_token
