"""What integrators are promised."""

import asyncio
import json
import re
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_service_pb2
from marquee.identity.v1 import identity_service_pb2
from marquee.packager.v1 import packager_admin_service_pb2
from marquee.playback.v1 import playback_service_pb2
from marquee.policy.v1 import policy_pb2

from clients import python as sdk
from clients.python import client as clients
from clients.python import service_config
from clients.python.session import Session
from services.kit import ids, watchable_subjects

README = Path(sdk.__file__).with_name("README.md")
ROOT = README.parents[2]


async def account_of(client):
    return (await client.identity.GetAccount(identity_service_pb2.GetAccountRequest())).account.account_id


async def watched(client):
    """Returns the number of messages of a stream before it failed, and the failure."""
    received = 0
    try:
        async for _ in client.packager_admin.WatchAsset(
            packager_admin_service_pb2.WatchAssetRequest(asset_id=ids.new())
        ):
            received += 1
    except sdk.MarqueeError as failed:
        return received, failed.reason
    return received, ""


async def test_whoever_logs_in_calls_as_themselves(client):
    signed_in = await client.log_in("ada@example.org", "any")

    assert "Ada" == signed_in.profile.display_name
    assert "ada" == await account_of(client)
    assert "refresh-0" == client.refresh_token


async def test_without_a_log_in_what_is_public_answers(client):
    found = await client.catalog.SearchTitles(catalog_service_pb2.SearchTitlesRequest(query="light"))

    assert 1 == len(found.results)
    with pytest.raises(sdk.MarqueeError) as caught:
        await account_of(client)
    assert "TOKEN_REQUIRED" == caught.value.reason


async def test_a_token_that_ended_is_renewed_once_for_all_that_wait(platform, client):
    await client.log_in("ada@example.org", "any")
    platform.pass_time(minutes=16)

    account_names = await asyncio.gather(*(account_of(client) for _ in range(10)))

    assert ["ada"] * 10 == account_names
    assert (1, "refresh-1") == (platform.identity.refreshed, client.refresh_token)


async def test_a_stream_renews_a_token_that_ended(platform, client):
    await client.log_in("ada@example.org", "any")
    platform.pass_time(minutes=16)

    assert (2, "ASSET_NOT_FOUND") == await watched(client)
    assert 1 == platform.identity.refreshed


async def test_a_token_is_renewed_before_it_ends(platform, client):
    now = 0.0
    session = Session(client.identity, monotonic=lambda: now)
    session.set_tokens("first", "refresh-0")

    now = 13 * 60
    assert "first" == await session.access_token()
    now = 14 * 60

    assert "first" != await session.access_token()
    assert "refresh-1" == session.refresh_token


async def test_a_session_that_ended_elsewhere_says_so_once_and_then_calls_unsigned(platform, client):
    await client.log_in("ada@example.org", "any")
    platform.identity.signed_out = True
    platform.pass_time(minutes=16)

    reasons = []
    for _ in range(2):
        with pytest.raises(sdk.MarqueeError) as caught:
            await account_of(client)
        reasons.append(caught.value.reason)

    assert ["REFRESH_TOKEN_INVALID", "TOKEN_REQUIRED"] == reasons
    assert not client.refresh_token


async def test_renewed_tokens_are_bound_to_the_profile_of_this_client(platform, client):
    await client.log_in("ada@example.org", "any")
    profile_id = ids.new()
    await client.select_profile(profile_id)
    platform.pass_time(minutes=16)

    await account_of(client)

    assert [profile_id] == platform.identity.refreshed_profiles


async def test_a_kept_refresh_token_goes_on(platform):
    async with sdk.Marquee(platform.url) as first:
        await first.log_in("ada@example.org", "any")

    async with sdk.Marquee(platform.url, refresh_token=first.refresh_token) as second:
        assert "ada" == await account_of(second)


async def test_selecting_a_profile_changes_who_calls(client):
    await client.log_in("ada@example.org", "any")
    profile_id = ids.new()

    profile = await client.select_profile(profile_id)

    assert (profile_id, "another") == (profile.profile_id, await account_of(client))


async def test_logging_out_ends_the_session_on_the_platform(platform, client):
    await client.log_in("ada@example.org", "any")

    await client.log_out()
    await client.log_out()

    assert platform.identity.signed_out
    with pytest.raises(sdk.MarqueeError, match="TOKEN_REQUIRED"):
        await account_of(client)


async def test_a_refusal_to_play_brings_the_decision(platform, client):
    await client.log_in("ada@example.org", "any")
    platform.playback.closed = True
    title_id = ids.new()
    start = playback_service_pb2.StartSessionRequest(subject=watchable_subjects.title(title_id), request_id=ids.new())

    with pytest.raises(sdk.AccessDenied) as caught:
        await client.playback.StartSession(start)

    denied = caught.value
    assert (grpc.StatusCode.PERMISSION_DENIED, "NOT_ENTITLED") == (denied.code, denied.reason)
    assert {"title_id": title_id} == denied.metadata
    assert ["This is part of Premium."] == [reason.message for reason in denied.decision.reasons]


async def test_broken_fields_are_told_by_name(client):
    with pytest.raises(sdk.MarqueeError) as caught:
        await client.catalog.GetTitle(catalog_service_pb2.GetTitleRequest(title_id="no id"))

    assert "REQUEST_INVALID" == caught.value.reason
    assert ["title_id"] == list(caught.value.violations)
    assert caught.value.retry_delay is None


async def test_what_may_be_repeated_is_repeated(platform, client):
    platform.catalog.failures = 2

    response = await client.catalog.GetTitle(catalog_service_pb2.GetTitleRequest(title_id=ids.new()))

    assert response.title.title_id
    assert 3 == platform.catalog.calls


async def test_what_may_not_be_repeated_is_not(platform, client):
    platform.identity.failures = 1

    with pytest.raises(sdk.MarqueeError, match="DATABASE_UNAVAILABLE"):
        await client.log_in("ada@example.org", "any")


async def test_an_upload_is_sent_with_the_token(client):
    await client.log_in("ada@example.org", "any")
    parts = [catalog_admin_service_pb2.ImportTitlesRequest(chunk=b"{}") for _ in range(3)]

    response = await client.catalog_admin.ImportTitles(iter(parts))

    assert 3 == response.row_count


async def test_a_platform_that_does_not_answer_is_an_error_too():
    async with sdk.Marquee("http://127.0.0.1:1") as client:
        with pytest.raises(sdk.MarqueeError) as caught:
            await account_of(client)

    assert (grpc.StatusCode.UNAVAILABLE, "") == (caught.value.code, caught.value.reason)


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "grpc://host", "http://", "https://host/path"])
def test_what_is_no_address_of_a_platform_is_refused(url):
    with pytest.raises(ValueError, match="address"):
        sdk.Marquee(url)


def test_every_service_that_the_edge_knows_is_an_attribute():
    files = descriptor_pb2.FileDescriptorSet.FromString((ROOT / "proto/gen/marquee.binpb").read_bytes()).file
    public = set()
    for file in files:
        for service in file.service:
            policies = [method.options.Extensions[policy_pb2.method] for method in service.method]
            if any(policy.audience not in {0, policy_pb2.AUDIENCE_INTERNAL} for policy in policies):
                public.add(service.name)

    typed = {kind.rpartition(".")[2].removesuffix("AsyncStub") for kind in sdk.Marquee.__annotations__.values()}
    assert public == typed


def test_timeouts_and_retries_are_those_of_the_contract():
    services = [service for contract in clients._CONTRACTS for service in contract.DESCRIPTOR.services_by_name.values()]
    configs = {
        (config["name"][0]["service"], config["name"][0]["method"]): config
        for config in json.loads(service_config.from_services(services))["methodConfig"]
    }

    for service in services:
        for method in service.methods:
            config, options = configs[service.full_name, method.name], method.GetOptions()
            timeout = options.Extensions[policy_pb2.method].timeout
            assert (options.idempotency_level != 0) == ("retryPolicy" in config)
            assert (
                service_config.timeout_of(f"/{service.full_name}/{method.name}") or 0
            ) == timeout.ToMilliseconds() / 1000


async def test_the_factor_of_a_client_multiplies_the_timeout_of_each_call(platform):
    path = "/marquee.catalog.v1.CatalogService/GetTitle"

    async with sdk.Marquee(platform.url, timeout_factor=10) as client:
        [interceptor, *_] = client.catalog.GetTitle._interceptors

    assert 10 * service_config.timeout_of(path) == interceptor._timeout(path)


async def test_the_example_in_the_readme_works_as_written(platform, capsys, monkeypatch):
    [example] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    program = compile(example.replace("http://127.0.0.1:8080", platform.url), str(README), "exec")
    monkeypatch.setitem(sys.modules, "marquee_sdk", sdk)  # Its name when it is installed.

    for closed in (False, True):
        platform.playback.closed = closed
        finished = []
        monkeypatch.setattr(asyncio, "run", finished.append)
        exec(program, {})
        await finished[0]

    assert [
        "Hello, Ada.",
        "The Lighthouse Keeper's Ledger plays at /media/x/hls/master.m3u8",
        "Hello, Ada.",
        "The Lighthouse Keeper's Ledger is not included: This is part of Premium.",
    ] == capsys.readouterr().out.splitlines()
