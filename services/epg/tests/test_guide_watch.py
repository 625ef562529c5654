"""Streams of what changes in the guide."""

import asyncio
import contextlib
from datetime import timedelta

import grpc
import pytest
from marquee.epg.v1 import epg_admin_service_pb2, epg_service_pb2
from marquee.epg.v1 import personal_guide_service_pb2 as contract
from marquee.type.v1 import type_pb2

from services.epg.guide import change_log, guide_cache
from services.epg.personal import guide_watch
from services.epg.tests import harness
from services.epg.tests.harness import EDITOR, HOUR, TODAY, a_channel, a_programme
from services.kit import ids, testing, timestamps, visibility

_DAY = {
    "start_time": timestamps.from_datetime(TODAY),
    "end_time": timestamps.from_datetime(TODAY + timedelta(days=1)),
}


@pytest.fixture
def profile_id():
    return ids.new()


@pytest.fixture
def profile(profile_id):
    return testing.bearing(testing.a_token(account_id=ids.new(), profile_id=profile_id))


@contextlib.asynccontextmanager
async def watching(service, metadata, **options):
    """Yields a stream and closes it."""
    stream = service.viewer.WatchGuide(epg_service_pb2.WatchGuideRequest(**options), metadata=metadata)
    try:
        yield stream
    finally:
        stream.cancel()


async def read_until(stream, is_wanted):
    """Returns the next response that is wanted, and fails if the stream ends before."""
    async with asyncio.timeout(testing.PATIENCE):
        while (response := await stream.read()) is not grpc.aio.EOF:
            if is_wanted(response):
                return response
    pytest.fail("the stream has ended")


async def current_version(service):
    """Returns the version of the guide once every event of the service has been read."""
    await service.published("schedule_changed")
    last = (await service.redis.xrevrange("marquee:events:epg", count=1))[0][0].decode()
    async with asyncio.timeout(testing.PATIENCE):
        while not change_log.write_version(service.changes.version).startswith(last):
            await asyncio.sleep(0.01)
    return change_log.write_version(service.changes.version)


def names(delta):
    return [programme.display_name for programme in delta.programmes]


async def test_a_new_client_is_told_to_load_the_guide_and_then_what_changes(service, profile):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(TODAY)])
    await current_version(service)
    async with watching(service, profile) as stream:
        first = await stream.read()
        await service.replace(channel.channel_id, [a_programme(TODAY, name="Film")])
        changed = await read_until(stream, lambda response: response.schedules)

    assert first.reload
    assert first.version
    assert first.version != changed.version
    assert not changed.reload
    assert [channel.channel_id] == [delta.channel_id for delta in changed.schedules]
    [delta] = changed.schedules
    assert (TODAY, TODAY + timedelta(days=1), []) == (
        timestamps.to_datetime(delta.start_time),
        timestamps.to_datetime(delta.end_time),
        names(delta),
    )


async def test_a_client_that_states_its_window_gets_the_programmes_in_it(service, profile):
    one, two = [await service.save(a_channel(number)) for number in (1, 2)]
    for channel in (one, two):
        await service.replace(channel.channel_id, [a_programme(TODAY)])
    version = await current_version(service)
    window = {
        "start_time": timestamps.from_datetime(TODAY + 2 * HOUR),
        "end_time": timestamps.from_datetime(TODAY + 4 * HOUR),
    }
    programmes = [a_programme(TODAY + hour * HOUR, name=f"At {hour}") for hour in range(6)]
    async with watching(service, profile, version=version, **window) as stream:
        await service.replace(
            two.channel_id, [a_programme(TODAY - HOUR, name="Elsewhere")], TODAY - 2 * HOUR, days=1 / 12
        )
        await service.replace(one.channel_id, programmes)
        changed = await read_until(stream, lambda response: response.schedules)

    [delta] = changed.schedules
    assert (one.channel_id, ["At 2", "At 3"]) == (delta.channel_id, names(delta))
    assert (window["start_time"], window["end_time"]) == (delta.start_time, delta.end_time)


async def test_a_client_that_was_away_gets_what_it_missed(service, profile):
    one = await service.save(a_channel(1))
    await service.save(a_channel(2))
    version = await current_version(service)
    for name in ("First", "Second"):
        await service.replace(one.channel_id, [a_programme(TODAY, name=name)])
    await service.save(a_channel(3))
    await current_version(service)
    async with watching(service, profile, version=version, **_DAY) as stream:
        missed = await stream.read()
        async with watching(service, profile, version=missed.version) as again:
            nothing = await again.read()

    assert not missed.reload
    assert missed.channels_changed
    assert [(one.channel_id, ["Second"])] == [(delta.channel_id, names(delta)) for delta in missed.schedules]
    assert epg_service_pb2.WatchGuideResponse(version=missed.version) == nothing


async def test_a_client_of_a_replaced_replica_misses_nothing(service, profile, redis_url):
    channel = await service.save(a_channel(1))
    version = await current_version(service)
    await service.replace(channel.channel_id, [a_programme(TODAY)])
    newest = await current_version(service)
    async with harness.run_service(service.database_url, redis_url) as replica:
        assert newest == await current_version(replica)
        async with watching(replica, profile, version=version, **_DAY) as stream:
            missed = await stream.read()

    assert [["News"]] == [names(delta) for delta in missed.schedules]


@pytest.mark.parametrize("version", ["", "unknown", "1-0-0", "99999999999999-0-0"])
async def test_a_client_whose_version_is_not_known_is_told_to_reload(service, profile, version):
    await service.save(a_channel(1))
    newest = await current_version(service)
    async with watching(service, profile, version=version) as stream:
        assert epg_service_pb2.WatchGuideResponse(version=newest, reload=True) == await stream.read()


async def test_clients_are_told_to_reload_when_events_may_be_missing(service, profile):
    await service.save(a_channel(1))
    version = await current_version(service)
    async with watching(service, profile, version=version) as stream:
        await stream.read()
        await service.sync._handle_missed()
        response = await read_until(stream, lambda response: response.reload)

    assert version != response.version


async def test_channels_are_listed_as_changed_once_they_are_loaded(service, profile):
    version = await current_version_after_save(service)
    async with watching(service, profile, version=version) as stream:
        saved = await service.save(a_channel(2))
        await read_until(stream, lambda response: response.channels_changed)
        listed = await service.viewer.ListChannels(epg_service_pb2.ListChannelsRequest())

    assert saved.channel_id in [channel.channel_id for channel in listed.channels]


async def current_version_after_save(service):
    await service.save(a_channel(1))
    return await current_version(service)


async def test_nothing_names_what_the_profile_may_not_see(service):
    mature = type_pb2.MaturityRating(age=16)
    shown, hidden = await service.save(a_channel(1)), await service.save(a_channel(2, maturity_rating=mature))
    version = await current_version(service)
    kid = testing.bearing(testing.a_token(maturity_ceiling=8))
    async with watching(service, kid, version=version, **_DAY) as stream:
        await service.replace(hidden.channel_id, [a_programme(TODAY, name="Secret")])
        await service.replace(shown.channel_id, [a_programme(TODAY, name="Secret", maturity_rating=mature)])
        changed = await read_until(stream, lambda response: response.schedules)

    [delta] = changed.schedules
    assert shown.channel_id == delta.channel_id
    assert ([True], [""]) == ([each.restricted for each in delta.programmes], names(delta))
    assert b"Secret" not in changed.SerializeToString()
    assert hidden.channel_id.encode() not in changed.SerializeToString()


async def test_a_due_reminder_reaches_its_profile_alone(service, profile):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(testing.NOW - HOUR, hours=2, name="Match")])
    programme_id = (await service.get_guide()).schedules[0].programmes[0].programme_id
    request = contract.CreateReminderRequest(programme_id=programme_id)
    reminder = (await service.personal.CreateReminder(request, metadata=profile)).reminder
    version = await current_version(service)
    other = testing.bearing(testing.a_token())
    async with (
        watching(service, profile, version=version) as stream,
        watching(service, other, version=version) as others,
    ):
        await service.notifier.publish_ready()
        due = await read_until(stream, lambda response: response.due_reminders)
        await service.replace(channel.channel_id, [a_programme(TODAY)])
        of_others = await read_until(others, lambda response: response.schedules)
    async with watching(service, profile) as later:
        reloaded = await later.read()
    async with watching(service, profile, version=version) as away:
        missed = await away.read()

    assert [reminder.reminder_id] == [each.reminder_id for each in due.due_reminders]
    assert ["Match"] == [each.programme.display_name for each in due.due_reminders]
    assert not of_others.due_reminders
    assert [reminder.reminder_id] == [each.reminder_id for each in reloaded.due_reminders]
    assert [reminder.reminder_id] == [each.reminder_id for each in missed.due_reminders]


async def test_the_window_of_a_delta_holds_a_programme_that_was_cut_or_moved(service, profile):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(TODAY, hours=4, name="Long", source_key="long")])
    version = await current_version(service)
    window = {"start_time": _DAY["start_time"], "end_time": _DAY["end_time"]}
    async with watching(service, profile, version=version, **window) as stream:
        await service.replace(channel.channel_id, [a_programme(TODAY + 2 * HOUR)], TODAY + 2 * HOUR)
        changed = await read_until(stream, lambda response: response.schedules)

    [delta] = changed.schedules
    assert ["Long", "News"] == names(delta)
    assert TODAY + 2 * HOUR == timestamps.to_datetime(delta.programmes[0].end_time)


async def test_the_event_of_an_import_covers_where_a_moved_programme_was(service):
    channel = await service.save(a_channel(1, display_name="One"))
    before = testing.NOW + 2 * HOUR
    for start in (before, before + 5 * HOUR):
        stop = start + HOUR
        await service.import_guide(
            f"""<tv><channel id="1"><display-name>One</display-name></channel><programme channel="1"
            start="{start:%Y%m%d%H%M%S} +0000" stop="{stop:%Y%m%d%H%M%S} +0000"><title>Match</title></programme></tv>"""
        )
    *_, changed = await service.published("schedule_changed")

    assert channel.channel_id == changed.channel_id
    assert timestamps.to_datetime(changed.start_time) <= before
    assert timestamps.to_datetime(changed.end_time) >= before + 6 * HOUR


async def test_many_changed_schedules_are_loaded_again(service, profile):
    version = await current_version_after_save(service)
    number = int(version.partition("-")[0]) + 1
    async with watching(service, profile, version=version) as stream:
        await stream.read()
        service.changes.add(
            change_log.Change((number, each, 0), ids.new(), (TODAY, TODAY + HOUR))
            for each in range(guide_watch.MOST_CHANNELS + 1)
        )
        response = await stream.read()

    assert response.reload


class _BusyGuide:
    """Encoded programmes, of which each reader takes a while; counts those who read at the same time."""

    def __init__(self):
        self.reading = self.most = 0

    async def get_programmes(self, page, start, end, audience):
        self.reading += 1
        self.most = max(self.most, self.reading)
        for _ in range(3):
            await asyncio.sleep(0)
        self.reading -= 1
        return [b"" for _ in page]


async def test_many_clients_that_wake_at_once_do_not_exhaust_the_database(service):
    channel = await service.save(a_channel(1))
    changes, busy = change_log.ChangeLog(), _BusyGuide()
    changes.add([change_log.Change((1, 0, 0), channels_changed=True)])
    watch = guide_watch.GuideWatch(service.database, service.index, busy, changes, service.clock)
    viewer, audience = visibility.Viewer(18, "US"), guide_cache.Audience("en", 18)
    window = (TODAY, TODAY + HOUR)
    streams = [
        watch.watch(guide_watch.Watcher(ids.new(), ids.new(), viewer, audience, window), "1-0-0") for _ in range(50)
    ]
    await asyncio.gather(*(anext(stream) for stream in streams))
    changes.add([change_log.Change((2, 0, 0), channel.channel_id, window)])
    responses = await asyncio.gather(*(anext(stream) for stream in streams))
    for stream in streams:
        await stream.aclose()

    assert 50 == len([each for each in responses if epg_service_pb2.WatchGuideResponse.FromString(each).schedules])
    assert guide_watch.MOST_READERS == busy.most


async def test_a_quiet_stream_sends_heartbeats_and_ends_after_its_lifetime(database_url, redis_url, profile):
    times = guide_watch.Times(lifetime=1.0, heartbeat=0.1)
    async with harness.run_service(await database_url("epg"), redis_url, times) as service:
        version = await current_version_after_save(service)
        async with watching(service, profile, version=version) as stream:
            responses = [response async for response in stream]
            code = await stream.code()

    assert grpc.StatusCode.OK == code
    assert len(responses) >= 3
    assert {epg_service_pb2.WatchGuideResponse(version=version).SerializeToString()} == {
        response.SerializeToString() for response in responses
    }


async def test_a_stream_ends_before_the_deadline_of_its_call(service, profile):
    request = epg_service_pb2.WatchGuideRequest()
    stream = service.viewer.WatchGuide(request, metadata=profile, timeout=2.0)

    assert 1 == len([response async for response in stream])
    assert grpc.StatusCode.OK == await stream.code()


async def test_an_account_has_a_limited_number_of_streams_and_closed_ones_do_not_count(service, profile):
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(guide_watch.MOST_OF_ACCOUNT):
            stream = await stack.enter_async_context(watching(service, profile))
            await stream.read()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.viewer.WatchGuide(epg_service_pb2.WatchGuideRequest(), metadata=profile).read()
        async with watching(service, testing.bearing(testing.a_token())) as other:
            assert (await other.read()).reload
    async with asyncio.timeout(testing.PATIENCE):
        while service.watch._open.total():
            await asyncio.sleep(0.01)

    assert "TOO_MANY_WATCHES" == testing.reason_of(refused.value)
    async with watching(service, profile) as stream:
        assert (await stream.read()).reload


@pytest.mark.parametrize(
    "window", [{"start_time": _DAY["start_time"]}, {"start_time": _DAY["end_time"], "end_time": _DAY["start_time"]}]
)
async def test_a_window_that_ends_before_it_begins_is_refused(service, profile, window):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.viewer.WatchGuide(epg_service_pb2.WatchGuideRequest(**window), metadata=profile).read()

    assert "GUIDE_WINDOW_INVALID" == testing.reason_of(refused.value)


async def test_a_deleted_channel_is_reported_as_changed_channels(service, profile):
    channel = await service.save(a_channel(1))
    version = await current_version(service)
    async with watching(service, profile, version=version) as stream:
        request = epg_admin_service_pb2.DeleteChannelRequest(channel_id=channel.channel_id)
        await service.admin.DeleteChannel(request, metadata=EDITOR)

        assert (await read_until(stream, lambda response: response.channels_changed)).channels_changed
