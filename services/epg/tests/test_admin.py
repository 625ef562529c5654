"""Channels and schedules, for editors."""

import asyncio
from datetime import timedelta

from marquee.epg.v1 import epg_admin_service_pb2, epg_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.epg import convert, storage
from services.epg.tests import harness
from services.epg.tests.harness import HOUR, TODAY, a_channel, a_programme
from services.kit import event_streams, ids, testing, timestamps


async def published(service, count):
    """Returns the kinds of the first events that epg has published, once there are so many."""
    name = event_streams.name_of("epg")
    while await service.redis.xlen(name) < count:
        await asyncio.sleep(0.01)
    entries = await service.redis.xrange(name)
    return [event_internal_pb2.Event.FromString(fields[b"event"]).WhichOneof("payload") for _, fields in entries]


async def test_a_channel_is_stored_as_it_was_stated(service):
    stated = epg_pb2.Channel(
        channel_id=ids.new(),
        number=7,
        display_name="Seven",
        images=[type_pb2.Image(kind=type_pb2.IMAGE_KIND_LOGO, uri="/logos/7.png", width=400, height=200)],
        language_codes=["en-GB", "hi"],
        genre_id="sport",
        high_definition=True,
        country_code="GB",
        time_zone="Europe/London",
        maturity_rating=type_pb2.MaturityRating(age=12, system="BBFC", label="12"),
        territories=["GB", "IE"],
        time_shift=epg_pb2.TimeShiftRules(
            start_over=True,
            catch_up_window=timestamps.from_timedelta(timedelta(days=7)),
            start_padding=timestamps.from_timedelta(timedelta(minutes=1)),
            end_padding=timestamps.from_timedelta(timedelta(minutes=10)),
        ),
        kind=epg_pb2.CHANNEL_KIND_ENCODED,
        filler=type_pb2.Subject(channel_id=ids.new()),
    )
    saved = await service.save(stated)
    again = await service.admin.SaveChannel(
        epg_admin_service_pb2.SaveChannelRequest(channel=stated), metadata=harness.EDITOR
    )
    listed = await service.admin.ListAllChannels(
        epg_admin_service_pb2.ListAllChannelsRequest(), metadata=harness.EDITOR
    )
    stated.etag = "1"

    assert stated == saved == again.channel == listed.channels[0]
    assert not again.changed
    assert ["channels_changed"] == await published(service, 1)


async def test_a_channel_with_an_old_etag_a_taken_number_or_an_unknown_zone_is_refused(service):
    saved = await service.save(a_channel(1))
    await service.save(epg_pb2.Channel(channel_id=saved.channel_id, number=1, display_name="Renamed"))

    assert "ETAG_MISMATCH" == await harness.refusal(service.save(saved))
    assert "CHANNEL_NUMBER_TAKEN" == await harness.refusal(service.save(a_channel(1)))
    assert "TIME_ZONE_UNKNOWN" == await harness.refusal(service.save(a_channel(2, time_zone="Europe/Atlantis")))


async def test_a_deleted_channel_is_gone_with_its_schedule(service):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(TODAY)])
    request = epg_admin_service_pb2.DeleteChannelRequest(channel_id=channel.channel_id)
    deleted = [await service.admin.DeleteChannel(request, metadata=harness.EDITOR) for _ in range(2)]

    assert [True, False] == [response.deleted for response in deleted]
    assert not (await service.get_guide()).schedules


async def test_only_what_differs_is_written(service):
    channel = await service.save(a_channel(1))
    programmes = [a_programme(TODAY + hour * HOUR, name=str(hour)) for hour in range(4)]
    first = await service.replace(channel.channel_id, programmes)
    again = await service.replace(channel.channel_id, programmes)
    moved = [*programmes[:2], a_programme(TODAY + 5 * HOUR, name="2"), a_programme(TODAY + 6 * HOUR, name="New")]
    changed = await service.replace(channel.channel_id, moved)

    counts = epg_admin_service_pb2.ScheduleChanges
    assert counts(created_count=4) == first
    assert counts(unchanged_count=4) == again
    assert counts(created_count=1, updated_count=1, deleted_count=1, unchanged_count=2) == changed
    assert ["channels_changed", *["schedule_changed"] * 2] == await published(service, 3)


async def test_programmes_at_the_edges_of_a_window_give_way_to_it(service):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(TODAY - HOUR, 3, "Long")], TODAY - 24 * HOUR)
    await service.replace(channel.channel_id, [a_programme(TODAY + 24 * HOUR, name="Tomorrow")], TODAY + 24 * HOUR)
    await service.replace(
        channel.channel_id, [a_programme(TODAY + HOUR, name="First"), a_programme(TODAY + 23 * HOUR, 4, "Last")]
    )
    [schedule] = (await service.get_guide(TODAY - 3 * HOUR, 48)).schedules

    assert [("Long", 2), ("First", 1), ("Last", 1), ("Tomorrow", 1)] == [
        (each.display_name, (each.end_time.seconds - each.start_time.seconds) // 3600) for each in schedule.programmes
    ]


async def test_a_wrong_schedule_is_refused_and_nothing_is_written(service):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(TODAY, name="Kept")])
    overlapping = [a_programme(TODAY, 2), a_programme(TODAY + HOUR)]

    assert "SCHEDULE_INVALID" == await harness.refusal(service.replace(channel.channel_id, overlapping))
    assert "CHANNEL_NOT_FOUND" == await harness.refusal(service.replace(ids.new(), []))
    assert "GUIDE_WINDOW_INVALID" == await harness.refusal(service.replace(channel.channel_id, [], days=32))
    assert ["Kept"] == [each.display_name for each in (await service.get_guide()).schedules[0].programmes]


async def test_viewers_may_not_edit(service):
    request = epg_admin_service_pb2.SaveChannelRequest(channel=a_channel(1))

    assert "ROLE_REQUIRED" == await harness.refusal(
        service.admin.SaveChannel(request, metadata=testing.bearing(testing.a_token()))
    )


async def test_an_earlier_load_of_the_channels_does_not_undo_a_later_one(service, monkeypatch):
    release, is_reading, list_versions = asyncio.Event(), asyncio.Event(), storage.channels.list_versions

    async def list_slowly(session):
        found = await list_versions(session)
        if not is_reading.is_set():
            is_reading.set()
            await release.wait()
        return found

    monkeypatch.setattr(storage.channels, "list_versions", list_slowly)
    slow = asyncio.create_task(service.sync.load_channels())
    await is_reading.wait()
    saving = asyncio.create_task(service.save(a_channel(1)))
    await published(service, 1)
    release.set()
    saved = await saving
    await slow
    listed = await service.admin.ListAllChannels(
        epg_admin_service_pb2.ListAllChannelsRequest(), metadata=harness.EDITOR
    )

    assert [saved] == list(listed.channels)


async def test_only_the_channels_that_changed_are_loaded_also_one_that_is_created_anew(service, monkeypatch):
    loaded, list_channels = [], storage.channels.list_channels

    async def list_noting(session, channel_ids=None):
        loaded.append(channel_ids)
        return await list_channels(session, channel_ids)

    saved = [await service.save(a_channel(number)) for number in (1, 2)]
    await published(service, 2)
    await service.sync.load_channels()
    monkeypatch.setattr(storage.channels, "list_channels", list_noting)
    await service.sync.load_channels()
    async with service.database.transaction() as tx:
        await storage.channels.delete_channel(tx, saved[0].channel_id)
    async with service.database.transaction() as tx:
        renamed = convert.channel(a_channel(3, channel_id=saved[0].channel_id))
        await storage.channels.save_channel(tx, renamed)
    await service.sync.load_channels()
    listed = await service.admin.ListAllChannels(
        epg_admin_service_pb2.ListAllChannelsRequest(), metadata=harness.EDITOR
    )

    assert [[saved[0].channel_id]] == loaded
    assert [2, 3] == [channel.number for channel in listed.channels]
