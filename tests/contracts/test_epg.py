"""The guide, and its fakes in the tests of entitlement, of playback and of recommendation."""

import dataclasses
from typing import Any

import grpc
import pytest
from marquee.epg.v1 import (
    epg_internal_pb2,
    epg_internal_pb2_grpc,
    epg_service_pb2,
    epg_service_pb2_grpc,
)
from marquee.type.v1 import type_pb2

from services.entitlement.tests import harness as entitlement_harness
from services.epg import storage
from services.epg.tests import harness
from services.kit import ids, testing, timestamps
from services.playback.tests import channel_fakes
from services.recommendation.tests import guide_harness
from tests.contracts.implementations import ADULT, KID, by, refusal

_REGISTER_INTERNAL = epg_internal_pb2_grpc.add_EpgInternalServiceServicer_to_server
_RATING = type_pb2.MaturityRating(age=16)
_CALLER = testing.as_service("entitlement")


@dataclasses.dataclass
class Epg:
    """A guide with a hidden channel of one country for viewers from 16 on, which has a programme for those too."""

    channel: grpc.aio.Channel
    channel_id: str
    programme_id: str

    def __post_init__(self) -> None:
        self.internal: Any = epg_internal_pb2_grpc.EpgInternalServiceStub(self.channel)
        self.viewer: Any = epg_service_pb2_grpc.EpgServiceStub(self.channel)


@pytest.fixture
async def real(database_url, redis_url):
    async with harness.run_service(await database_url("epg"), redis_url) as service:
        saved = await service.save(harness.a_channel(1, hidden=True, territories=["DE"], maturity_rating=_RATING))
        await service.replace(saved.channel_id, [harness.a_programme(harness.TODAY, maturity_rating=_RATING)])
        async with service.database.reading() as session:
            [(_, programme)] = await storage.programmes.list_programmes(
                session, [saved.channel_id], harness.TODAY, harness.TODAY + harness.HOUR
            )
        yield Epg(service.channel, saved.channel_id, programme.programme_id)


@pytest.fixture
async def of_entitlement():
    fake = entitlement_harness.Epg()
    channel_id = fake.add_channel(hidden=True, territories=["DE"], maturity_rating=_RATING)
    programme_id = fake.add_programme(
        channel_id,
        maturity_rating=_RATING,
        start_time=timestamps.from_datetime(harness.TODAY),
        end_time=timestamps.from_datetime(harness.TODAY + harness.HOUR),
    )
    async with testing.channel_to((_REGISTER_INTERNAL, fake)) as channel:
        yield Epg(channel, channel_id, programme_id)


@pytest.fixture
async def of_recommendation():
    fake = guide_harness.Epg()
    channel = guide_harness.a_channel(hidden=True, territories=["DE"], maturity_rating=_RATING)
    item = epg_internal_pb2.ScheduleItem(
        programme_id=ids.new(),
        start_time=timestamps.from_datetime(harness.TODAY),
        end_time=timestamps.from_datetime(harness.TODAY + harness.HOUR),
        display_names={"en": "News"},
        maturity_rating=_RATING,
    )
    fake.put(channel, item)
    async with testing.channel_to((_REGISTER_INTERNAL, fake)) as opened:
        yield Epg(opened, channel.channel_id, item.programme_id)


@by("real", "of_entitlement", "of_recommendation")
async def test_the_facts_of_every_channel_are_streamed(peer):
    stream = peer.internal.StreamChannelFacts(epg_internal_pb2.StreamChannelFactsRequest(), metadata=_CALLER)

    assert [facts async for response in stream for facts in response.facts] == [
        epg_internal_pb2.ChannelFacts(
            channel_id=peer.channel_id, hidden=True, territories=["DE"], maturity_rating=_RATING
        )
    ]


@by("real", "of_entitlement")
async def test_programmes_are_resolved_and_unknown_ones_are_left_out(peer):
    request = epg_internal_pb2.ResolveProgrammesRequest(programme_ids=[ids.new(), peer.programme_id])
    response = await peer.internal.ResolveProgrammes(request, metadata=_CALLER)

    assert list(response.programmes) == [
        epg_internal_pb2.ProgrammeFacts(
            programme_id=peer.programme_id,
            channel_id=peer.channel_id,
            maturity_rating=_RATING,
            start_time=timestamps.from_datetime(harness.TODAY),
            end_time=timestamps.from_datetime(harness.TODAY + harness.HOUR),
        )
    ]


@by("real", "of_recommendation")
@pytest.mark.parametrize(("hour", "count"), [(0, 1), (0.5, 1), (1, 0), (-2, 0)])
async def test_a_schedule_holds_what_overlaps_the_window(peer, hour, count):
    start = harness.TODAY + hour * harness.HOUR
    response = await get_schedule(peer, peer.channel_id, start, start + harness.HOUR)

    assert (peer.channel_id, True, ["DE"]) == (
        response.channel.channel_id,
        response.channel.hidden,
        list(response.channel.territories),
    )
    assert [(peer.programme_id, {"en": "News"}, _RATING)] * count == [
        (item.programme_id, dict(item.display_names), item.maturity_rating) for item in response.items
    ]


@by("real", "of_recommendation")
async def test_an_unknown_channel_has_no_schedule(peer):
    call = get_schedule(peer, ids.new(), harness.TODAY, harness.TODAY + harness.HOUR)

    assert (grpc.StatusCode.NOT_FOUND, "CHANNEL_NOT_FOUND", "epg.marquee") == (await refusal(call))[:3]


async def get_schedule(peer, channel_id, start, end):
    request = epg_internal_pb2.GetScheduleRequest(
        channel_id=channel_id,
        start_time=timestamps.from_datetime(start),
        end_time=timestamps.from_datetime(end),
    )
    return await peer.internal.GetSchedule(request, metadata=testing.as_service("recommendation"))


@pytest.fixture
async def real_shown(database_url, redis_url):
    async with harness.run_service(await database_url("epg"), redis_url) as service:
        saved = await service.save(harness.a_channel(1, display_name="One"))
        await service.replace(saved.channel_id, [harness.a_programme(harness.TODAY, maturity_rating=_RATING)])
        async with service.database.reading() as session:
            [(_, programme)] = await storage.programmes.list_programmes(
                session, [saved.channel_id], harness.TODAY, harness.TODAY + harness.HOUR
            )
        yield Epg(service.channel, saved.channel_id, programme.programme_id)


@pytest.fixture
async def shown_of_playback():
    fake = channel_fakes.Epg()
    programme_id = fake.add(harness.TODAY, harness.HOUR, age=_RATING.age)
    async with testing.channel_to((epg_service_pb2_grpc.add_EpgServiceServicer_to_server, fake)) as channel:
        yield Epg(channel, fake.channel_id, programme_id)


@by("real_shown", "shown_of_playback")
async def test_a_programme_names_its_channel_and_its_times_to_those_who_may_know_of_it(peer):
    request = epg_service_pb2.GetProgrammeRequest(programme_id=peer.programme_id)
    found = (await peer.viewer.GetProgramme(request, metadata=ADULT)).programme

    assert (peer.programme_id, peer.channel_id) == (found.programme_id, found.channel_id)
    assert [harness.TODAY, harness.TODAY + harness.HOUR] == [
        timestamps.to_datetime(at) for at in (found.start_time, found.end_time)
    ]
    code, reason, domain, _ = await refusal(peer.viewer.GetProgramme(request, metadata=KID))
    assert (grpc.StatusCode.NOT_FOUND, "PROGRAMME_NOT_FOUND", "epg.marquee") == (code, reason, domain)


@by("real_shown", "shown_of_playback")
async def test_channels_are_listed_by_their_ids(peer):
    listed = epg_service_pb2.ChannelFilter(channel_ids=[peer.channel_id])
    response = await peer.viewer.ListChannels(epg_service_pb2.ListChannelsRequest(filter=listed), metadata=ADULT)

    assert [(peer.channel_id, "One")] == [(each.channel_id, each.display_name) for each in response.channels]
