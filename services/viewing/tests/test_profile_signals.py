"""The signals of a profile: all of them in a response, and the changed ones in events."""

import asyncio
from datetime import UTC, timedelta

import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2, viewing_internal_pb2, viewing_pb2

from services.kit import ids, testing, watchable_subjects
from services.viewing.tests import builders


async def changes(harness):
    """Returns the changes that were published since the previous call."""
    return [event.signals_changed for event in await harness.published() if event.HasField("signals_changed")]


async def test_all_signals_of_a_title_are_one_entry(harness):
    viewer, series = harness.viewer(), harness.series(seasons=(1, 1))
    episode_id = series.ids[1, 1]
    title_id = series.title_id
    saved = await viewer.save(title_id, 3600, episode_id=episode_id)
    rated = await viewer.rate(title_id, "DOWN")
    added = await viewer.call("AddToWatchlist", title_id=title_id)
    await viewer.call("RecordEvents", events=[builders.an_event(title_id)])
    viewed = harness.clock.now()
    await harness.count_events()
    await viewer.call("SuppressSubject", title_id=title_id)
    suppressed = harness.clock.now()
    await viewer.call("DismissContinueWatching", title_id=title_id)

    await harness.series_sync.sync()

    [signals] = (await viewer.signals()).signals

    assert signals == viewing_internal_pb2.SubjectSignals(
        subject=watchable_subjects.title(title_id),
        completion=0.5,
        watch_time=saved.update_time,
        thumb=viewing_pb2.THUMB_DOWN,
        rate_time=rated.rating.rate_time,
        add_time=added.entry.add_time,
        suppress_time=builders.at(suppressed),
        view_count=1,
        view_time=builders.at(viewed),
        last_episode=watchable_subjects.episode(episode_id),
        dismiss_time=builders.at(harness.clock.now()),
    )


async def test_a_new_profile_has_revision_zero(harness):
    assert viewing_internal_pb2.GetSignalsResponse() == await harness.viewer().signals()


async def test_a_consistency_token_is_the_revision_that_includes_the_write(harness):
    viewer, film = harness.viewer(), harness.film()
    calls = (
        ("SaveBookmark", {"position": builders.seconds(60), "duration": builders.seconds(3600)}),
        ("RateSubject", {"thumb": viewing_pb2.THUMB_UP}),
        ("DeleteRating", {}),
        ("AddToWatchlist", {}),
        ("RemoveFromWatchlist", {}),
        ("SuppressSubject", {}),
        ("UnsuppressSubject", {}),
        ("DismissContinueWatching", {}),
        ("RestoreContinueWatching", {}),
        ("DeleteHistory", {}),
    )
    for number, (method, fields) in enumerate(calls, 1):
        response = await viewer.call(method, title_id=film, **fields)

        assert str(number) == response.consistency_token, method
        assert number == (await viewer.signals()).revision
        [change] = await changes(harness)
        assert (viewer.account_id, viewer.profile_id, number) == (
            change.account_id,
            change.profile_id,
            change.revision,
        )
        empty = viewing_internal_pb2.SubjectSignals(subject=watchable_subjects.title(film))
        assert (await viewer.signal(film) or empty) == change.signals[0], method


async def test_a_title_without_signals_is_published_as_its_subject_alone(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film)
    await harness.published()

    await viewer.call("DeleteHistory", title_id=film)

    [change] = await changes(harness)
    assert [viewing_internal_pb2.SubjectSignals(subject=watchable_subjects.title(film))] == list(change.signals)
    assert [] == list((await viewer.signals()).signals)


async def test_progress_is_published_at_the_start_at_each_tenth_and_at_the_end(harness):
    viewer, film = harness.viewer(), harness.film()
    published = {}
    for position in range(0, 1100, 10):
        await viewer.plays(film, position, at=harness.clock.now() + timedelta(seconds=position))
        if published_changes := await changes(harness):
            published[position] = published_changes[0].signals[0].completion
    stopped_at = harness.clock.now() + timedelta(seconds=1090)
    await viewer.plays(film, 1090, at=stopped_at, stopped=True)
    [last] = await changes(harness)

    assert {0: 0.0, 360: 0.1, 720: 0.2, 1080: 0.3} == published
    assert 1090 / 3600 == last.signals[0].completion
    # A response also includes changes that were not published.
    assert last.revision == (await viewer.signals()).revision == 111


async def test_the_start_of_each_episode_is_published(harness):
    viewer, series = harness.viewer(), harness.series(seasons=(2,))
    for number, (key, position) in enumerate((((1, 1), 350), ((1, 2), 350), ((1, 2), 355))):
        await viewer.plays(
            series.title_id,
            position,
            episode_id=series.ids[key],
            at=harness.clock.now() + timedelta(seconds=number),
        )

    assert 2 == len(await changes(harness))


async def test_a_late_heartbeat_is_neither_saved_nor_published(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.plays(film, 1800, at=harness.clock.now())
    before = await viewer.signals()
    await harness.published()

    await viewer.plays(film, 60, at=harness.clock.now() - timedelta(minutes=1))

    assert before == await viewer.signals()
    assert [] == await changes(harness)


async def test_the_signals_of_ten_thousand_titles_are_bounded(harness):
    viewer = harness.viewer()
    titles = await harness.watched(viewer, 10_000)

    signals = (await viewer.signals()).signals

    assert titles[:2000] == [each.subject.title_id for each in signals]
    assert {0.5} == {each.completion for each in signals}
    stats = await viewer.call("GetStats")
    assert (10_000, 5000 * 3600) == (stats.title_count, stats.watch_duration.seconds)
    assert 100 == len((await viewer.call("ListHistory", page_size=1000)).entries)
    cleared = await viewer.call("ClearHistory")
    assert (10_000, 0) == (cleared.deleted_count, await harness.rows("title_state"))
    events = await changes(harness)
    assert [500] * 20 == [len(event.signals) for event in events]
    assert set(titles) == {each.subject.title_id for event in events for each in event.signals}


async def test_excluded_titles_of_any_age_are_returned(harness):
    viewer = harness.viewer()
    hidden, disliked, finished, liked = (harness.film() for _ in range(4))
    await viewer.call("SuppressSubject", title_id=hidden)
    await viewer.rate(disliked, "DOWN")
    await viewer.save(finished, 3600, 3600)
    await viewer.rate(liked)
    later = [harness.film() for _ in range(3)]
    for title_id in later:
        harness.clock.advance(timedelta(minutes=1))
        await viewer.rate(title_id)

    first_page, all_signals = await viewer.signals(3), await viewer.signals(4_000)

    assert set(later) == {each.subject.title_id for each in first_page.signals}
    assert sorted([hidden, disliked, finished]) == [subject.title_id for subject in first_page.excluded]
    assert {hidden, disliked, finished, liked, *later} == {each.subject.title_id for each in all_signals.signals}
    assert [] == list(all_signals.excluded)


async def test_two_thousand_events_of_one_title_are_one_entry(harness):
    viewer, film = harness.viewer(), harness.film()
    for _ in range(10):
        await viewer.call("RecordEvents", events=[builders.an_event(film) for _ in range(200)])
    await harness.count_events()

    [signals] = (await viewer.signals()).signals
    assert 2_000 == signals.view_count


async def household(viewer):
    return {each.subject.title_id: each for each in (await viewer.signals()).household}


async def test_the_household_contains_titles_that_other_profiles_watched_or_liked(harness):
    viewer = harness.viewer()
    siblings, other_account = [viewer.sibling() for _ in range(3)], harness.viewer()
    watched_by_two, liked, watched_by_viewer, watched_by_other_account, viewed = (harness.film() for _ in range(5))
    await siblings[0].save(watched_by_two, 1800)
    await siblings[1].save(watched_by_two, 3600)
    latest = harness.clock.now()
    await siblings[2].rate(liked)
    await viewer.save(watched_by_viewer)
    await other_account.save(watched_by_other_account)
    await siblings[0].call("AddToWatchlist", title_id=viewed)

    titles_of_household = await household(viewer)

    assert [watched_by_two, liked] == list(titles_of_household)
    assert titles_of_household[watched_by_two] == viewing_internal_pb2.HouseholdSubject(
        subject=watchable_subjects.title(watched_by_two),
        profile_count=2,
        completion=1.5,
        watch_time=builders.at(latest),
    )
    assert (1, 0.0, False) == (
        titles_of_household[liked].profile_count,
        titles_of_household[liked].completion,
        titles_of_household[liked].HasField("watch_time"),
    )


async def test_suppressed_and_disliked_titles_do_not_count_for_the_household(harness):
    viewer = harness.viewer()
    one, two = viewer.sibling(), viewer.sibling()
    disliked, hidden = harness.film(), harness.film()
    for title_id in (disliked, hidden):
        await one.save(title_id, 1800)
        await two.save(title_id, 1800)
    await one.rate(disliked, "DOWN")
    await one.call("SuppressSubject", title_id=hidden)

    assert {disliked: 1, hidden: 1} == {
        title_id: each.profile_count for title_id, each in (await household(viewer)).items()
    }


async def test_the_household_is_limited_to_ninety_days_and_a_hundred_titles(harness):
    viewer = harness.viewer()
    sibling = viewer.sibling()
    old, recent = testing.NOW - timedelta(days=91), testing.NOW - timedelta(days=89)
    await sibling.imports(builders.a_signal(ids.new(), old, completion=1, thumb=viewing_pb2.THUMB_UP))
    await sibling.imports(*(builders.a_signal(ids.new(), recent, completion=0.5) for _ in range(105)))

    titles_of_household = await household(viewer)

    assert 100 == len(titles_of_household)
    assert {recent} == {each.watch_time.ToDatetime(UTC) for each in titles_of_household.values()}


async def test_all_rows_of_a_deleted_profile_are_deleted(harness):
    deleted, film = harness.viewer(), harness.film()
    sibling, other = deleted.sibling(), harness.viewer()
    for viewer in (deleted, sibling, other):
        await viewer.save(film, 3600)
        await viewer.rate(film)
        await viewer.call("RecordEvents", events=[builders.an_event(film)])
    await harness.count_events()
    before = await household(sibling)
    changed = event_internal_pb2.ProfileChanged(
        account_id=deleted.account_id, profile=identity_pb2.Profile(profile_id=deleted.profile_id), deleted=True
    )
    for _ in range(2):
        await harness.consume(event_internal_pb2.Event(event_id=ids.new(), profile_changed=changed))

    assert [film] == list(before)
    assert {} == await household(sibling)
    remaining = await deleted.signals()
    assert ([], 0) == (list(remaining.signals), remaining.revision)
    assert [2, 2, 2, 2] == [
        await harness.rows(each) for each in ("profile", "bookmark", "title_state", "counted_event")
    ]


async def test_a_changed_profile_keeps_its_signals(harness):
    viewer, film = harness.viewer(), harness.film()
    await viewer.rate(film)
    changed = event_internal_pb2.ProfileChanged(
        account_id=viewer.account_id, profile=identity_pb2.Profile(profile_id=viewer.profile_id)
    )
    await harness.consume(event_internal_pb2.Event(event_id=ids.new(), profile_changed=changed))

    assert [film] == [each.subject.title_id for each in (await viewer.signals()).signals]


async def test_a_profile_of_another_account_is_refused(harness, refused):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film)
    impostor = harness.viewer(profile_id=viewer.profile_id)

    async with refused("REQUEST_INVALID"):
        await impostor.signals()
    async with refused("REQUEST_INVALID"):
        await impostor.forgets(film, "WATCHED")
    async with refused("REQUEST_INVALID"):
        await impostor.imports(builders.a_signal(film, completion=1))


async def test_only_services_get_signals_and_only_admins_import(harness, refused):
    viewer = harness.viewer()
    get = viewing_internal_pb2.GetSignalsRequest(profile_id=viewer.profile_id, account_id=viewer.account_id)
    signals = [builders.a_signal(ids.new(), thumb=viewing_pb2.THUMB_UP)]
    import_ = viewing_admin_service_pb2.ImportSignalsRequest(
        profile_id=viewer.profile_id, account_id=viewer.account_id, signals=signals
    )

    async with refused("METHOD_UNKNOWN"):
        await harness.internal.GetSignals(get, metadata=viewer.bearing)
    async with refused("ROLE_REQUIRED"):
        await harness.admin.ImportSignals(import_, metadata=viewer.bearing)
    await harness.admin.ImportSignals(import_, metadata=testing.bearing(testing.a_token(roles=("admin",))))


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("WATCHED", {"thumb", "rate_time", "add_time", "suppress_time", "view_count", "view_time"}),
        ("RATED", {"add_time", "suppress_time", "view_count", "view_time", "completion", "watch_time"}),
        ("LISTED", {"thumb", "rate_time", "suppress_time", "view_count", "view_time", "completion", "watch_time"}),
        ("VIEWED", {"thumb", "rate_time", "add_time", "suppress_time", "completion", "watch_time"}),
        ("SUPPRESSED", {"thumb", "rate_time", "add_time", "view_count", "view_time", "completion", "watch_time"}),
    ],
)
async def test_forgetting_one_kind_of_signal_keeps_the_others(harness, kind, left):
    viewer, film = harness.viewer(), harness.film()
    await viewer.save(film)
    await viewer.rate(film)
    await viewer.call("RecordEvents", events=[builders.an_event(film)])
    await harness.count_events()
    for method in ("AddToWatchlist", "SuppressSubject"):
        await viewer.call(method, title_id=film)

    response = await viewer.forgets(film, kind)

    signals = await viewer.signal(film)
    assert {"subject", *left} == {field.name for field, _ in signals.ListFields()}
    assert response.revision == (await viewer.signals()).revision


async def test_concurrent_writes_of_a_profile_are_all_stored(harness):
    viewer, films = harness.viewer(), [harness.film() for _ in range(12)]

    responses = await asyncio.gather(*(viewer.rate(film) for film in films))

    assert {str(number) for number in range(1, 13)} == {response.consistency_token for response in responses}
    assert set(films) == {each.subject.title_id for each in (await viewer.signals()).signals}
    assert list(range(1, 13)) == [change.revision for change in await changes(harness)]
