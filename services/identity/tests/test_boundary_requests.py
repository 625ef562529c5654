"""Requests with values at the edges, in every field of every method."""

from google.protobuf import field_mask_pb2
from marquee.identity.v1 import identity_admin_service_pb2, identity_pb2, identity_service_pb2

from services.kit import boundary_requests, ids, rate_budget, testing

_EMAIL, _PASSWORD = "ada@example.org", "a quiet harbour"


async def test_no_request_of_a_viewer_is_a_fault(start_harness):
    # So many log-ins may fail that each of them is tried.
    harness = await start_harness(attempts=rate_budget.Budget(1_000_000, 3600))
    registered = await harness.registered(_EMAIL, _PASSWORD)
    # Both methods end a log-in, so each has one of its own.
    rotated, ended = (await harness.log_in(_EMAIL, _PASSWORD)).refresh_token, (await harness.log_in()).refresh_token
    profile = identity_pb2.Profile(
        profile_id=registered.profile.profile_id,
        display_name="Ada",
        preferences=identity_pb2.Preferences(genre_ids=["mystery"], language_codes=["hi"]),
    )

    await boundary_requests.check(
        harness.channel,
        "marquee.identity.v1.IdentityService",
        metadata=testing.bearing(registered.access_token),
        bases={
            "Register": identity_service_pb2.RegisterRequest(
                email="bea@example.org", password=_PASSWORD, display_name="Bea"
            ),
            "LogIn": identity_service_pb2.LogInRequest(email=_EMAIL, password=_PASSWORD),
            "RefreshToken": identity_service_pb2.RefreshTokenRequest(refresh_token=rotated, request_id=ids.new()),
            "LogOut": identity_service_pb2.LogOutRequest(refresh_token=ended),
            "SelectProfile": identity_service_pb2.SelectProfileRequest(profile_id=profile.profile_id),
            "UpdateProfile": identity_service_pb2.UpdateProfileRequest(
                profile=profile, update_mask=field_mask_pb2.FieldMask(paths=["*"])
            ),
        },
    )


async def test_no_request_of_an_operator_or_a_service_is_a_fault(harness):
    account = identity_admin_service_pb2.AccountImport(
        email=_EMAIL,
        password=_PASSWORD,
        display_name="Ada",
        roles=[identity_pb2.ROLE_VIEWER],
        profiles=[identity_admin_service_pb2.ProfileImport(display_name="Ada", maturity_ceiling=13)],
    )

    await boundary_requests.check(
        harness.channel,
        "marquee.identity.v1.IdentityAdminService",
        "marquee.identity.v1.IdentityInternalService",
        metadata=testing.as_service("operator"),
        bases={"ImportAccounts": identity_admin_service_pb2.ImportAccountsRequest(accounts=[account])},
    )
