"""The tokens of a log-in: held in memory, and renewed before they expire or when they are refused."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable

import grpc
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

from . import errors

#: Access tokens are valid for 15 minutes. The time is counted from when one was received, since the clocks of client
#: and platform may differ.
_RENEW_SECONDS = 14 * 60.0


class Session:
    """Holds the tokens of one log-in.

    Args:
        identity: the service that renews tokens; its calls carry none.
        refresh_token: the refresh token of an earlier log-in; empty to start without one.
        profile_id: the profile that renewed tokens are bound to; if empty, the one that was selected last.
        monotonic: a clock in seconds that never goes back.
    """

    def __init__(
        self,
        identity: identity_service_pb2_grpc.IdentityServiceAsyncStub,
        refresh_token: str = "",
        profile_id: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._identity = identity
        self._monotonic = monotonic
        self._access_token = ""
        self._renew_time = 0.0
        self._renewing = asyncio.Lock()
        #: The token that `RefreshToken` takes next; empty when logged out.
        self.refresh_token = refresh_token
        self.profile_id = profile_id

    def set_tokens(self, access_token: str, refresh_token: str | None = None) -> None:
        """Replaces the access token, and the refresh token if one is given."""
        self._access_token = access_token
        self._renew_time = self._monotonic() + _RENEW_SECONDS
        if refresh_token is not None:
            self.refresh_token = refresh_token

    def clear(self) -> None:
        """Deletes the tokens."""
        self._access_token = self.refresh_token = self.profile_id = ""

    async def access_token(self) -> str:
        """Returns a token that is valid for at least a minute, empty when logged out. Raises MarqueeError."""
        if self.refresh_token and self._monotonic() >= self._renew_time:
            await self.renew(self._access_token)
        return self._access_token

    async def renew(self, stale_token: str) -> None:
        """Replaces the access token `stale_token`, once for all calls that ask for it. Raises MarqueeError."""
        async with self._renewing:
            if self._access_token != stale_token:
                return
            request = identity_service_pb2.RefreshTokenRequest(
                refresh_token=self.refresh_token, profile_id=self.profile_id, request_id=str(uuid.uuid4())
            )
            try:
                response = await self._identity.RefreshToken(request)
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.UNAUTHENTICATED:
                    self.clear()
                raise errors.from_rpc_error(error) from None
            self.set_tokens(response.access_token, response.refresh_token)
