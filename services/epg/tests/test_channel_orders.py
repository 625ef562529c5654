"""Lists of channels in the personal order of a profile."""

import contextlib
from datetime import timedelta

import grpc
import pytest
from marquee.epg.v1 import epg_pb2, epg_service_pb2
from marquee.epg.v1 import personal_guide_service_pb2 as contract
from marquee.event.v1 import event_internal_pb2
from marquee.playback.v1 import playback_pb2
from marquee.type.v1 import type_pb2

from services.epg.personal import channel_orders
from services.epg.tests import harness
from services.epg.tests.harness import a_channel
from services.kit import ids, testing

PERSONAL, NUMBER = epg_pb2.CHANNEL_ORDER_PERSONAL, epg_pb2.CHANNEL_ORDER_NUMBER
_MINUTE = timedelta(minutes=1)


@pytest.fixture
def profile_id():
    return ids.new()


@pytest.fixture
def profile(profile_id):
    return testing.bearing(testing.a_token(profile_id=profile_id))


@pytest.fixture
async def channels(service):
    """Six channels by number; the fourth and the fifth have a genre."""
    genres = {4: "sport", 5: "sport"}
    return [await service.save(a_channel(number, genre_id=genres.get(number, ""))) for number in range(1, 7)]


async def watch(service, profile_id, channel, minutes=5, start=testing.NOW):
    for minute in range(minutes + 1):
        progressed = event_internal_pb2.PlaybackProgressed(
            session_id=ids.new(),
            profile_id=profile_id,
            subject=type_pb2.Subject(channel_id=channel.channel_id),
            state=playback_pb2.PLAYER_STATE_PLAYING,
        )
        await service.consume(progressed, start + minute * _MINUTE)


async def add_favorite(service, metadata, channel):
    request = contract.AddFavoriteChannelRequest(channel_id=channel.channel_id)
    await service.personal.AddFavoriteChannel(request, metadata=metadata)


async def list_channels(service, metadata=(), order=PERSONAL, **options):
    request = epg_service_pb2.ListChannelsRequest(order=order, **options)
    return await service.viewer.ListChannels(request, metadata=metadata)


async def get_guide(service, metadata=(), **options):
    return await service.get_guide(metadata=metadata, order=PERSONAL, **options)


async def list_on_now(service, metadata=(), **options):
    request = epg_service_pb2.ListOnNowRequest(order=PERSONAL, **options)
    return await service.viewer.ListOnNow(request, metadata=metadata)


_LISTS = pytest.mark.parametrize("ask", [list_channels, get_guide, list_on_now])


def numbers(channels, *responses):
    """Returns the numbers of the channels in responses."""
    by_id = {channel.channel_id: channel.number for channel in channels}
    return [
        by_id[each.channel_id]
        for response in responses
        for each in (response.schedules if hasattr(response, "schedules") else response.channels)
    ]


@_LISTS
async def test_favorites_come_first_then_what_the_profile_watches_then_the_numbers(
    service, profile, profile_id, channels, ask
):
    await add_favorite(service, profile, channels[5])
    await watch(service, profile_id, channels[4])
    response = await ask(service, profile)

    assert [6, 5, 4, 1, 2, 3] == numbers(channels, response)
    assert PERSONAL == response.applied_order


@_LISTS
async def test_the_order_is_by_number_for_profiles_of_which_nothing_is_known_and_for_anybody(
    service, profile, channels, ask
):
    for metadata in (profile, ()):
        response = await ask(service, metadata)

        assert [1, 2, 3, 4, 5, 6] == numbers(channels, response)
        assert NUMBER == response.applied_order


@_LISTS
async def test_pages_keep_the_order_of_the_first_one_when_it_changes(service, profile, profile_id, channels, ask):
    await watch(service, profile_id, channels[4])
    first = await ask(service, profile, page_size=2)
    await add_favorite(service, profile, channels[2])
    second = await ask(service, profile, page_size=2, page_token=first.next_page_token)
    await watch(service, profile_id, channels[1], minutes=50)
    third = await ask(service, profile, page_size=2, page_token=second.next_page_token)
    again = await ask(service, profile)

    assert [5, 4, 1, 2, 3, 6] == numbers(channels, first, second, third)
    assert "" == third.next_page_token
    assert 3 == numbers(channels, again)[0]


@_LISTS
async def test_pages_by_number_stay_by_number_when_something_becomes_known(service, profile, channels, ask):
    first = await ask(service, profile, page_size=3)
    await add_favorite(service, profile, channels[4])
    second = await ask(service, profile, page_size=3, page_token=first.next_page_token)

    assert [1, 2, 3, 4, 5, 6] == numbers(channels, first, second)
    assert NUMBER == second.applied_order


async def test_another_replica_continues_a_list_in_the_order_of_its_first_page(
    service, profile, profile_id, channels, redis_url
):
    await watch(service, profile_id, channels[4])
    first = await list_channels(service, profile, page_size=2)
    await add_favorite(service, profile, channels[2])
    async with harness.run_service(service.database_url, redis_url) as replica:
        second = await list_channels(replica, profile, page_size=4, page_token=first.next_page_token)

    assert [5, 4, 1, 2, 3, 6] == numbers(channels, first, second)


async def test_a_list_whose_order_is_not_kept_any_more_continues_at_its_place(service, profile, profile_id, channels):
    await watch(service, profile_id, channels[4])
    first = await list_channels(service, profile, page_size=2)
    await add_favorite(service, profile, channels[2])
    for key in await service.redis.keys("marquee:epg:channel-order:*"):
        await service.redis.delete(key)
    service.clock.advance(timedelta(minutes=40))
    later = testing.bearing(testing.a_token(profile_id=profile_id, at=service.clock.now()))
    second = await list_channels(service, later, page_size=4, page_token=first.next_page_token)

    assert [4, 1, 2, 6] == numbers(channels, second)


async def test_the_personal_order_obeys_filters_and_visibility(service, profile, profile_id, channels):
    await add_favorite(service, profile, channels[4])
    await add_favorite(service, profile, channels[5])
    await service.save(a_channel(6, channel_id=channels[5].channel_id, hidden=True))
    sport = epg_service_pb2.ChannelFilter(genre_id="sport")

    assert [5, 4] == numbers(channels, await list_channels(service, profile, filter=sport))
    assert [5, 1, 2, 3, 4] == numbers(channels, await list_channels(service, profile))


async def test_each_place_in_the_personal_order_is_explained(service, profile, profile_id, channels):
    await add_favorite(service, profile, channels[0])
    await watch(service, profile_id, channels[4])
    response = await list_channels(service, profile)
    by_number = await list_channels(service, profile, order=NUMBER)

    assert [each.channel_id for each in response.channels] == [each.channel_id for each in response.ranks]
    assert [True, False] == [each.favorite for each in response.ranks[:2]]
    assert [
        (epg_pb2.RANK_FACTOR_GENRE, pytest.approx(0.4)),
        (epg_pb2.RANK_FACTOR_TIME_OF_DAY, pytest.approx(0.3)),
        (epg_pb2.RANK_FACTOR_RECENCY, pytest.approx(0.2, abs=0.01)),
        (epg_pb2.RANK_FACTOR_HIGH_DEFINITION, 0.0),
    ] == [(part.factor, part.contribution) for part in response.ranks[1].parts]
    assert response.ranks[1].score == pytest.approx(sum(part.contribution for part in response.ranks[1].parts))
    assert not by_number.ranks


async def test_a_deleted_favorite_and_a_new_channel_have_no_effect_on_the_others(service, profile, channels):
    await add_favorite(service, profile, channels[5])
    await list_channels(service, profile)
    request = harness.epg_admin_service_pb2.DeleteChannelRequest(channel_id=channels[5].channel_id)
    await service.admin.DeleteChannel(request, metadata=harness.EDITOR)
    new = await service.save(a_channel(9))
    response = await list_channels(service, profile)

    assert [1, 2, 3, 4, 5, 9] == numbers([*channels, new], response)
    assert NUMBER == response.applied_order


@pytest.mark.parametrize("page_token", ["x", "WzFd"])
async def test_tokens_of_other_lists_are_refused(service, profile, channels, page_token):
    await add_favorite(service, profile, channels[4])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await list_channels(service, profile, page_token=page_token)
    assert "PAGE_TOKEN_INVALID" == testing.reason_of(refused.value)


async def test_the_order_is_by_number_while_the_database_is_away(service, profile, channels):
    await add_favorite(service, profile, channels[4])
    orders = channel_orders.ChannelOrders(_DatabaseAway(), service.redis, service.index, service.clock)

    assert None is await orders.get(ids.new())


class _DatabaseAway:
    """A database that does not answer."""

    @contextlib.asynccontextmanager
    async def reading(self):
        raise harness.errors.DatabaseUnavailable
        yield
