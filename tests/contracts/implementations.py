"""Runs a test for the real service and for fakes of it."""

from typing import Any

import grpc
import pytest

from services.kit import status, testing

KID = testing.bearing(testing.a_token(maturity_ceiling=8))
ADULT = testing.bearing(testing.a_token(maturity_ceiling=18))


def by(*names: str) -> pytest.MarkDecorator:
    """Returns the mark of a test of `peer`, which is each of these fixtures in turn."""
    return pytest.mark.parametrize("peer", names, indirect=True)


async def refusal(call: Any) -> tuple[grpc.StatusCode, str, str, dict[str, str]]:
    """Returns the code, the reason, its domain and its metadata of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    error = status.raised_by(failed.value, "peer")
    return error.code, error.reason, error.domain, error.metadata
