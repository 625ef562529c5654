"""Reminders of programmes."""

import asyncio
from datetime import timedelta

import pytest
from marquee.epg.v1 import epg_admin_service_pb2, epg_pb2
from marquee.epg.v1 import personal_guide_service_pb2 as contract
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.type.v1 import type_pb2
from sqlalchemy import text

from services.epg import cleanup, storage
from services.epg.domain import reminders
from services.epg.personal import reminder_notifier
from services.epg.tests.harness import EDITOR, HOUR, a_channel, a_programme, refusal
from services.kit import events, ids, testing, timestamps

#: Copies the only reminder, as those of programmes that were removed.
_COPY = """
    INSERT INTO reminder (reminder_id, account_id, profile_id, state, lead_seconds, remind_time, channel_id, start_time,
        end_time, details)
    SELECT gen_random_uuid(), account_id, profile_id, state, lead_seconds, remind_time, channel_id, start_time,
        end_time, details
    FROM reminder, generate_series(1, :count)
"""
#: The hour after the time of the tests.
SOON = testing.NOW.replace(minute=0) + HOUR
LEAD = timedelta(minutes=10)
PENDING, DUE, MISSED, REMOVED = (
    epg_pb2.REMINDER_STATE_PENDING,
    epg_pb2.REMINDER_STATE_DUE,
    epg_pb2.REMINDER_STATE_MISSED,
    epg_pb2.REMINDER_STATE_PROGRAMME_REMOVED,
)


@pytest.fixture
def profile_id():
    return ids.new()


@pytest.fixture
def profile(profile_id):
    return testing.bearing(testing.a_token(profile_id=profile_id, lifetime=timedelta(days=30)))


@pytest.fixture
async def channel_id(service):
    return (await service.save(a_channel(1))).channel_id


async def schedule(service, channel_id, *programmes):
    """Replaces the schedule of a channel; returns the ids of its programmes."""
    await service.replace(channel_id, programmes, days=2)
    guide = await service.get_guide(hours=48, metadata=EDITOR)
    return [programme.programme_id for programme in guide.schedules[0].programmes]


async def remind(service, metadata, programme_id, lead_time=LEAD):
    request = contract.CreateReminderRequest(programme_id=programme_id, lead_time=timestamps.from_timedelta(lead_time))
    return (await service.personal.CreateReminder(request, metadata=metadata)).reminder


async def list_reminders(service, metadata, **options):
    request = contract.ListRemindersRequest(**options)
    return list((await service.personal.ListReminders(request, metadata=metadata)).reminders)


async def states(service, metadata):
    return [each.state for each in await list_reminders(service, metadata)]


async def test_a_reminder_has_its_programme_and_its_time(service, profile, channel_id):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON, name="Match"))
    created = await remind(service, profile, programme_id)

    assert (programme_id, "Match", PENDING) == (
        created.programme.programme_id,
        created.programme.display_name,
        created.state,
    )
    assert SOON - LEAD == timestamps.to_datetime(created.remind_time)
    assert [created] == await list_reminders(service, profile)
    assert [] == await list_reminders(service, profile, state=DUE)
    assert [] == await list_reminders(service, testing.bearing(testing.a_token()))


async def test_a_reminder_follows_its_programme_when_that_moves_and_changes(service, profile, channel_id):
    before = a_programme(SOON, source_key="match", name="Match")
    [programme_id] = await schedule(service, channel_id, before)
    await remind(service, profile, programme_id)
    later = SOON + 3 * HOUR
    await schedule(service, channel_id, a_programme(later, source_key="match", name="The match"))
    service.clock.advance(HOUR)
    await service.notifier.publish_ready()
    [moved] = await list_reminders(service, profile)

    assert (later, later - LEAD) == (
        timestamps.to_datetime(moved.programme.start_time),
        timestamps.to_datetime(moved.remind_time),
    )
    assert ("The match", PENDING) == (moved.programme.display_name, moved.state)
    assert [] == await service.published("reminder_due")


async def test_a_reminder_knows_when_its_running_programme_is_cut(service, profile, channel_id):
    [programme_id] = await schedule(service, channel_id, a_programme(testing.NOW - HOUR, hours=3))
    await remind(service, profile, programme_id)
    cut_at = testing.NOW + timedelta(minutes=15)
    await service.replace(channel_id, [a_programme(cut_at, name="News flash")], cut_at)
    [reminder] = await list_reminders(service, profile)

    assert cut_at == timestamps.to_datetime(reminder.programme.end_time)


async def test_a_reminder_is_published_once_at_its_time_by_all_replicas_together(
    service, profile, profile_id, channel_id
):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON))
    created = await remind(service, profile, programme_id)
    shared_clock = testing.FixedSharedClock(service.clock)
    outbox = events.Outbox("epg", service.database, service.redis, service.clock)
    replicas = [reminder_notifier.ReminderNotifier(service.database, outbox, shared_clock) for _ in range(4)]
    service.clock.advance(SOON - LEAD - testing.NOW - timedelta(seconds=1))
    await asyncio.gather(*(replica.publish_ready() for replica in replicas))
    early = await service.published("reminder_due")
    service.clock.advance(timedelta(seconds=1))
    for _ in range(2):
        await asyncio.gather(*(replica.publish_ready() for replica in replicas))
    [due] = await service.published("reminder_due")

    assert [] == early
    assert (created.reminder_id, profile_id, programme_id, channel_id) == (
        due.reminder_id,
        due.profile_id,
        due.programme_id,
        due.channel_id,
    )
    assert SOON == timestamps.to_datetime(due.start_time)
    assert [DUE] == await states(service, profile)


@pytest.mark.parametrize(
    ("late", "state", "count"),
    [(timedelta(minutes=59), DUE, 1), (HOUR, MISSED, 0), (timedelta(days=2), MISSED, 0)],
)
async def test_a_late_reminder_is_due_while_its_programme_runs_and_else_missed(
    service, profile, channel_id, late, state, count
):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON))
    await remind(service, profile, programme_id)
    service.clock.advance(SOON + late - testing.NOW)
    await service.notifier.publish_ready()

    assert [state] == await states(service, profile)
    assert count == len(await service.published("reminder_due"))


async def test_a_due_reminder_is_not_published_again_when_its_programme_moves(service, profile, channel_id):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON, source_key="match"))
    await remind(service, profile, programme_id, HOUR)
    await service.notifier.publish_ready()
    await schedule(service, channel_id, a_programme(SOON + 2 * HOUR, source_key="match"))
    await remind(service, profile, programme_id, HOUR)
    service.clock.advance(3 * HOUR)
    await service.notifier.publish_ready()

    assert 1 == len(await service.published("reminder_due"))


async def test_a_reminder_says_that_its_programme_was_removed_and_is_not_published(service, profile, channel_id):
    await schedule(service, channel_id, a_programme(SOON, name="Match"))
    [programme_id] = await schedule(service, channel_id, a_programme(SOON, name="Match"))
    await remind(service, profile, programme_id)
    await schedule(service, channel_id, a_programme(SOON, name="Test card"))
    service.clock.advance(HOUR)
    await service.notifier.publish_ready()
    [reminder] = await list_reminders(service, profile)

    assert (REMOVED, "", "Match") == (
        reminder.state,
        reminder.programme.programme_id,
        reminder.programme.display_name,
    )
    assert [] == await service.published("reminder_due")


async def test_reminders_of_a_deleted_channel_are_not_shown_and_not_published(service, profile, channel_id):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON))
    await remind(service, profile, programme_id)
    request = epg_admin_service_pb2.DeleteChannelRequest(channel_id=channel_id)
    await service.admin.DeleteChannel(request, metadata=EDITOR)
    service.clock.advance(HOUR)
    await service.notifier.publish_ready()

    assert [] == await list_reminders(service, profile)
    assert [] == await service.published("reminder_due")


async def test_another_lead_time_replaces_the_first_one_and_the_same_one_changes_nothing(service, profile, channel_id):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON))
    first = await remind(service, profile, programme_id, HOUR)
    await service.notifier.publish_ready()
    repeated = await remind(service, profile, programme_id, HOUR)
    changed = await remind(service, profile, programme_id, timedelta(0))

    assert {first.reminder_id} == {repeated.reminder_id, changed.reminder_id}
    assert [DUE, PENDING] == [repeated.state, changed.state]
    assert SOON == timestamps.to_datetime(changed.remind_time)
    assert [changed] == await list_reminders(service, profile)


async def test_a_reminder_is_set_only_of_what_the_profile_may_see_and_has_not_ended(service, profile_id, channel_id):
    mature = {"maturity_rating": type_pb2.MaturityRating(age=16)}
    ended, restricted = await schedule(
        service, channel_id, a_programme(testing.NOW - HOUR), a_programme(SOON, **mature)
    )
    kid = testing.bearing(testing.a_token(profile_id=profile_id, maturity_ceiling=8))

    assert "PROGRAMME_ENDED" == await refusal(remind(service, kid, ended))
    assert "PROGRAMME_NOT_FOUND" == await refusal(remind(service, kid, restricted))
    assert "PROGRAMME_NOT_FOUND" == await refusal(remind(service, kid, ids.new()))
    assert [] == await list_reminders(service, kid)


async def test_a_programme_that_becomes_restricted_is_not_named_by_its_reminder(service, profile_id, channel_id):
    kid = testing.bearing(testing.a_token(profile_id=profile_id, maturity_ceiling=8))
    [programme_id] = await schedule(service, channel_id, a_programme(SOON, name="Match"))
    await remind(service, kid, programme_id)
    mature = type_pb2.MaturityRating(age=16)
    await schedule(service, channel_id, a_programme(SOON, name="Match", maturity_rating=mature))
    [reminder] = await list_reminders(service, kid)

    assert (True, "", "") == (
        reminder.programme.restricted,
        reminder.programme.programme_id,
        reminder.programme.display_name,
    )


async def test_reminders_are_deleted_by_their_profile_alone(service, profile, channel_id):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON))
    request = contract.DeleteReminderRequest(reminder_id=(await remind(service, profile, programme_id)).reminder_id)
    await service.personal.DeleteReminder(request, metadata=testing.bearing(testing.a_token()))
    kept = await states(service, profile)
    await service.personal.DeleteReminder(request, metadata=profile)

    assert [PENDING] == kept
    assert [] == await states(service, profile)


async def test_a_profile_has_a_limited_number_of_reminders(service, profile, profile_id, channel_id):
    first, second = await schedule(service, channel_id, a_programme(SOON), a_programme(SOON + HOUR))
    stored = await remind(service, profile, first)
    async with service.database.transaction() as tx:
        await tx.execute(text(_COPY), {"count": reminders.MOST - 1})

    assert reminders.MOST == len(await list_reminders(service, profile))
    assert "REMINDERS_FULL" == await refusal(remind(service, profile, second))
    assert stored.reminder_id == (await remind(service, profile, first)).reminder_id


async def test_reminders_are_kept_for_a_week_after_the_end_and_no_longer(service, profile, profile_id, channel_id):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON))
    await remind(service, profile, programme_id)
    service.clock.advance(SOON + HOUR + reminders.RETENTION - testing.NOW - timedelta(seconds=1))
    kept = await clean_up_and_list(service, profile, profile_id)
    service.clock.advance(timedelta(seconds=2))

    assert (1, 1) == kept
    assert (0, 0) == await clean_up_and_list(service, profile, profile_id)


async def clean_up_and_list(service, metadata, profile_id):
    """Returns how many reminders a profile is shown after a clean-up, and how many are stored."""
    await cleanup.clean_up(service.database, service.clock)
    async with service.database.reading() as session:
        stored = await storage.reminders.list_reminders(session, profile_id, testing.NOW)
    return len(await list_reminders(service, metadata)), len(stored)


async def test_reminders_are_deleted_with_their_profile(service, profile, profile_id, channel_id):
    [programme_id] = await schedule(service, channel_id, a_programme(SOON))
    await remind(service, profile, programme_id)
    deleted = event_internal_pb2.ProfileChanged(profile=identity_pb2.Profile(profile_id=profile_id), deleted=True)
    await service.consume(deleted)
    service.clock.advance(HOUR)
    await service.notifier.publish_ready()

    assert [] == await states(service, profile)
    assert [] == await service.published("reminder_due")
