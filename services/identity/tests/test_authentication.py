"""Logging in and out, profiles and tokens, through the contract."""

from datetime import timedelta

import grpc
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from marquee.entitlement.v1 import entitlement_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_service_pb2
from marquee.type.v1 import type_pb2

from services.identity import event_consumer
from services.identity.tests import builders
from services.kit import access_tokens, ids, testing


def claims_of(response):
    return jwt.decode(response.access_token, options={"verify_signature": False})


async def test_the_access_token_claims_what_the_platform_agreed_on(harness):
    opened = await harness.registered()

    claims = claims_of(opened)
    family_id, token_id = claims.pop("sid"), claims.pop("jti")
    now = int(testing.NOW.timestamp())
    assert {
        "iss": "marquee",
        "aud": "marquee",
        "sub": opened.account.account_id,
        "pid": opened.profile.profile_id,
        "roles": ["viewer"],
        "tier": "free",
        "mat": 13,
        "cty": "US",
        "lang": "en",
        "iat": now,
        "exp": now + 900,
    } == claims
    assert family_id != token_id
    assert opened.expire_time.seconds == now + 900


async def test_the_published_keys_verify_the_token(harness):
    opened = await harness.registered()

    jwks = await harness.identity.GetJwks(identity_service_pb2.GetJwksRequest())
    published = access_tokens.read_jwks(jwks.data)
    key_id = jwt.get_unverified_header(opened.access_token)["kid"]
    verified = access_tokens.verified(opened.access_token, published[key_id], testing.NOW.timestamp())
    assert verified["sub"] == opened.account.account_id
    assert len(published) == 2
    assert all("d" not in key for key in orjson.loads(jwks.data)["keys"])


async def test_an_address_signs_in_however_it_is_typed(harness):
    opened = await harness.registered("Ada.Byron@Example.org")

    signed_in = await harness.log_in("  ADA.byron@example.ORG ")

    assert signed_in.account.account_id == opened.account.account_id
    assert signed_in.account.email == "ada.byron@example.org"


async def test_an_unknown_address_is_refused_as_a_wrong_password_is(harness):
    await harness.registered()
    refusals = []

    for email, password in (("ada@example.org", "a wrong guess"), ("nobody@example.org", "a quiet harbour")):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await harness.log_in(email, password)
        refusals.append((caught.value.code(), testing.reason_of(caught.value), caught.value.details()))

    assert refusals[0] == refusals[1]
    assert refusals[0][1] == "BAD_CREDENTIALS"


async def test_an_unknown_address_takes_as_long_as_a_wrong_password(harness):
    await harness.registered()

    known = await builders.cpu_seconds(harness.log_in("ada@example.org", "a wrong guess") for _ in range(3))
    unknown = await builders.cpu_seconds(harness.log_in("nobody@example.org", "a wrong guess") for _ in range(3))

    assert 0.4 < unknown / known < 2.5


async def test_a_log_in_binds_the_profile_that_is_named(harness):
    imported = await harness.imported(builders.household())
    first = await harness.log_in("home@example.org", "a quiet harbour")
    profiles = await harness.identity.ListProfiles(
        identity_service_pb2.ListProfilesRequest(), metadata=testing.bearing(first.access_token)
    )
    kids = profiles.profiles[1]

    second = await harness.log_in("home@example.org", "a quiet harbour", profile_id=kids.profile_id)

    assert (first.HasField("profile"), second.profile.display_name) == (False, "Kids")
    assert (imported.accounts[0].account_id, "") == await builders.who(harness, first.access_token)
    assert claims_of(second)["mat"] == 8
    assert (imported.accounts[0].account_id, kids.profile_id) == await builders.who(harness, second.access_token)


async def test_another_accounts_profile_cannot_be_named_or_selected(harness, refused):
    stranger = (await harness.registered("eve@example.org")).profile.profile_id
    ours = await harness.registered("ada@example.org")

    async with refused("PROFILE_NOT_FOUND"):
        await harness.log_in("ada@example.org", profile_id=stranger)
    for profile_id in (stranger, ids.new()):
        async with refused("PROFILE_NOT_FOUND"):
            await harness.identity.SelectProfile(
                identity_service_pb2.SelectProfileRequest(profile_id=profile_id),
                metadata=testing.bearing(ours.access_token),
            )


async def test_a_selected_profile_is_kept_by_later_refreshes(harness):
    await harness.imported(builders.household())
    signed_in = await harness.log_in("home@example.org")
    bearing = testing.bearing(signed_in.access_token)
    listed = await harness.identity.ListProfiles(identity_service_pb2.ListProfilesRequest(), metadata=bearing)
    kids = listed.profiles[1].profile_id

    selected = await harness.identity.SelectProfile(
        identity_service_pb2.SelectProfileRequest(profile_id=kids), metadata=bearing
    )
    refreshed = await harness.refresh(signed_in.refresh_token)

    assert [kids, kids] == [claims_of(selected)["pid"], claims_of(refreshed)["pid"]]


async def test_a_log_in_to_an_account_with_one_profile_binds_it(harness):
    opened = await harness.registered()

    assert opened.profile == (await harness.log_in()).profile


async def test_a_refresh_binds_the_profile_that_it_names_whatever_another_tab_selected(harness, refused):
    imported = await harness.imported(builders.household())
    adult, kid = (entry.profile.profile_id for entry in imported.profiles)
    stranger = (await harness.registered("eve@example.org")).profile.profile_id
    logged_in = await harness.log_in("home@example.org", profile_id=kid)
    select = identity_service_pb2.SelectProfileRequest(profile_id=adult)
    await harness.identity.SelectProfile(select, metadata=testing.bearing(logged_in.access_token))

    kids_tab = await harness.refresh(logged_in.refresh_token, profile_id=kid)
    other_tab = await harness.refresh(logged_in.refresh_token)

    assert ([kid, adult], [8, 17]) == (
        [claims_of(response)["pid"] for response in (kids_tab, other_tab)],
        [claims_of(response)["mat"] for response in (kids_tab, other_tab)],
    )
    async with refused("PROFILE_NOT_FOUND"):
        await harness.refresh(kids_tab.refresh_token, profile_id=stranger)
    assert (await harness.refresh(kids_tab.refresh_token)).access_token  # The refused request used nothing up.


async def test_the_keys_say_how_long_they_may_be_kept(harness):
    call = harness.identity.GetJwks(identity_service_pb2.GetJwksRequest())

    assert ("cache-control", "public, max-age=300") in list(await call.initial_metadata())


async def test_profiles_are_listed_oldest_first_a_page_at_a_time(harness):
    await harness.imported(builders.household())
    bearing = testing.bearing((await harness.log_in("home@example.org")).access_token)

    one = await harness.identity.ListProfiles(identity_service_pb2.ListProfilesRequest(page_size=1), metadata=bearing)
    two = await harness.identity.ListProfiles(
        identity_service_pb2.ListProfilesRequest(page_size=1, page_token=one.next_page_token), metadata=bearing
    )

    assert ["Grown-up", "Kids"] == [page.profiles[0].display_name for page in (one, two)]
    assert not two.next_page_token


async def test_whoever_logs_out_can_neither_refresh_nor_select(harness, refused):
    opened = await harness.registered()

    for _ in range(2):  # Signing out twice is no error.
        await harness.identity.LogOut(identity_service_pb2.LogOutRequest(refresh_token=opened.refresh_token))

    async with refused("REFRESH_TOKEN_INVALID"):
        await harness.refresh(opened.refresh_token)
    async with refused("SIGNED_OUT"):
        await harness.identity.SelectProfile(
            identity_service_pb2.SelectProfileRequest(profile_id=opened.profile.profile_id),
            metadata=testing.bearing(opened.access_token),
        )


async def test_logging_out_on_one_device_leaves_the_other_signed_in(harness):
    here = await harness.registered()
    there = await harness.log_in()

    await harness.identity.LogOut(identity_service_pb2.LogOutRequest(refresh_token=here.refresh_token))

    assert claims_of(await harness.refresh(there.refresh_token))["sub"] == here.account.account_id


async def test_an_access_token_ends_after_fifteen_minutes(harness, refused):
    opened = await harness.registered()
    harness.clock.advance(timedelta(minutes=15))

    async with refused("TOKEN_EXPIRED"):
        await builders.who(harness, opened.access_token)


async def test_tokens_of_others_are_refused(harness, refused):
    opened = await harness.registered()
    claims = claims_of(opened)
    foreign = Ed25519PrivateKey.generate()
    ours = jwt.get_unverified_header(opened.access_token)["kid"]
    forged = [
        jwt.encode(claims, foreign, algorithm="EdDSA", headers={"kid": ours}),
        jwt.encode(claims, foreign, algorithm="EdDSA", headers={"kid": "elsewhere"}),
        jwt.encode(claims, "", algorithm="none", headers={"kid": ours}),
        jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": ours}),
        harness.keys.sign({**claims, "iss": "another platform"}),
        harness.keys.sign({**claims, "aud": "media"}),
        opened.access_token[:-4] + "AAAA",
        opened.refresh_token,
    ]

    for token in forged:
        async with refused("TOKEN_INVALID"):
            await builders.who(harness, token)


async def test_a_token_of_an_account_that_is_gone_says_so(harness, refused):
    token = harness.keys.sign({**claims_of(await harness.registered()), "sub": ids.new(), "pid": ""})

    async with refused("ACCOUNT_NOT_FOUND"):
        await builders.who(harness, token)


async def test_the_latest_tier_wins_whatever_order_it_is_told_in(harness):
    opened = await harness.registered()

    for revision, tier in ((2, type_pb2.TIER_PREMIUM), (1, type_pb2.TIER_BASIC), (2, type_pb2.TIER_FREE)):
        changed = a_subscription(opened.account.account_id, tier, revision)
        async with harness.database.transaction() as tx:
            await event_consumer.on_event(tx, event_internal_pb2.Event(subscription_changed=changed))

    assert claims_of(await harness.log_in())["tier"] == "premium"
    assert claims_of(await harness.refresh(opened.refresh_token))["tier"] == "premium"


async def test_broken_input_is_named_field_by_field(harness):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await harness.registered("no address", "short", "")

    assert testing.reason_of(caught.value) == "REQUEST_INVALID"
    assert all(field in str(caught.value.details()) for field in ("email", "password", "display_name"))


def a_subscription(account_id, tier, revision):
    subscription = entitlement_pb2.Subscription(account_id=account_id, tier=tier)
    return event_internal_pb2.SubscriptionChanged(subscription=subscription, revision=revision)
