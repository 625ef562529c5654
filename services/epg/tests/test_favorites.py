"""Favorite channels."""

import pytest
from marquee.epg.v1 import personal_guide_service_pb2 as contract
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.type.v1 import type_pb2

from services.epg.storage import favorites
from services.epg.tests.harness import a_channel, refusal
from services.kit import ids, testing


@pytest.fixture
def profile_id():
    return ids.new()


@pytest.fixture
def profile(profile_id):
    return testing.bearing(testing.a_token(profile_id=profile_id))


@pytest.fixture
async def channel_ids(service):
    return [(await service.save(a_channel(number))).channel_id for number in range(1, 5)]


async def list_favorites(service, metadata):
    request = contract.ListFavoriteChannelsRequest()
    return list((await service.personal.ListFavoriteChannels(request, metadata=metadata)).channel_ids)


async def set_favorites(service, metadata, *channel_ids):
    request = contract.SetFavoriteChannelsRequest(channel_ids=channel_ids)
    return list((await service.personal.SetFavoriteChannels(request, metadata=metadata)).channel_ids)


async def add(service, metadata, channel_id):
    request = contract.AddFavoriteChannelRequest(channel_id=channel_id)
    return list((await service.personal.AddFavoriteChannel(request, metadata=metadata)).channel_ids)


async def remove(service, metadata, channel_id):
    request = contract.RemoveFavoriteChannelRequest(channel_id=channel_id)
    return list((await service.personal.RemoveFavoriteChannel(request, metadata=metadata)).channel_ids)


async def test_favorites_have_the_order_in_which_they_were_added_until_they_are_reordered(
    service, profile, channel_ids
):
    one, two, three, _ = channel_ids
    added = [await add(service, profile, channel_id) for channel_id in (three, one, three, two)]
    reordered = await set_favorites(service, profile, two, three, one)

    assert [[three], [three, one], [three, one], [three, one, two]] == added
    assert [two, three, one] == reordered == await list_favorites(service, profile)
    assert [two, one] == await remove(service, profile, three) == await remove(service, profile, three)


async def test_each_profile_has_favorites_of_its_own(service, profile, channel_ids):
    other = testing.bearing(testing.a_token())
    await add(service, profile, channel_ids[0])

    assert [] == await list_favorites(service, other) == await remove(service, other, channel_ids[0])
    assert [channel_ids[0]] == await list_favorites(service, profile)


async def test_a_channel_that_is_hidden_for_a_while_stays_a_favorite(service, profile, channel_ids):
    one, two, three, _ = channel_ids
    await set_favorites(service, profile, one, two)
    await service.save(a_channel(2, channel_id=two, hidden=True))

    assert [one] == await list_favorites(service, profile)
    assert [three, one] == await set_favorites(service, profile, three, one)
    await service.save(a_channel(2, channel_id=two))
    assert [three, one, two] == await list_favorites(service, profile)


async def test_what_a_profile_may_not_see_does_not_become_a_favorite(service, profile_id, channel_ids):
    mature = await service.save(a_channel(9, maturity_rating=type_pb2.MaturityRating(age=18)))
    kid = testing.bearing(testing.a_token(profile_id=profile_id, maturity_ceiling=8))

    for channel_id in (mature.channel_id, ids.new()):
        assert "CHANNEL_NOT_FOUND" == await refusal(add(service, kid, channel_id))
        assert "CHANNEL_NOT_FOUND" == await refusal(set_favorites(service, kid, channel_ids[0], channel_id))
    assert [] == await list_favorites(service, kid)


async def test_a_profile_has_a_limited_number_of_favorites(service, profile, profile_id, channel_ids):
    one, two, *_ = channel_ids
    async with service.database.transaction() as tx:
        await favorites.save_favorites(tx, profile_id, [one, *(ids.new() for _ in range(favorites.MOST - 1))])

    assert "FAVORITES_FULL" == await refusal(add(service, profile, two))
    assert [one] == await add(service, profile, one)


async def test_favorites_are_deleted_with_their_profile(service, profile, profile_id, channel_ids):
    other = testing.bearing(testing.a_token())
    for metadata in (profile, other):
        await add(service, metadata, channel_ids[0])
    await service.consume(
        event_internal_pb2.ProfileChanged(profile=identity_pb2.Profile(profile_id=profile_id), deleted=True)
    )

    assert [] == await list_favorites(service, profile)
    assert [channel_ids[0]] == await list_favorites(service, other)
