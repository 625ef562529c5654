"""Streams of what changes in the guide."""

from datetime import timedelta

import pytest
from marquee.epg.v1 import epg_admin_service_pb2, epg_service_pb2
from marquee.epg.v1 import personal_guide_service_pb2 as contract
from marquee.type.v1 import type_pb2

from services.epg.tests import harness
from services.epg.tests.guide_watchers import DAY, current_version, current_version_after_save, read_until, watching
from services.epg.tests.harness import EDITOR, HOUR, TODAY, a_channel, a_programme
from services.kit import ids, testing, timestamps


@pytest.fixture
def profile_id():
    return ids.new()


@pytest.fixture
def profile(profile_id):
    return testing.bearing(testing.a_token(account_id=ids.new(), profile_id=profile_id))


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
    async with watching(service, profile, version=version, **DAY) as stream:
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
        async with watching(replica, profile, version=version, **DAY) as stream:
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


async def test_nothing_names_what_the_profile_may_not_see(service):
    mature = type_pb2.MaturityRating(age=16)
    shown, hidden = await service.save(a_channel(1)), await service.save(a_channel(2, maturity_rating=mature))
    version = await current_version(service)
    kid = testing.bearing(testing.a_token(maturity_ceiling=8))
    async with watching(service, kid, version=version, **DAY) as stream:
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
    window = {"start_time": DAY["start_time"], "end_time": DAY["end_time"]}
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


async def test_a_deleted_channel_is_reported_as_changed_channels(service, profile):
    channel = await service.save(a_channel(1))
    version = await current_version(service)
    async with watching(service, profile, version=version) as stream:
        request = epg_admin_service_pb2.DeleteChannelRequest(channel_id=channel.channel_id)
        await service.admin.DeleteChannel(request, metadata=EDITOR)

        assert (await read_until(stream, lambda response: response.channels_changed)).channels_changed
