"""Entitlement, and its fakes in the tests of playback, of the catalog, of epg and of recommendation."""

import dataclasses
from typing import Any

import grpc
import pytest
from marquee.entitlement.v1 import (
    entitlement_internal_pb2,
    entitlement_internal_pb2_grpc,
    entitlement_pb2,
    entitlement_service_pb2,
    entitlement_service_pb2_grpc,
)
from marquee.type.v1 import type_pb2

from services.catalog.tests import fakes as catalog_fakes
from services.entitlement.tests import harness
from services.epg.tests import harness as epg_harness
from services.kit import ids, testing, watchable_subjects
from services.playback.tests import fakes as playback_fakes
from services.recommendation.tests import guide_harness
from tests.contracts.implementations import by

_REGISTER = entitlement_service_pb2_grpc.add_EntitlementServiceServicer_to_server
_REGISTER_INTERNAL = entitlement_internal_pb2_grpc.add_EntitlementInternalServiceServicer_to_server


@dataclasses.dataclass
class Entitlement:
    """An entitlement service, an account with two streams, and a title that the account may or may not watch."""

    channel: grpc.aio.Channel
    account_id: str
    title_id: str

    def __post_init__(self) -> None:
        self.metadata = testing.bearing(testing.a_token(account_id=self.account_id))
        self.decisions: Any = entitlement_service_pb2_grpc.EntitlementServiceStub(self.channel)
        self.internal: Any = entitlement_internal_pb2_grpc.EntitlementInternalServiceStub(self.channel)


@pytest.fixture
async def real(database_url, redis_url):
    account_id, opened, closed = ids.new(), ids.new(), ids.new()
    catalog = harness.Catalog()
    catalog.facts = [harness.some_facts(opened), harness.some_facts(closed)]
    async with harness.run_service(await database_url("entitlement"), redis_url, catalog) as service:
        package = harness.a_package(type_pb2.TIER_BASIC, max_streams=2)
        await service.save(package, opened)
        await service.subscribe(account_id, package)
        token = testing.a_token(account_id=account_id)
        await harness.eventually(lambda: service.check(opened, token), lambda decision: decision.allowed)
        yield lambda *, allowed: Entitlement(service.channel, account_id, opened if allowed else closed)


@pytest.fixture
async def of_playback():
    fake = playback_fakes.Entitlement()
    fake.max_streams = 2
    internal = playback_fakes.EntitlementInternal(fake)
    async with testing.channel_to((_REGISTER, fake), (_REGISTER_INTERNAL, internal)) as channel:

        def arranged(*, allowed):
            fake.reasons = [] if allowed else [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION]
            return Entitlement(channel, ids.new(), ids.new())

        yield arranged


@pytest.fixture
async def of_catalog():
    fake = catalog_fakes.FakeEntitlement()
    async with testing.channel_to((_REGISTER, fake)) as channel:

        def arranged(*, allowed):
            title_id = ids.new()
            fake.allowed = {title_id} if allowed else set()
            return Entitlement(channel, ids.new(), title_id)

        yield arranged


@dataclasses.dataclass
class Channels:
    """An entitlement service, an account with one channel, and an account with all channels."""

    channel: grpc.aio.Channel
    account_id: str
    channel_id: str
    all_account_id: str

    def __post_init__(self) -> None:
        self.internal: Any = entitlement_internal_pb2_grpc.EntitlementInternalServiceStub(self.channel)

    async def list(self, account_id: str) -> entitlement_internal_pb2.ListEntitledChannelsResponse:
        """Returns the channels of an account."""
        request = entitlement_internal_pb2.ListEntitledChannelsRequest(account_id=account_id)
        response: entitlement_internal_pb2.ListEntitledChannelsResponse = await self.internal.ListEntitledChannels(
            request, metadata=testing.as_service("epg")
        )
        return response


@pytest.fixture
async def real_channels(database_url, redis_url):
    account_id, all_account_id, channel_id = ids.new(), ids.new(), ids.new()
    async with harness.run_service(await database_url("entitlement"), redis_url, harness.Catalog()) as service:
        package, everything = harness.a_package(), harness.a_package(includes_all_channels=True, tier=0)
        await service.save(package)
        await service.assign(package.package_id, [type_pb2.Subject(channel_id=channel_id)])
        await service.save(everything)
        await service.subscribe(account_id, package)
        await service.subscribe(all_account_id, everything)
        peer = Channels(service.channel, account_id, channel_id, all_account_id)
        await harness.eventually(lambda: peer.list(account_id), lambda response: response.channel_ids)
        await harness.eventually(lambda: peer.list(all_account_id), lambda response: response.all_channels)
        yield peer


@pytest.fixture
async def channels_of_epg():
    fake, saved = epg_harness.Entitlement(), epg_harness.a_channel(1)
    peer_ids = ids.new(), ids.new()
    fake.allow(peer_ids[0], saved)
    fake.allow(peer_ids[1], all_channels=True)
    async with testing.channel_to((_REGISTER_INTERNAL, fake)) as channel:
        yield Channels(channel, peer_ids[0], saved.channel_id, peer_ids[1])


async def check_access(service, subject):
    request = entitlement_service_pb2.CheckAccessRequest(subject=subject)
    return (await service.decisions.CheckAccess(request, metadata=service.metadata)).decision


async def check_access_for(service, subject):
    request = entitlement_internal_pb2.CheckAccessForRequest(
        subject=subject, account_id=service.account_id, maturity_ceiling=18, country_code="US"
    )
    return (await service.internal.CheckAccessFor(request, metadata=testing.as_service("playback"))).decision


@pytest.fixture
async def channels_of_recommendation():
    fake, channel_id, peer_ids = guide_harness.Entitlement(), ids.new(), (ids.new(), ids.new())
    fake.channel_ids = {peer_ids[0]: [channel_id], peer_ids[1]: None}
    async with testing.channel_to((_REGISTER_INTERNAL, fake)) as channel:
        yield Channels(channel, peer_ids[0], channel_id, peer_ids[1])


@pytest.mark.parametrize("ask", [check_access, check_access_for])
@by("real", "of_playback")
async def test_an_allowed_subject_has_the_number_of_streams_and_no_reason(peer, ask):
    service = peer(allowed=True)
    subject = watchable_subjects.title(service.title_id)
    decision = await ask(service, subject)

    assert (subject, True, 2, 0) == (decision.subject, decision.allowed, decision.max_streams, len(decision.reasons))


@pytest.mark.parametrize("ask", [check_access, check_access_for])
@by("real", "of_playback")
async def test_a_refused_subject_has_the_reasons_with_texts(peer, ask):
    service = peer(allowed=False)
    decision = await ask(service, watchable_subjects.title(service.title_id))

    assert not decision.allowed
    assert [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION] == [reason.code for reason in decision.reasons]
    assert all(reason.message for reason in decision.reasons)


@by("real", "of_catalog")
async def test_a_batch_has_one_decision_for_each_subject_in_their_order(peer):
    service = peer(allowed=True)
    asked = [watchable_subjects.title(each) for each in (ids.new(), service.title_id, ids.new())]
    request = entitlement_service_pb2.BatchCheckAccessRequest(subjects=asked)
    response = await service.decisions.BatchCheckAccess(request, metadata=service.metadata)

    assert asked == [decision.subject for decision in response.decisions]
    assert [False, True, False] == [decision.allowed for decision in response.decisions]


@by("real_channels", "channels_of_epg", "channels_of_recommendation")
async def test_the_channels_of_an_account_are_named_or_all(peer):
    everything = await peer.list(peer.all_account_id)
    nothing = entitlement_internal_pb2.ListEntitledChannelsResponse()

    assert [peer.channel_id] == list((await peer.list(peer.account_id)).channel_ids)
    assert (True, []) == (everything.all_channels, list(everything.channel_ids))
    assert nothing == await peer.list(ids.new()) == await peer.list("")
