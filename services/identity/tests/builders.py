"""An account to import, and what tests read of a log-in."""

import contextlib
import time

import grpc
from marquee.identity.v1 import identity_admin_service_pb2, identity_service_pb2

from services.kit import testing


def household():
    return identity_admin_service_pb2.AccountImport(
        email="home@example.org",
        password="a quiet harbour",
        display_name="Home",
        profiles=[
            identity_admin_service_pb2.ProfileImport(display_name="Grown-up", maturity_ceiling=17),
            identity_admin_service_pb2.ProfileImport(display_name="Kids", maturity_ceiling=8),
        ],
    )


async def who(harness, token):
    response = await harness.identity.GetAccount(
        identity_service_pb2.GetAccountRequest(), metadata=testing.bearing(token)
    )
    return response.account.account_id, response.profile.profile_id


async def cpu_seconds(calls):
    """Returns the processor time that calls take, whether or not they succeed."""
    started = time.process_time()
    for call in calls:
        with contextlib.suppress(grpc.aio.AioRpcError):
            await call
    return time.process_time() - started
