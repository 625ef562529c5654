"""The tokens of a log-in: kept, and renewed before and when they end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import grpc
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

from clients.python import errors

#: Access tokens live for 15 minutes. This clock runs from when one was received, since the two ends may not agree
#: on what time it is.
_RENEW_SECONDS = 14 * 60.0


class Session:
    """Holds the tokens of one log-in.

    Args:
        identity: answers the next tokens; its calls carry none.
        refresh_token: of a log-in to go on with; empty to begin without.
        monotonic: seconds that only ever grow.
    """

    def __init__(
        self,
        identity: identity_service_pb2_grpc.IdentityServiceAsyncStub,
        refresh_token: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._identity = identity
        self._monotonic = monotonic
        self._access_token = ""
        self._renew_time = 0.0
        self._renewing = asyncio.Lock()
        #: Buys the next tokens; empty when signed out.
        self.refresh_token = refresh_token

    def hold(self, access_token: str, refresh_token: str | None = None) -> None:
        """Takes new tokens; the refresh token stays where only the access token is new."""
        self._access_token = access_token
        self._renew_time = self._monotonic() + _RENEW_SECONDS
        if refresh_token is not None:
            self.refresh_token = refresh_token

    def forget(self) -> None:
        """Drops the tokens."""
        self._access_token = self.refresh_token = ""

    async def access_token(self) -> str:
        """Answers a token that is good for a minute or more, empty when signed out. Raises MarqueeError."""
        if self.refresh_token and self._monotonic() >= self._renew_time:
            await self.renew(self._access_token)
        return self._access_token

    async def renew(self, stale: str) -> None:
        """Gets the successor of the access token `stale`, once for all calls that ask. Raises MarqueeError."""
        async with self._renewing:
            if self._access_token != stale:
                return
            request = identity_service_pb2.RefreshTokenRequest(refresh_token=self.refresh_token)
            try:
                answer = await self._identity.RefreshToken(request)
            except grpc.aio.AioRpcError as failed:
                if failed.code() is grpc.StatusCode.UNAUTHENTICATED:
                    self.forget()
                raise errors.of(failed) from None
            self.hold(answer.access_token, answer.refresh_token)
