"""The connections to the database: calls of one account that wait for each other leave them to other accounts."""

import asyncio

import pytest
from google.protobuf import field_mask_pb2
from marquee.identity.v1 import identity_pb2, identity_service_pb2
from sqlalchemy import text

from services.kit import testing

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
_LOCKS = [
    text("SELECT 1 FROM account WHERE account_id = :account_id FOR UPDATE"),
    text("SELECT 1 FROM family WHERE account_id = :account_id FOR UPDATE"),
    text("SELECT 1 FROM refresh_token JOIN family USING (family_id) WHERE account_id = :account_id FOR UPDATE"),
]


def update_profile(harness, opened):
    request = identity_service_pb2.UpdateProfileRequest(
        profile=identity_pb2.Profile(profile_id=opened.profile.profile_id, avatar="comet"),
        update_mask=field_mask_pb2.FieldMask(paths=["avatar"]),
    )
    return harness.identity.UpdateProfile(request, metadata=testing.bearing(opened.access_token))


def select_profile(harness, opened):
    request = identity_service_pb2.SelectProfileRequest(profile_id=opened.profile.profile_id)
    return harness.identity.SelectProfile(request, metadata=testing.bearing(opened.access_token))


def log_out(harness, opened):
    return harness.identity.LogOut(identity_service_pb2.LogOutRequest(refresh_token=opened.refresh_token))


async def count_waiting(harness):
    """Returns the number of connections that wait for a lock, as a transaction sees them when it begins."""
    async with harness.database.reading() as session:
        return (await session.execute(_WAITING)).scalar_one()


CALLS = {
    "UpdateProfile": update_profile,
    "SelectProfile": select_profile,
    "LogOut": log_out,
    "RefreshToken": lambda harness, opened: harness.refresh(opened.refresh_token),
    "LogIn": lambda harness, _: harness.log_in(),
}


@pytest.mark.parametrize("method", CALLS)
async def test_calls_of_an_account_that_wait_for_each_other_hold_one_connection(harness, method):
    opened, other = await harness.registered(), await harness.registered("eve@example.org")
    async with harness.database.transaction() as blocking:
        for lock in _LOCKS:
            await blocking.execute(lock, {"account_id": opened.account.account_id})
        calls = [asyncio.ensure_future(CALLS[method](harness, opened)) for _ in range(15)]
        async with asyncio.timeout(testing.PATIENCE):
            while not await count_waiting(harness):
                await asyncio.sleep(0)

        assert (await harness.refresh(other.refresh_token)).access_token
        assert 1 == await count_waiting(harness)
    await asyncio.gather(*calls)
