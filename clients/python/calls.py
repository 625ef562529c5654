"""What each call carries and how its failure is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from clients.python import errors, service_config, session


class _Signed:
    """Adds the access token; a call that is refused for it is made once more with a new one."""

    def __init__(self, tokens: session.Session) -> None:
        self._session = tokens

    async def _renewed(self, failed: grpc.aio.AioRpcError, token: str) -> bool:
        """Renews the token that `failed` was refused for; answers whether that makes another attempt worthwhile."""
        if failed.code() is not grpc.StatusCode.UNAUTHENTICATED or not token or not self._session.refresh_token:
            return False
        await self._session.renew(token)
        return True


class Unary(_Signed, grpc.aio.UnaryUnaryClientInterceptor):
    """Calls that answer once."""

    async def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        """Makes the call."""
        token = await self._session.access_token()
        try:
            return await (await continuation(_carrying(client_call_details, token), request))
        except grpc.aio.AioRpcError as failed:
            if not await self._renewed(failed, token):
                raise errors.of(failed) from None
        token = await self._session.access_token()
        try:
            return await (await continuation(_carrying(client_call_details, token), request))
        except grpc.aio.AioRpcError as failed:
            raise errors.of(failed) from None


class Streaming(_Signed, grpc.aio.UnaryStreamClientInterceptor):
    """Calls that answer with a stream."""

    async def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> AsyncIterator[Any]:
        """Makes the call."""
        token = await self._session.access_token()
        # grpc.aio wants the call to exist before its messages are asked for.
        call = await continuation(_carrying(client_call_details, token), request)

        async def messages() -> AsyncIterator[Any]:
            begun = False
            try:
                async for message in call:
                    begun = True
                    yield message
            except grpc.aio.AioRpcError as failed:
                if begun or not await self._renewed(failed, token):
                    raise errors.of(failed) from None
            else:
                return
            renewed = await self._session.access_token()
            try:
                async for message in await continuation(_carrying(client_call_details, renewed), request):
                    yield message
            except grpc.aio.AioRpcError as failed:
                raise errors.of(failed) from None

        return messages()


class Uploading(_Signed, grpc.aio.StreamUnaryClientInterceptor):
    """Calls that send a stream, which cannot be sent twice."""

    async def intercept_stream_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.aio.ClientCallDetails, request_iterator: Any
    ) -> Any:
        """Makes the call."""
        token = await self._session.access_token()
        try:
            call = await continuation(_carrying(client_call_details, token), request_iterator)
            # Awaited here for its failure alone: of an upload, grpc.aio wants the call itself back.
            await call
            return call  # noqa: TRY300 - nothing else is left to do
        except grpc.aio.AioRpcError as failed:
            raise errors.of(failed) from None


def _carrying(details: grpc.aio.ClientCallDetails, token: str) -> grpc.aio.ClientCallDetails:
    metadata = [*(details.metadata or ())]
    if token:
        metadata.append(("authorization", f"Bearer {token}"))
    path = details.method.decode() if isinstance(details.method, bytes) else details.method
    return grpc.aio.ClientCallDetails(
        method=details.method,
        timeout=service_config.timeout_of(path) if details.timeout is None else details.timeout,
        metadata=grpc.aio.Metadata(*metadata),
        credentials=details.credentials,
        wait_for_ready=details.wait_for_ready,
    )
