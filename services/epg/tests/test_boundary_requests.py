"""Requests with values at the edges, in every field of every method."""

from marquee.epg.v1 import epg_admin_service_pb2, epg_service_pb2

from services.epg.tests import harness
from services.kit import boundary_requests, testing, timestamps

_WINDOW = {
    "start_time": timestamps.from_datetime(harness.TODAY),
    "end_time": timestamps.from_datetime(harness.TODAY + harness.HOUR),
}


async def test_no_request_of_a_viewer_is_a_fault(service):
    channel = await service.save(harness.a_channel(1, channel_id=boundary_requests.ID))
    await service.replace(channel.channel_id, [harness.a_programme(harness.TODAY)])

    await boundary_requests.check(
        service.channel,
        "marquee.epg.v1.EpgService",
        "marquee.epg.v1.PersonalGuideService",
        metadata=testing.bearing(testing.a_token()),
        silent={"WatchGuide"},
        bases={
            "GetGuide": epg_service_pb2.GetGuideRequest(
                filter=epg_service_pb2.ChannelFilter(entitled_only=True), **_WINDOW
            ),
            "GetChannel": epg_service_pb2.GetChannelRequest(channel_id=boundary_requests.ID),
        },
    )


async def test_no_request_of_an_editor_or_a_service_is_a_fault(service):
    channel = await service.save(harness.a_channel(1, channel_id=boundary_requests.ID))
    channel.ClearField("etag")

    await boundary_requests.check(
        service.channel,
        "marquee.epg.v1.EpgAdminService",
        "marquee.epg.v1.EpgInternalService",
        metadata=testing.as_service("operator"),
        bases={
            "SaveChannel": epg_admin_service_pb2.SaveChannelRequest(channel=channel),
            "ReplaceSchedule": epg_admin_service_pb2.ReplaceScheduleRequest(
                channel_id=boundary_requests.ID, programmes=[harness.a_programme(harness.TODAY)], **_WINDOW
            ),
        },
    )
