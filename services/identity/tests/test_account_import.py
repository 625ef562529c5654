"""Importing accounts: again and again, in demo and in production."""

import asyncio
import collections
from datetime import UTC, timedelta

import grpc
import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_admin_service_pb2, identity_pb2, identity_service_pb2
from marquee.type.v1 import type_pb2
from sqlalchemy import text

from services.kit import testing


def an_account(email="demo@ott.test", password="demo123", display_name="Demo", profiles=("Demo", "Kids"), **more):
    imports = [identity_admin_service_pb2.ProfileImport(display_name=name, avatar="owl") for name in profiles]
    return identity_admin_service_pb2.AccountImport(
        email=email, password=password, display_name=display_name, profiles=imports, **more
    )


async def rows(harness):
    """Every row with the transaction that wrote it last."""
    async with harness.database.reading() as session:
        tables = ("account", "profile", "outbox")
        return {
            table: (await session.execute(text(f"SELECT xmin, * FROM {table} ORDER BY 2"))).all() for table in tables
        }


async def test_an_import_creates_what_signs_in(harness):
    response = await harness.imported(
        an_account(roles=[identity_pb2.ROLE_ADMIN, identity_pb2.ROLE_VIEWER], country_code="IN"),
        an_account("basic@ott.test", "test123"),
    )

    assert (2, 0) == (response.created_count, response.updated_count)
    assert ["demo@ott.test", "basic@ott.test"] == [account.email for account in response.accounts]
    demo, basic = (account.account_id for account in response.accounts)
    assert [(demo, "Demo"), (demo, "Kids"), (basic, "Demo"), (basic, "Kids")] == [
        (imported.account_id, imported.profile.display_name) for imported in response.profiles
    ]
    signed_in = await harness.log_in("demo@ott.test", "demo123")
    assert [identity_pb2.ROLE_VIEWER, identity_pb2.ROLE_ADMIN] == signed_in.account.roles
    assert ("IN", type_pb2.TIER_FREE) == (signed_in.account.country_code, signed_in.account.tier)


async def test_a_second_import_writes_nothing(harness):
    one = await harness.imported(an_account(), an_account("basic@ott.test"))
    before = await rows(harness)

    two = await harness.imported(an_account(password="another1"), an_account("BASIC@ott.test"))

    assert before == await rows(harness)
    assert (0, 0) == (two.created_count, two.updated_count)
    assert list(one.profiles) == list(two.profiles)
    assert [account.account_id for account in one.accounts] == [account.account_id for account in two.accounts]
    assert (await harness.log_in("demo@ott.test", "demo123")).access_token


async def test_an_import_brings_an_account_to_what_it_states_and_leaves_the_rest(harness):
    await harness.imported(an_account(roles=[identity_pb2.ROLE_EDITOR], country_code="IN"))
    kids = identity_admin_service_pb2.ProfileImport(display_name="Kids", maturity_ceiling=0)
    guest = identity_admin_service_pb2.ProfileImport(display_name="Guest")

    changed = identity_admin_service_pb2.AccountImport(
        email="demo@ott.test", password="demo123", display_name="Another name", profiles=[kids, guest]
    )
    response = await harness.imported(changed)

    [account] = response.accounts
    assert (0, 1) == (response.created_count, response.updated_count)
    assert ("Another name", [identity_pb2.ROLE_EDITOR], "IN") == (
        account.display_name,
        list(account.roles),
        account.country_code,
    )
    bearing = testing.bearing((await harness.log_in("demo@ott.test", "demo123")).access_token)
    listed = await harness.identity.ListProfiles(identity_service_pb2.ListProfilesRequest(), metadata=bearing)
    assert [
        ("Demo", "owl", 13),
        ("Kids", "owl", 0),
        ("Guest", "comet", 13),
    ] == [(profile.display_name, profile.avatar, profile.maturity_ceiling) for profile in listed.profiles]


async def test_two_imports_at_once_create_each_account_once(harness):
    accounts = [an_account(f"viewer{number}@ott.test") for number in range(4)]

    one, two = await asyncio.gather(harness.imported(*accounts), harness.imported(*reversed(accounts)))

    assert 4 == one.created_count + two.created_count
    assert {account.account_id for account in one.accounts} == {account.account_id for account in two.accounts}
    payloads = [
        event_internal_pb2.Event.FromString(row.event).WhichOneof("payload") for row in (await rows(harness))["outbox"]
    ]
    assert {"account_registered": 4, "profile_changed": 8} == collections.Counter(payloads)


async def test_an_import_that_contradicts_itself_is_refused_with_the_fields(harness):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await harness.imported(an_account(), an_account("DEMO@ott.test"), an_account("b@ott.test", profiles=("A", "A")))

    assert "REQUEST_INVALID" == testing.reason_of(caught.value)
    assert "accounts[1].email" in str(caught.value.details())
    assert "accounts[2].profiles" in str(caught.value.details())


async def test_no_import_makes_a_sixth_profile(harness, refused):
    await harness.imported(an_account(profiles=("A", "B", "C", "D")))
    before = await rows(harness)

    async with refused("REQUEST_INVALID"):
        await harness.imported(an_account("new@ott.test"), an_account(profiles=("E", "F")))

    assert before == await rows(harness)


@pytest.mark.parametrize("password", ["demo123", "admin123", "test123", "Test1234"])
async def test_production_refuses_the_demo_accounts_as_a_whole(start_harness, refused, password):
    harness = await start_harness(production=True)

    async with refused("WEAK_PASSWORD"):
        await harness.imported(an_account("good@ott.test", "a quiet harbour"), an_account(password=password))

    assert {"account": [], "profile": [], "outbox": []} == await rows(harness)


async def test_viewers_and_editors_may_not_import(harness, refused):
    opened = await harness.registered()
    request = identity_admin_service_pb2.ImportAccountsRequest(accounts=[an_account()])

    async with refused("ROLE_REQUIRED"):
        await harness.admin.ImportAccounts(request, metadata=testing.bearing(opened.access_token))
    async with refused("TOKEN_REQUIRED"):
        await harness.admin.ImportAccounts(request)


def liking(*genres, **more):
    return identity_pb2.Preferences(genre_ids=genres, **more)


async def preferences_of(harness, name="Demo"):
    bearing = testing.bearing((await harness.log_in("demo@ott.test", "demo123")).access_token)
    listed = await harness.identity.ListProfiles(identity_service_pb2.ListProfilesRequest(), metadata=bearing)
    [profile] = [profile for profile in listed.profiles if profile.display_name == name]
    return profile.preferences


async def test_imported_preferences_count_as_answered_and_none_as_still_to_be_asked(harness):
    account = an_account()
    account.profiles[0].preferences.CopyFrom(liking("mystery", language_codes=["en", "hi"]))
    await harness.imported(account)

    preferences = await preferences_of(harness)
    assert (["mystery"], ["en", "hi"]) == (list(preferences.genre_ids), list(preferences.language_codes))
    assert testing.NOW == preferences.answer_time.ToDatetime(UTC)
    assert not (await preferences_of(harness, "Kids")).HasField("answer_time")


async def test_preferences_are_imported_again_only_where_they_differ(harness):
    account = an_account()
    account.profiles[0].preferences.CopyFrom(liking("mystery"))
    await harness.imported(account)
    before = await rows(harness)
    harness.clock.advance(timedelta(minutes=1))

    assert 0 == (await harness.imported(account)).updated_count
    assert before == await rows(harness)
    await harness.imported(an_account())  # An import that says nothing of them leaves them.
    assert ["mystery"] == list((await preferences_of(harness)).genre_ids)

    account.profiles[0].preferences.CopyFrom(liking("drama"))
    assert 1 == (await harness.imported(account)).updated_count
    preferences = await preferences_of(harness)
    assert (["drama"], harness.clock.now()) == (list(preferences.genre_ids), preferences.answer_time.ToDatetime(UTC))
