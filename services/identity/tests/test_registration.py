"""Registering: an address that has an account is treated like a log-in, and no response names it."""

import asyncio

import grpc
import pytest

from services.identity.tests import builders
from services.kit import status, testing


async def test_whoever_registers_is_signed_in(harness):
    opened = await harness.registered()

    assert (opened.account.account_id, opened.profile.profile_id) == await builders.who(harness, opened.access_token)


async def test_registering_again_with_the_right_password_logs_in(harness):
    first = await harness.registered("ada@example.org")

    again = await harness.registered("ADA@example.org", name="Somebody else")

    assert (first.account, first.profile) == (again.account, again.profile)
    assert first.refresh_token != again.refresh_token
    assert (first.account.account_id, first.profile.profile_id) == await builders.who(harness, again.access_token)


async def test_registering_again_to_an_account_with_several_profiles_binds_none(harness):
    await harness.imported(builders.household())

    again = await harness.registered("home@example.org")

    assert (builders.household().display_name, False) == (again.account.display_name, again.HasField("profile"))


async def test_registering_again_with_another_password_is_refused_without_naming_the_address(harness):
    await harness.registered("ada@example.org")

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await harness.registered("ada@example.org", "a loud harbour")

    error = status.raised_by(caught.value, "identity")
    assert ("REGISTRATION_REFUSED", {}) == (error.reason, error.metadata)
    assert "ada" not in error.message


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
async def test_a_weak_password_is_refused_alike_with_and_without_an_account(harness, refused, email):
    await harness.registered("ada@example.org")

    async with refused("WEAK_PASSWORD"):
        await harness.registered(email, "password1")


async def test_two_registrations_of_one_address_at_once_make_one_account(harness):
    registered = await asyncio.gather(*(harness.registered() for _ in range(4)), return_exceptions=True)

    accounts = {each.account.account_id for each in registered if not isinstance(each, grpc.aio.AioRpcError)}
    refusals = {testing.reason_of(each) for each in registered if isinstance(each, grpc.aio.AioRpcError)}
    assert 1 == len(accounts)
    assert refusals <= {"REGISTRATION_REFUSED"}


@pytest.mark.parametrize("password", ["Password123", "password1", "hello ada.byron", "ADA.BYRON1815"])
async def test_what_a_guesser_tries_first_is_no_password(harness, refused, password):
    async with refused("WEAK_PASSWORD"):
        await harness.registered("ada.byron@example.org", password)


async def test_registering_a_taken_address_takes_as_long_as_a_free_one(harness):
    await harness.registered()

    taken = await builders.cpu_seconds(harness.registered("ada@example.org", "a loud harbour") for _ in range(5))
    free = await builders.cpu_seconds(harness.registered(f"eve{n}@example.org", "a loud harbour") for n in range(5))

    assert 0.4 < taken / free < 2.5
