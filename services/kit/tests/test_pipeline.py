"""The pipeline of a call, on a real server."""

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

from services.kit import context, errors, ids, method_policy, status, subjects, testing


class ProfileNotFound(errors.NotFound):
    reason, domain = "PROFILE_NOT_FOUND", "identity.marquee"


class Identity(identity_service_pb2_grpc.IdentityServiceServicer):
    async def GetAccount(self, request, rpc):
        caller = context.caller()
        return identity_service_pb2.GetAccountResponse(account=identity_pb2.Account(account_id=caller.account_id))

    async def SelectProfile(self, request, rpc):
        raise ProfileNotFound("There is no such profile.", metadata={"profile_id": request.profile_id})

    async def ListProfiles(self, request, rpc):
        raise ZeroDivisionError("a secret of the machine room")

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
        raise ProfileNotFound("It went away.", metadata={"profile_id": "p"})


@pytest.fixture
async def channel():
    registrations = (
        (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, Identity()),
        (identity_admin_service_pb2_grpc.add_IdentityAdminServiceServicer_to_server, IdentityAdmin()),
        (packager_internal_pb2_grpc.add_PackagerInternalServiceServicer_to_server, Packager()),
        (packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server, PackagerAdmin()),
    )
    async with testing.channel_to(*registrations) as to:
        yield to


@pytest.fixture
def identity(channel):
    return identity_service_pb2_grpc.IdentityServiceStub(channel)


async def refused(call) -> errors.Error:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return status.raised_by(caught.value, "peer")


async def test_the_handler_knows_who_is_calling(identity):
    token = testing.a_token(account_id="somebody")

    answer = await identity.GetAccount(identity_service_pb2.GetAccountRequest(), metadata=testing.bearing(token))

    assert answer.account.account_id == "somebody"


async def test_a_call_without_a_token_is_told_to_sign_in(identity):
    error = await refused(identity.GetAccount(identity_service_pb2.GetAccountRequest()))

    assert (error.code, error.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REQUIRED")


async def test_an_expired_token_is_told_apart_from_a_wrong_one(identity):
    old = testing.a_token(at=testing.NOW - timedelta(hours=1))
    wrong = testing.a_token(aud="another platform")

    expired = await refused(
        identity.GetAccount(identity_service_pb2.GetAccountRequest(), metadata=testing.bearing(old))
    )
    invalid = await refused(
        identity.GetAccount(identity_service_pb2.GetAccountRequest(), metadata=testing.bearing(wrong))
    )

    assert (expired.reason, invalid.reason) == ("TOKEN_EXPIRED", "TOKEN_INVALID")


async def test_each_broken_rule_is_named_with_its_field(identity):
    request = identity_service_pb2.RegisterRequest(email="nobody", password="short", display_name="N")

    error = await refused(identity.Register(request))

    [detail] = error.details
    assert isinstance(detail, error_details_pb2.BadRequest)
    assert [violation.field for violation in detail.field_violations] == ["email", "password"]
    assert error.reason == "REQUEST_INVALID"


async def test_an_items_position_is_part_of_the_fields_name(channel):
    admin = identity_admin_service_pb2_grpc.IdentityAdminServiceStub(channel)
    good = identity_admin_service_pb2.ProfileImport(display_name="Kid")
    account = identity_admin_service_pb2.AccountImport(
        email="a@b.test",
        password="test123",
        display_name="A",
        profiles=[good, identity_admin_service_pb2.ProfileImport()],
    )
    request = identity_admin_service_pb2.ImportAccountsRequest(accounts=[account])

    error = await refused(admin.ImportAccounts(request, metadata=testing.as_service("operator")))

    [violation] = error.details[0].field_violations
    assert violation.field == "accounts[0].profiles[1].display_name"


async def test_a_call_that_was_json_reads_its_fields_in_camel_case(channel):
    admin = identity_admin_service_pb2_grpc.IdentityAdminServiceStub(channel)
    good = identity_admin_service_pb2.ProfileImport(display_name="Kid")
    account = identity_admin_service_pb2.AccountImport(
        email="a@b.test",
        password="test123",
        display_name="A",
        profiles=[good, identity_admin_service_pb2.ProfileImport()],
    )
    request = identity_admin_service_pb2.ImportAccountsRequest(accounts=[account])

    error = await refused(
        admin.ImportAccounts(
            request, metadata=(*testing.as_service("operator"), ("x-envoy-original-path", "/api/v1/x"))
        )
    )

    [violation] = error.details[0].field_violations
    assert violation.field == "accounts[0].profiles[1].displayName"


async def test_an_expected_failure_arrives_with_its_reason_and_metadata(identity):
    profile = "0197b3f0-0000-7000-8000-000000000000"
    request = identity_service_pb2.SelectProfileRequest(profile_id=profile)

    error = await refused(identity.SelectProfile(request, metadata=testing.bearing(testing.a_token())))

    assert isinstance(error, errors.NotFound)
    assert (error.reason, error.domain) == ("PROFILE_NOT_FOUND", "identity.marquee")
    assert error.metadata == {"profile_id": profile}


async def test_a_fault_of_ours_tells_the_request_id_and_nothing_else(identity):
    metadata = (*testing.bearing(testing.a_token()), ("x-request-id", "find-me"))

    error = await refused(identity.ListProfiles(identity_service_pb2.ListProfilesRequest(), metadata=metadata))

    assert (error.code, error.metadata) == (grpc.StatusCode.INTERNAL, {"request_id": "find-me"})
    assert "machine room" not in error.message


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (asyncpg.QueryCanceledError("canceling statement due to statement timeout"), "DATABASE_TIMEOUT"),
        (asyncpg.ReadOnlySQLTransactionError("cannot execute UPDATE"), "DATABASE_UNAVAILABLE"),
        (redis_errors.OutOfMemoryError("used memory > 'maxmemory'"), "REDIS_UNAVAILABLE"),
    ],
)
async def test_an_engine_that_cannot_work_now_is_a_status_that_may_be_tried_again(raised, reason):
    class Failing(identity_service_pb2_grpc.IdentityServiceServicer):
        async def GetAccount(self, request, rpc):
            raise raised

    registration = (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, Failing())
    async with testing.channel_to(registration) as channel:
        stub = identity_service_pb2_grpc.IdentityServiceStub(channel)
        request = identity_service_pb2.GetAccountRequest()
        error = await refused(stub.GetAccount(request, metadata=testing.bearing(testing.a_token())))

    assert (grpc.StatusCode.UNAVAILABLE, reason) == (error.code, error.reason)
    assert str(raised) not in error.message


async def test_a_handler_may_answer_with_encoded_bytes(identity):
    answer = await identity.LogOut(identity_service_pb2.LogOutRequest(refresh_token="any"))

    assert answer == identity_service_pb2.LogOutResponse()


@pytest.mark.parametrize(
    ("roles", "reason"), [(("viewer",), "ROLE_REQUIRED"), (("viewer", "editor"), "ROLE_REQUIRED"), (("admin",), None)]
)
async def test_only_admins_pass_where_admins_may(channel, roles, reason):
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
        assert (await refused(call)).reason == reason


PLAYABLE = packager_internal_pb2.GetPlayableAssetRequest(subject=subjects.title("0197b3f0-0000-7000-8000-000000000000"))


async def test_an_internal_method_does_not_exist_for_users(channel):
    packager = packager_internal_pb2_grpc.PackagerInternalServiceStub(channel)

    error = await refused(
        packager.GetPlayableAsset(PLAYABLE, metadata=testing.bearing(testing.a_token(roles=("admin",))))
    )
    answer = await packager.GetPlayableAsset(PLAYABLE, metadata=testing.as_service("playback"))

    assert error.code == grpc.StatusCode.UNIMPLEMENTED
    assert answer == packager_internal_pb2.GetPlayableAssetResponse()


@pytest.mark.parametrize("service", sorted(set(testing.SERVICES) - {"playback"}))
async def test_an_internal_method_is_closed_to_services_that_the_contract_does_not_name(channel, service):
    packager = packager_internal_pb2_grpc.PackagerInternalServiceStub(channel)
    user = testing.bearing(testing.a_token(roles=("admin",)))

    for metadata in (testing.as_service(service), (*testing.as_service(service), *user)):
        error = await refused(packager.GetPlayableAsset(PLAYABLE, metadata=metadata))

        assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")
        assert {"service": service} == error.metadata


async def test_a_service_may_call_what_its_user_may_and_nothing_more(channel):
    identity = identity_service_pb2_grpc.IdentityServiceStub(channel)
    request, service = identity_service_pb2.GetAccountRequest(), testing.as_service("catalog")

    answer = await identity.GetAccount(request, metadata=(*service, *testing.bearing(testing.a_token(account_id="a"))))
    error = await refused(identity.GetAccount(request, metadata=service))

    assert "a" == answer.account.account_id
    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "CALLER_NOT_ALLOWED")


async def test_a_token_for_another_service_is_refused(channel):
    packager = packager_internal_pb2_grpc.PackagerInternalServiceStub(channel)
    token = testing.an_identity("playback").token_for("entitlement")

    error = await refused(packager.GetPlayableAsset(PLAYABLE, metadata=(("x-marquee-service", token),)))

    assert (error.code, error.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")


async def test_a_call_that_takes_longer_than_its_policy_allows_is_ended(monkeypatch):
    monkeypatch.setenv(method_policy.TIMEOUT_FACTOR, "0.01")
    request = identity_service_pb2.RefreshTokenRequest(refresh_token="slow", request_id=ids.new())
    registration = (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, Identity())

    async with testing.channel_to(registration) as channel:
        error = await refused(identity_service_pb2_grpc.IdentityServiceStub(channel).RefreshToken(request))

    assert (error.code, error.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")


async def test_a_stream_that_fails_on_its_way_still_tells_the_reason(channel):
    packager = packager_admin_service_pb2_grpc.PackagerAdminServiceStub(channel)
    request = packager_admin_service_pb2.WatchAssetRequest(asset_id="0197b3f0-0000-7000-8000-000000000000")
    received = []

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for message in packager.WatchAsset(request, metadata=testing.as_service("operator")):
            received.append(message)

    assert len(received) == 1
    assert testing.reason_of(caught.value) == "PROFILE_NOT_FOUND"


async def test_a_peers_error_comes_back_as_the_exception_it_was(channel):
    registration = (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, Identity())
    async with testing.serving(registration) as address:
        mesh = testing.a_mesh("playback", {"identity": address})
        stub = identity_service_pb2_grpc.IdentityServiceStub(mesh.channel("identity"))
        context.CURRENT.set(context.Call("test", "r-1", caller=context.Caller(account_id="a", token=testing.a_token())))

        with pytest.raises(errors.NotFound) as caught:
            await stub.SelectProfile(
                identity_service_pb2.SelectProfileRequest(profile_id="0197b3f0-0000-7000-8000-000000000000")
            )
        await mesh.close()

    assert caught.value.reason == "PROFILE_NOT_FOUND"


async def test_a_peers_stream_can_be_read_through_the_mesh(channel):
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


async def test_a_peer_that_does_not_answer_is_named():
    mesh = testing.a_mesh("playback", {"identity": f"127.0.0.1:{testing.free_port()}"})
    stub = identity_service_pb2_grpc.IdentityServiceStub(mesh.channel("identity"))

    with pytest.raises(errors.Unavailable) as caught:
        await stub.LogIn(identity_service_pb2.LogInRequest())
    await mesh.close()

    assert (caught.value.reason, caught.value.metadata) == ("SERVICE_UNAVAILABLE", {"service": "identity"})
