"""Lists of only those channels that the packages of the caller hold."""

from datetime import timedelta

import grpc
import pytest
from marquee.epg.v1 import epg_service_pb2

from services.epg.tests.harness import a_channel
from services.kit import ids, testing, timestamps

_ONLY = epg_service_pb2.ChannelFilter(entitled_only=True)


async def list_channels(service, metadata=(), **options):
    return await service.viewer.ListChannels(
        epg_service_pb2.ListChannelsRequest(filter=_ONLY, **options), metadata=metadata
    )


async def get_guide(service, metadata=(), **options):
    return await service.get_guide(metadata=metadata, filter=_ONLY, **options)


async def list_on_now(service, metadata=(), **options):
    return await service.viewer.ListOnNow(epg_service_pb2.ListOnNowRequest(filter=_ONLY, **options), metadata=metadata)


def ids_in(response):
    listed = response.schedules if isinstance(response, epg_service_pb2.GetGuideResponse) else response.channels
    return [each.channel_id for each in listed]


_LISTS = pytest.mark.parametrize("ask", [list_channels, get_guide, list_on_now])


@pytest.fixture
async def channels(service):
    return [await service.save(a_channel(number)) for number in range(1, 5)]


@pytest.fixture
def account_id():
    return ids.new()


@pytest.fixture
def bearer(account_id):
    return testing.bearing(testing.a_token(account_id=account_id))


@_LISTS
async def test_an_account_is_shown_the_channels_of_its_packages(service, channels, account_id, bearer, ask):
    hidden = await service.save(a_channel(9, hidden=True))
    service.entitlement.allow(account_id, channels[3], channels[1], hidden)
    service.entitlement.allow("", channels[0])
    first = await ask(service, bearer, page_size=1)
    second = await ask(service, bearer, page_size=1, page_token=first.next_page_token)
    anonymous = await ask(service)

    assert [channels[1].channel_id, channels[3].channel_id] == ids_in(first) + ids_in(second)
    assert "" == second.next_page_token
    assert [channels[0].channel_id] == ids_in(anonymous)
    assert not any(each.entitlement_unavailable for each in (first, second, anonymous))


@_LISTS
async def test_a_package_of_all_channels_shows_all(service, channels, account_id, bearer, ask):
    service.entitlement.allow(account_id, all_channels=True)

    assert [channel.channel_id for channel in channels] == ids_in(await ask(service, bearer))


@_LISTS
async def test_without_entitlement_all_channels_are_returned_and_the_response_says_so(
    service, channels, account_id, bearer, ask
):
    service.entitlement.allow(account_id, channels[0])
    service.entitlement.is_down = True
    response = await ask(service, bearer)

    assert ([channel.channel_id for channel in channels], True) == (
        ids_in(response),
        response.entitlement_unavailable,
    )


async def test_entitlement_is_asked_once_for_an_account_in_ten_seconds(service, channels, account_id, bearer):
    service.entitlement.allow(account_id, channels[0])
    asked = [await ask(service, bearer) for ask in (list_channels, get_guide, list_on_now)]
    service.entitlement.allow(account_id, channels[1])
    service.clock.advance(timedelta(seconds=9))
    before = await list_channels(service, bearer)
    service.clock.advance(timedelta(seconds=1))
    after = await list_channels(service, bearer)

    assert [[channels[0].channel_id]] * 4 == [ids_in(response) for response in [*asked, before]]
    assert [channels[1].channel_id] == ids_in(after)
    assert [account_id] * 2 == service.entitlement.calls


async def test_the_channels_of_a_subscription_that_ends_are_not_kept_longer(service, channels, account_id, bearer):
    ends = timestamps.from_datetime(service.clock.now() + timedelta(seconds=2))
    service.entitlement.allow(account_id, channels[0], expire_time=ends)
    before = await list_channels(service, bearer)
    service.entitlement.allow(account_id)
    service.clock.advance(timedelta(seconds=2))

    assert ([channels[0].channel_id], []) == (ids_in(before), ids_in(await list_channels(service, bearer)))


async def test_a_list_without_the_filter_asks_nobody(service, channels, bearer):
    service.entitlement.is_down = True
    response = await service.get_guide(metadata=bearer)

    assert (4, False, []) == (
        len(response.schedules),
        response.entitlement_unavailable,
        service.entitlement.calls,
    )


async def test_a_page_token_of_a_list_without_the_filter_is_refused(service, channels, bearer):
    first = await service.viewer.ListChannels(epg_service_pb2.ListChannelsRequest(page_size=1), metadata=bearer)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await list_channels(service, bearer, page_token=first.next_page_token)

    assert "PAGE_TOKEN_INVALID" == testing.reason_of(refused.value)
