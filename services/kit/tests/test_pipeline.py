"""The pipeline of a call: authentication, validation and errors, on a real server."""

import asyncio
from datetime import timedelta

import asyncpg
import grpc
import pytest
from google.rpc import error_details_pb2
from marquee.identity.v1 import (
    identity_admin_service_pb2,
    identity_admin_service_pb2_grpc,
    identity_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
)
from marquee.packager.v1 import (
    packager_admin_service_pb2,
    packager_admin_service_pb2_grpc,
    packager_internal_pb2,
    packager_internal_pb2_grpc,
)
from redis import exceptions as redis_errors

from services.kit import context, errors, ids, method_policy, status, testing, watchable_subjects


class ProfileNotFound(errors.NotFound):
    reason, domain = "PROFILE_NOT_FOUND", "identity.marquee"


class Identity(identity_service_pb2_grpc.IdentityServiceServicer):
    async def GetAccount(self, request, rpc):
        caller = context.caller()
        return identity_service_pb2.GetAccountResponse(account=identity_pb2.Account(account_id=caller.account_id))

    async def SelectProfile(self, request, rpc):
        raise ProfileNotFound("There is no such profile.", metadata={"profile_id": request.profile_id})

    async def ListProfiles(self, request, rpc):
        raise ZeroDivisionError("an internal detail")

    async def RefreshToken(self, request, rpc):
        await asyncio.sleep(60)

    async def LogOut(self, request, rpc):
        return identity_service_pb2.LogOutResponse().SerializeToString()


class IdentityAdmin(identity_admin_service_pb2_grpc.IdentityAdminServiceServicer):
    async def ImportAccounts(self, request, rpc):
        return identity_admin_service_pb2.ImportAccountsResponse()


class Packager(packager_internal_pb2_grpc.PackagerInternalServiceServicer):
    async def GetPlayableAsset(self, request, rpc):
        return packager_internal_pb2.GetPlayableAssetResponse()


class PackagerAdmin(packager_admin_service_pb2_grpc.PackagerAdminServiceServicer):
    async def WatchAsset(self, request, rpc):
        yield packager_admin_service_pb2.WatchAssetResponse()
        raise ProfileNotFound("It was deleted.", metadata={"profile_id": "p"})


@pytest.fixture
async def channel():
    registrations = (
        (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, Identity()),
        (identity_admin_service_pb2_grpc.add_IdentityAdminServiceServicer_to_server, IdentityAdmin()),
        (packager_internal_pb2_grpc.add_PackagerInternalServiceServicer_to_server, Packager()),
        (packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server, PackagerAdmin()),
    )
    async with testing.channel_to(*registrations) as channel:
        yield channel


@pytest.fixture
def identity(channel):
    return identity_service_pb2_grpc.IdentityServiceStub(channel)


async def error_of(call) -> errors.Error:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return status.raised_by(raised.value, "peer")


async def test_the_handler_gets_the_caller(identity):
    token = testing.a_token(account_id="somebody")

    response = await identity.GetAccount(identity_service_pb2.GetAccountRequest(), metadata=testing.bearing(token))

    assert response.account.account_id == "somebody"


async def test_a_call_without_a_token_is_unauthenticated(identity):
    error = await error_of(identity.GetAccount(identity_service_pb2.GetAccountRequest()))

    assert (error.code, error.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REQUIRED")


async def test_expired_and_invalid_tokens_have_different_reasons(identity):
    old = testing.a_token(at=testing.NOW - timedelta(hours=1))
    wrong = testing.a_token(aud="another platform")

    expired = await error_of(
        identity.GetAccount(identity_service_pb2.GetAccountRequest(), metadata=testing.bearing(old))
    )
    invalid = await error_of(
        identity.GetAccount(identity_service_pb2.GetAccountRequest(), metadata=testing.bearing(wrong))
    )

    assert (expired.reason, invalid.reason) == ("TOKEN_EXPIRED", "TOKEN_INVALID")


async def test_each_violation_is_reported_with_its_field(identity):
    request = identity_service_pb2.RegisterRequest(email="nobody", password="short", display_name="N")

    error = await error_of(identity.Register(request))

    [detail] = error.details
    assert isinstance(detail, error_details_pb2.BadRequest)
    assert [violation.field for violation in detail.field_violations] == ["email", "password"]
    assert error.reason == "REQUEST_INVALID"


async def test_the_path_of_a_field_includes_list_positions(channel):
    admin = identity_admin_service_pb2_grpc.IdentityAdminServiceStub(channel)
    good = identity_admin_service_pb2.ProfileImport(display_name="Kid")
    account = identity_admin_service_pb2.AccountImport(
        email="a@b.test",
        password="test123",
        display_name="A",
        profiles=[good, identity_admin_service_pb2.ProfileImport()],
    )
    request = identity_admin_service_pb2.ImportAccountsRequest(accounts=[account])

    error = await error_of(admin.ImportAccounts(request, metadata=testing.as_service("operator")))

    [violation] = error.details[0].field_violations
    assert violation.field == "accounts[0].profiles[1].display_name"


async def test_a_json_call_gets_field_names_in_camel_case(channel):
    admin = identity_admin_service_pb2_grpc.IdentityAdminServiceStub(channel)
    good = identity_admin_service_pb2.ProfileImport(display_name="Kid")
    account = identity_admin_service_pb2.AccountImport(
        email="a@b.test",
        password="test123",
        display_name="A",
        profiles=[good, identity_admin_service_pb2.ProfileImport()],
    )
    request = identity_admin_service_pb2.ImportAccountsRequest(accounts=[account])

    error = await error_of(
        admin.ImportAccounts(
            request, metadata=(*testing.as_service("operator"), ("x-envoy-original-path", "/api/v1/x"))
        )
    )

    [violation] = error.details[0].field_violations
    assert violation.field == "accounts[0].profiles[1].displayName"


async def test_an_expected_error_arrives_with_its_reason_and_metadata(identity):
    profile = "0197b3f0-0000-7000-8000-000000000000"
    request = identity_service_pb2.SelectProfileRequest(profile_id=profile)

    error = await error_of(identity.SelectProfile(request, metadata=testing.bearing(testing.a_token())))

    assert isinstance(error, errors.NotFound)
    assert (error.reason, error.domain) == ("PROFILE_NOT_FOUND", "identity.marquee")
    assert error.metadata == {"profile_id": profile}


async def test_an_internal_error_contains_only_the_request_id(identity):
    metadata = (*testing.bearing(testing.a_token()), ("x-request-id", "request-1"))

    error = await error_of(identity.ListProfiles(identity_service_pb2.ListProfilesRequest(), metadata=metadata))

    assert (error.code, error.metadata) == (grpc.StatusCode.INTERNAL, {"request_id": "request-1"})
    assert "internal detail" not in error.message


@pytest.mark.parametrize(
    ("handler_error", "reason"),
    [
        (asyncpg.QueryCanceledError("canceling statement due to statement timeout"), "DATABASE_TIMEOUT"),
        (asyncpg.ReadOnlySQLTransactionError("cannot execute UPDATE"), "DATABASE_UNAVAILABLE"),
        (redis_errors.OutOfMemoryError("used memory > 'maxmemory'"), "REDIS_UNAVAILABLE"),
    ],
)
async def test_an_unavailable_engine_gives_a_retryable_status(handler_error, reason):
    class Failing(identity_service_pb2_grpc.IdentityServiceServicer):
        async def GetAccount(self, request, rpc):
            raise handler_error

    registration = (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, Failing())
    async with testing.channel_to(registration) as channel:
        stub = identity_service_pb2_grpc.IdentityServiceStub(channel)
        request = identity_service_pb2.GetAccountRequest()
        error = await error_of(stub.GetAccount(request, metadata=testing.bearing(testing.a_token())))

    assert (grpc.StatusCode.UNAVAILABLE, reason) == (error.code, error.reason)
    assert str(handler_error) not in error.message


async def test_a_handler_may_return_encoded_bytes(identity):
    response = await identity.LogOut(identity_service_pb2.LogOutRequest(refresh_token="any"))

    assert response == identity_service_pb2.LogOutResponse()


@pytest.mark.parametrize(
    ("roles", "reason"), [(("viewer",), "ROLE_REQUIRED"), (("viewer", "editor"), "ROLE_REQUIRED"), (("admin",), None)]
)
async def test_only_admins_may_call_admin_methods(channel, roles, reason):
    admin = identity_admin_service_pb2_grpc.IdentityAdminServiceStub(channel)
    account = identity_admin_service_pb2.AccountImport(
        email="a@b.test",
        password="test123",
        display_name="A",
        profiles=[identity_admin_service_pb2.ProfileImport(display_name="A")],
    )
    call = admin.ImportAccounts(
        identity_admin_service_pb2.ImportAccountsRequest(accounts=[account]),
        metadata=testing.bearing(testing.a_token(roles=roles)),
    )

    if reason is None:
        assert await call == identity_admin_service_pb2.ImportAccountsResponse()
    else:
        assert (await error_of(call)).reason == reason


FILM = watchable_subjects.title("0197b3f0-0000-7000-8000-000000000000")
PLAYABLE = packager_internal_pb2.GetPlayableAssetRequest(subject=FILM)


async def test_an_internal_method_does_not_exist_for_users(channel):
    packager = packager_internal_pb2_grpc.PackagerInternalServiceStub(channel)
    admin = testing.bearing(testing.a_token(roles=("admin",)))

    error = await error_of(packager.GetPlayableAsset(PLAYABLE, metadata=admin))
    response = await packager.GetPlayableAsset(PLAYABLE, metadata=testing.as_service("playback"))

    assert error.code == grpc.StatusCode.UNIMPLEMENTED
    assert response == packager_internal_pb2.GetPlayableAssetResponse()


@pytest.mark.parametrize("service", sorted(set(testing.SERVICES) - {"playback"}))
async def test_only_services_that_the_contract_names_may_call_an_internal_method(channel, service):
    packager = packager_internal_pb2_grpc.PackagerInternalServiceStub(channel)
    user = testing.bearing(testing.a_token(roles=("admin",)))

    for metadata in (testing.as_service(service), (*testing.as_service(service), *user)):
        error = await error_of(packager.GetPlayableAsset(PLAYABLE, metadata=metadata))

        assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")
        assert {"service": service} == error.metadata


async def test_a_service_may_call_a_user_method_only_with_a_user_token(channel):
    identity = identity_service_pb2_grpc.IdentityServiceStub(channel)
    request, user = identity_service_pb2.GetAccountRequest(), testing.bearing(testing.a_token(account_id="a"))
    service = testing.as_service("catalog")

    response = await identity.GetAccount(request, metadata=(*service, *user))
    error = await error_of(identity.GetAccount(request, metadata=service))

    assert "a" == response.account.account_id
    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")


async def test_a_token_for_another_service_is_refused(channel):
    packager = packager_internal_pb2_grpc.PackagerInternalServiceStub(channel)
    token = testing.an_identity("playback").token_for("entitlement")

    error = await error_of(packager.GetPlayableAsset(PLAYABLE, metadata=(("x-marquee-service", token),)))

    assert (error.code, error.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")


async def test_a_call_beyond_the_timeout_of_its_policy_is_cancelled(monkeypatch):
    monkeypatch.setenv(method_policy.TIMEOUT_FACTOR, "0.01")
    request = identity_service_pb2.RefreshTokenRequest(refresh_token="slow", request_id=ids.new())
    registration = (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, Identity())

    async with testing.channel_to(registration) as channel:
        error = await error_of(identity_service_pb2_grpc.IdentityServiceStub(channel).RefreshToken(request))

    assert (error.code, error.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")


async def test_a_stream_that_fails_after_a_message_has_a_reason(channel):
    packager = packager_admin_service_pb2_grpc.PackagerAdminServiceStub(channel)
    request = packager_admin_service_pb2.WatchAssetRequest(asset_id="0197b3f0-0000-7000-8000-000000000000")
    received = []

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        async for message in packager.WatchAsset(request, metadata=testing.as_service("operator")):
            received.append(message)

    assert len(received) == 1
    assert testing.reason_of(raised.value) == "PROFILE_NOT_FOUND"


async def test_an_error_of_another_service_is_raised_as_the_same_exception(channel):
    registration = (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, Identity())
    async with testing.serving(registration) as address:
        mesh = testing.a_mesh("playback", {"identity": address})
        stub = identity_service_pb2_grpc.IdentityServiceStub(mesh.channel("identity"))
        context.CURRENT.set(context.Call("test", "r-1", caller=context.Caller(account_id="a", token=testing.a_token())))

        with pytest.raises(errors.NotFound) as raised:
            await stub.SelectProfile(
                identity_service_pb2.SelectProfileRequest(profile_id="0197b3f0-0000-7000-8000-000000000000")
            )
        await mesh.close()

    assert raised.value.reason == "PROFILE_NOT_FOUND"


async def test_a_stream_of_another_service_can_be_read_through_the_mesh(channel):
    registration = (packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server, PackagerAdmin())
    async with testing.serving(registration) as address:
        mesh = testing.a_mesh("operator", {"packager": address})
        stub = packager_admin_service_pb2_grpc.PackagerAdminServiceStub(mesh.channel("packager"))
        received = []

        with pytest.raises(errors.NotFound):
            async for message in stub.WatchAsset(
                packager_admin_service_pb2.WatchAssetRequest(asset_id="0197b3f0-0000-7000-8000-000000000000")
            ):
                received.append(message)
        await mesh.close()

    assert len(received) == 1


async def test_an_unreachable_service_is_named_in_the_error():
    mesh = testing.a_mesh("playback", {"identity": f"127.0.0.1:{testing.free_port()}"})
    stub = identity_service_pb2_grpc.IdentityServiceStub(mesh.channel("identity"))

    with pytest.raises(errors.Unavailable) as raised:
        await stub.LogIn(identity_service_pb2.LogInRequest())
    await mesh.close()

    assert (raised.value.reason, raised.value.metadata) == ("SERVICE_UNAVAILABLE", {"service": "identity"})
