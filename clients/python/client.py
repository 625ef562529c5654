"""The client."""

from __future__ import annotations

from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import grpc
from marquee.catalog.v1 import (
    catalog_admin_service_pb2,
    catalog_admin_service_pb2_grpc,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    collection_admin_service_pb2,
    collection_admin_service_pb2_grpc,
    collection_service_pb2,
    collection_service_pb2_grpc,
)
from marquee.entitlement.v1 import (
    entitlement_admin_service_pb2,
    entitlement_admin_service_pb2_grpc,
    entitlement_service_pb2,
    entitlement_service_pb2_grpc,
)
from marquee.epg.v1 import (
    epg_admin_service_pb2,
    epg_admin_service_pb2_grpc,
    epg_service_pb2,
    epg_service_pb2_grpc,
    personal_guide_service_pb2,
    personal_guide_service_pb2_grpc,
)
from marquee.gateway.v1 import platform_service_pb2, platform_service_pb2_grpc
from marquee.identity.v1 import (
    identity_admin_service_pb2,
    identity_admin_service_pb2_grpc,
    identity_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
)
from marquee.packager.v1 import (
    channel_encoder_admin_service_pb2,
    channel_encoder_admin_service_pb2_grpc,
    packager_admin_service_pb2,
    packager_admin_service_pb2_grpc,
)
from marquee.playback.v1 import playback_service_pb2, playback_service_pb2_grpc
from marquee.recommendation.v1 import (
    embedding_admin_service_pb2,
    embedding_admin_service_pb2_grpc,
    recommendation_admin_service_pb2,
    recommendation_admin_service_pb2_grpc,
    recommendation_service_pb2,
    recommendation_service_pb2_grpc,
    taste_service_pb2,
    taste_service_pb2_grpc,
)
from marquee.viewing.v1 import (
    viewing_admin_service_pb2,
    viewing_admin_service_pb2_grpc,
    viewing_service_pb2,
    viewing_service_pb2_grpc,
)

from . import calls, errors, service_config
from . import session as sessions

_CONTRACTS = (
    catalog_admin_service_pb2,
    catalog_service_pb2,
    collection_admin_service_pb2,
    collection_service_pb2,
    embedding_admin_service_pb2,
    entitlement_admin_service_pb2,
    entitlement_service_pb2,
    epg_admin_service_pb2,
    epg_service_pb2,
    identity_admin_service_pb2,
    identity_service_pb2,
    channel_encoder_admin_service_pb2,
    packager_admin_service_pb2,
    personal_guide_service_pb2,
    platform_service_pb2,
    playback_service_pb2,
    recommendation_admin_service_pb2,
    recommendation_service_pb2,
    taste_service_pb2,
    viewing_admin_service_pb2,
    viewing_service_pb2,
)


class Marquee:
    """A platform, and the account that is logged in.

    Each public service is an attribute with the methods of its contract: `await client.catalog.GetTitle(request)`.
    Every call carries the access token, which is renewed when needed, and raises `MarqueeError` if it fails. Timeouts
    and retries are those of the contract.

    Args:
        url: the address of the edge, such as `http://127.0.0.1:8080`.
        refresh_token: the refresh token of an earlier log-in.
        profile_id: the profile to go on with; if empty, the one that was selected last.
        timeout_factor: multiplies the timeouts of the contract, for slow networks. The platform keeps to its own.
    """

    identity: identity_service_pb2_grpc.IdentityServiceAsyncStub
    identity_admin: identity_admin_service_pb2_grpc.IdentityAdminServiceAsyncStub
    catalog: catalog_service_pb2_grpc.CatalogServiceAsyncStub
    catalog_admin: catalog_admin_service_pb2_grpc.CatalogAdminServiceAsyncStub
    collections: collection_service_pb2_grpc.CollectionServiceAsyncStub
    collection_admin: collection_admin_service_pb2_grpc.CollectionAdminServiceAsyncStub
    entitlement: entitlement_service_pb2_grpc.EntitlementServiceAsyncStub
    entitlement_admin: entitlement_admin_service_pb2_grpc.EntitlementAdminServiceAsyncStub
    epg: epg_service_pb2_grpc.EpgServiceAsyncStub
    personal_guide: personal_guide_service_pb2_grpc.PersonalGuideServiceAsyncStub
    epg_admin: epg_admin_service_pb2_grpc.EpgAdminServiceAsyncStub
    playback: playback_service_pb2_grpc.PlaybackServiceAsyncStub
    packager_admin: packager_admin_service_pb2_grpc.PackagerAdminServiceAsyncStub
    channel_encoders: channel_encoder_admin_service_pb2_grpc.ChannelEncoderAdminServiceAsyncStub
    viewing: viewing_service_pb2_grpc.ViewingServiceAsyncStub
    viewing_admin: viewing_admin_service_pb2_grpc.ViewingAdminServiceAsyncStub
    recommendation: recommendation_service_pb2_grpc.RecommendationServiceAsyncStub
    recommendation_admin: recommendation_admin_service_pb2_grpc.RecommendationAdminServiceAsyncStub
    taste: taste_service_pb2_grpc.TasteServiceAsyncStub
    embedding_admin: embedding_admin_service_pb2_grpc.EmbeddingAdminServiceAsyncStub
    platform: platform_service_pb2_grpc.PlatformServiceAsyncStub

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        refresh_token: str = "",
        profile_id: str = "",
        timeout_factor: float = 1.0,
    ) -> None:
        plain = _channel(url, [])
        self._credentials: identity_service_pb2_grpc.IdentityServiceAsyncStub = (
            identity_service_pb2_grpc.IdentityServiceStub(plain)
        )
        self._session = sessions.Session(self._credentials, refresh_token, profile_id)
        interceptors = (calls.Unary, calls.Streaming, calls.Uploading)
        authenticated = _channel(url, [made(self._session, timeout_factor) for made in interceptors])
        self._channels = (plain, authenticated)
        self.identity = identity_service_pb2_grpc.IdentityServiceStub(authenticated)
        self.identity_admin = identity_admin_service_pb2_grpc.IdentityAdminServiceStub(authenticated)
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(authenticated)
        self.catalog_admin = catalog_admin_service_pb2_grpc.CatalogAdminServiceStub(authenticated)
        self.collections = collection_service_pb2_grpc.CollectionServiceStub(authenticated)
        self.collection_admin = collection_admin_service_pb2_grpc.CollectionAdminServiceStub(authenticated)
        self.entitlement = entitlement_service_pb2_grpc.EntitlementServiceStub(authenticated)
        self.entitlement_admin = entitlement_admin_service_pb2_grpc.EntitlementAdminServiceStub(authenticated)
        self.epg = epg_service_pb2_grpc.EpgServiceStub(authenticated)
        self.personal_guide = personal_guide_service_pb2_grpc.PersonalGuideServiceStub(authenticated)
        self.epg_admin = epg_admin_service_pb2_grpc.EpgAdminServiceStub(authenticated)
        self.playback = playback_service_pb2_grpc.PlaybackServiceStub(authenticated)
        self.packager_admin = packager_admin_service_pb2_grpc.PackagerAdminServiceStub(authenticated)
        self.channel_encoders = channel_encoder_admin_service_pb2_grpc.ChannelEncoderAdminServiceStub(authenticated)
        self.viewing = viewing_service_pb2_grpc.ViewingServiceStub(authenticated)
        self.viewing_admin = viewing_admin_service_pb2_grpc.ViewingAdminServiceStub(authenticated)
        self.recommendation = recommendation_service_pb2_grpc.RecommendationServiceStub(authenticated)
        self.recommendation_admin = recommendation_admin_service_pb2_grpc.RecommendationAdminServiceStub(authenticated)
        self.taste = taste_service_pb2_grpc.TasteServiceStub(authenticated)
        self.embedding_admin = embedding_admin_service_pb2_grpc.EmbeddingAdminServiceStub(authenticated)
        self.platform = platform_service_pb2_grpc.PlatformServiceStub(authenticated)

    @property
    def refresh_token(self) -> str:
        """The refresh token, with which a later client can go on. Each renewal replaces it; empty when logged out."""
        return self._session.refresh_token

    async def log_in(self, email: str, password: str, *, profile_id: str = "") -> identity_service_pb2.LogInResponse:
        """Logs in. Raises MarqueeError.

        An account with several profiles needs `profile_id`, or `select_profile` afterwards.
        """
        request = identity_service_pb2.LogInRequest(email=email, password=password, profile_id=profile_id)
        try:
            response = await self._credentials.LogIn(request)
        except grpc.aio.AioRpcError as failed:
            raise errors.from_rpc_error(failed) from None
        self._session.set_tokens(response.access_token, response.refresh_token)
        self._session.profile_id = response.profile.profile_id
        return response

    async def select_profile(self, profile_id: str) -> identity_pb2.Profile:
        """Selects another profile of the account. Raises MarqueeError."""
        response = await self.identity.SelectProfile(identity_service_pb2.SelectProfileRequest(profile_id=profile_id))
        self._session.set_tokens(response.access_token)
        self._session.profile_id = profile_id
        return response.profile

    async def log_out(self) -> None:
        """Logs out. The tokens are deleted even if the call fails. Raises MarqueeError."""
        refresh_token = self._session.refresh_token
        self._session.clear()
        if refresh_token:
            await self.identity.LogOut(identity_service_pb2.LogOutRequest(refresh_token=refresh_token))

    async def close(self) -> None:
        """Closes the connections. The log-in stays valid."""
        for channel in self._channels:
            await channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _channel(url: str, interceptors: list[grpc.aio.ClientInterceptor]) -> grpc.aio.Channel:
    """Returns a channel to the edge. Raises ValueError if `url` is not the address of one."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError(f"{url!r} is not the address of a platform, such as https://marquee.example")
    secure = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    target = f"{host}:{parts.port or (443 if secure else 80)}"
    services = (service for contract in _CONTRACTS for service in contract.DESCRIPTOR.services_by_name.values())
    options = (
        ("grpc.service_config", service_config.from_services(services)),
        # The contract states it; a service config of the resolver would replace it.
        ("grpc.service_config_disable_resolution", 1),
    )
    if secure:
        return grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(), options, interceptors=interceptors)
    return grpc.aio.insecure_channel(target, options, interceptors=interceptors)
