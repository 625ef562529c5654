"""A small platform in this process: real servers of the contracts, with what each test needs of them."""

from datetime import timedelta

import pytest
from marquee.catalog.v1 import (
    catalog_admin_service_pb2,
    catalog_admin_service_pb2_grpc,
    catalog_pb2,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
)
from marquee.entitlement.v1 import entitlement_pb2
from marquee.identity.v1 import identity_pb2, identity_service_pb2, identity_service_pb2_grpc
from marquee.packager.v1 import packager_admin_service_pb2, packager_admin_service_pb2_grpc
from marquee.playback.v1 import playback_pb2, playback_service_pb2, playback_service_pb2_grpc

from clients.python import Marquee
from services.kit import context, errors, ids, testing, watchable_subjects

TITLE_ID = ids.new()


class Refused(errors.Unauthenticated):
    reason, domain = "REFRESH_TOKEN_INVALID", "identity.marquee"


class NotEntitled(errors.PermissionDenied):
    reason, domain = "NOT_ENTITLED", "playback.marquee"


class Away(errors.Unavailable):
    reason, domain = "DATABASE_UNAVAILABLE", errors.PLATFORM


class Identity(identity_service_pb2_grpc.IdentityServiceServicer):
    """Takes any password but one; its refresh tokens count up, and only the last one holds."""

    def __init__(self, clock):
        self._clock = clock
        self.refreshed = 0
        self.signed_out = False
        self.failures = 0
        self.refreshed_profiles = []

    def _tokens(self):
        access_token = testing.a_token(account_id="ada", roles=("viewer", "editor"), at=self._clock.now())
        return {"access_token": access_token, "refresh_token": f"refresh-{self.refreshed}"}

    async def LogIn(self, request, rpc):
        if self.failures:
            self.failures -= 1
            raise Away("Come again.")
        profile = identity_pb2.Profile(profile_id=request.profile_id or ids.new(), display_name="Ada")
        account = identity_pb2.Account(display_name="Ada")
        return identity_service_pb2.LogInResponse(account=account, profile=profile, **self._tokens())

    async def RefreshToken(self, request, rpc):
        if request.refresh_token != f"refresh-{self.refreshed}" or self.signed_out:
            raise Refused("Sign in again.")
        self.refreshed += 1
        self.refreshed_profiles.append(request.profile_id)
        return identity_service_pb2.RefreshTokenResponse(**self._tokens())

    async def LogOut(self, request, rpc):
        self.signed_out = request.refresh_token == f"refresh-{self.refreshed}"
        return identity_service_pb2.LogOutResponse()

    async def GetAccount(self, request, rpc):
        return identity_service_pb2.GetAccountResponse(
            account=identity_pb2.Account(account_id=context.caller().account_id)
        )

    async def ListProfiles(self, request, rpc):
        return identity_service_pb2.ListProfilesResponse(profiles=[identity_pb2.Profile(profile_id=ids.new())])

    async def SelectProfile(self, request, rpc):
        access_token = testing.a_token(account_id="another", at=self._clock.now())
        profile = identity_pb2.Profile(profile_id=request.profile_id)
        return identity_service_pb2.SelectProfileResponse(access_token=access_token, profile=profile)


class Catalog(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Finds one title, after as many failures as a test wants."""

    def __init__(self):
        self.failures = 0
        self.calls = 0

    async def GetTitle(self, request, rpc):
        self.calls += 1
        if self.failures:
            self.failures -= 1
            raise Away("Come again.")
        return catalog_service_pb2.GetTitleResponse(title=catalog_pb2.Title(title_id=request.title_id))

    async def SearchTitles(self, request, rpc):
        title = catalog_pb2.Title(title_id=TITLE_ID, display_name="The Lighthouse Keeper's Ledger")
        return catalog_service_pb2.SearchTitlesResponse(results=[catalog_service_pb2.SearchResult(title=title)])


class CatalogAdmin(catalog_admin_service_pb2_grpc.CatalogAdminServiceServicer):
    """Counts the parts of an import."""

    async def ImportTitles(self, requests, rpc):
        return catalog_admin_service_pb2.ImportTitlesResponse(row_count=len([request async for request in requests]))


class Playback(playback_service_pb2_grpc.PlaybackServiceServicer):
    """Plays, unless a test closes it."""

    def __init__(self):
        self.closed = False

    async def StartSession(self, request, rpc):
        if self.closed:
            reason = entitlement_pb2.AccessReason(message="This is part of Premium.")
            decision = entitlement_pb2.AccessDecision(subject=request.subject, reasons=[reason])
            raise NotEntitled(
                "You may not watch this.", metadata=watchable_subjects.metadata(request.subject), details=[decision]
            )
        manifest = playback_pb2.Manifest(protocol=playback_pb2.MANIFEST_PROTOCOL_HLS, url="/media/x/hls/master.m3u8")
        session = playback_pb2.Session(subject=request.subject, manifests=[manifest])
        return playback_service_pb2.StartSessionResponse(session=session)


class Packager(packager_admin_service_pb2_grpc.PackagerAdminServiceServicer):
    """Streams two states of an asset, then fails."""

    async def WatchAsset(self, request, rpc):
        for _ in range(2):
            yield packager_admin_service_pb2.WatchAssetResponse()
        raise errors.NotFound("It is gone.", reason="ASSET_NOT_FOUND", domain="packager.marquee")


class Platform:
    """The services behind one address."""

    def __init__(self):
        self.clock = testing.a_clock()
        self.identity = Identity(self.clock)
        self.catalog = Catalog()
        self.playback = Playback()
        self.url = ""

    def pass_time(self, **by):
        self.clock.advance(timedelta(**by))


@pytest.fixture
async def platform():
    made = Platform()
    registrations = (
        (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, made.identity),
        (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, made.catalog),
        (catalog_admin_service_pb2_grpc.add_CatalogAdminServiceServicer_to_server, CatalogAdmin()),
        (playback_service_pb2_grpc.add_PlaybackServiceServicer_to_server, made.playback),
        (packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server, Packager()),
    )
    async with testing.serving(*registrations, time=made.clock) as address:
        made.url = f"http://{address}"
        yield made


@pytest.fixture
async def client(platform):
    async with Marquee(platform.url) as opened:
        yield opened
