"""Interceptors that add the access token and the timeout to each call, and convert its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from . import errors, service_config, session


class _Authenticated:
    """Adds the access token; a call that is refused because of it is repeated once with a new one."""

    def __init__(self, tokens: session.Session, timeout_factor: float = 1.0) -> None:
        self._session = tokens
        self._timeout_factor = timeout_factor

    def _details(self, details: grpc.aio.ClientCallDetails, token: str) -> grpc.aio.ClientCallDetails:
        metadata = [*(details.metadata or ())]
        if token:
            metadata.append(("authorization", f"Bearer {token}"))
        return grpc.aio.ClientCallDetails(
            method=details.method,
            timeout=self._timeout(details.method) if details.timeout is None else details.timeout,
            metadata=grpc.aio.Metadata(*metadata),
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
        )

    def _timeout(self, path: str | bytes) -> float | None:
        timeout = service_config.timeout_of(path.decode() if isinstance(path, bytes) else path)
        return None if timeout is None else timeout * self._timeout_factor

    async def _renewed(self, failed: grpc.aio.AioRpcError, token: str) -> bool:
        """Renews the token with which a call failed; returns whether to repeat the call."""
        if failed.code() is not grpc.StatusCode.UNAUTHENTICATED or not token or not self._session.refresh_token:
            return False
        await self._session.renew(token)
        return True


class Unary(_Authenticated, grpc.aio.UnaryUnaryClientInterceptor):
    """Calls with one response."""

    async def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        """Makes the call."""
        token = await self._session.access_token()
        try:
            return await (await continuation(self._details(client_call_details, token), request))
        except grpc.aio.AioRpcError as failed:
            if not await self._renewed(failed, token):
                raise errors.from_rpc_error(failed) from None
        token = await self._session.access_token()
        try:
            return await (await continuation(self._details(client_call_details, token), request))
        except grpc.aio.AioRpcError as failed:
            raise errors.from_rpc_error(failed) from None


class Streaming(_Authenticated, grpc.aio.UnaryStreamClientInterceptor):
    """Calls with a stream of responses."""

    async def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> AsyncIterator[Any]:
        """Makes the call."""
        token = await self._session.access_token()
        # grpc.aio requires that the call exists before its messages are read.
        call = await continuation(self._details(client_call_details, token), request)

        async def messages() -> AsyncIterator[Any]:
            begun = False
            try:
                async for message in call:
                    begun = True
                    yield message
            except grpc.aio.AioRpcError as failed:
                if begun or not await self._renewed(failed, token):
                    raise errors.from_rpc_error(failed) from None
            else:
                return
            renewed = await self._session.access_token()
            try:
                async for message in await continuation(self._details(client_call_details, renewed), request):
                    yield message
            except grpc.aio.AioRpcError as failed:
                raise errors.from_rpc_error(failed) from None

        return messages()


class Uploading(_Authenticated, grpc.aio.StreamUnaryClientInterceptor):
    """Calls with a stream of requests, which cannot be repeated."""

    async def intercept_stream_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request_iterator: Any
    ) -> Any:
        """Makes the call."""
        token = await self._session.access_token()
        try:
            call = await continuation(self._details(client_call_details, token), request_iterator)
            # Awaited only for its error: for an upload, grpc.aio expects the call itself.
            await call
            return call  # noqa: TRY300 - nothing follows
        except grpc.aio.AioRpcError as failed:
            raise errors.from_rpc_error(failed) from None
