"""What other services are told of a profile: all of it when they ask, and what changed when it did."""

import asyncio
from datetime import UTC, timedelta

import pytest
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.viewing.v1 import viewing_pb2

from services.kit import ids, testing
from services.viewing.tests import builders


async def changes(house):
    return [event.signals_changed for event in await house.told() if event.HasField("signals_changed")]


async def test_everything_that_was_told_of_a_title_is_one_entry(house):
    viewer, series = house.viewer(), builders.a_series(seasons=(1, 1))
    house.catalog.add(series)
    episode_id = builders.episodes_of(series)[1, 1]
    title_id = series.title_id
    saved = await viewer.save(title_id, 3600, episode_id=episode_id)
    rated = await viewer.rate(title_id, "DOWN")
    added = await viewer.call("AddToWatchlist", title_id=title_id)
    await viewer.call("RecordEvents", events=[builders.an_event(title_id)])
    viewed = house.clock.now()
    await house.count()
    await viewer.call("SuppressTitle", title_id=title_id)
    suppressed = house.clock.now()
    await viewer.call("DismissContinueWatching", title_id=title_id)

    [told] = (await viewer.signals()).titles

    assert told == viewing_pb2.TitleSignals(
        title_id=title_id,
        completion=0.5,
        watch_time=saved.update_time,
        thumb=viewing_pb2.THUMB_DOWN,
        rate_time=rated.rating.rate_time,
        add_time=added.entry.add_time,
        suppress_time=builders.at(suppressed),
        view_count=1,
        view_time=builders.at(viewed),
        episode_id=episode_id,
        dismiss_time=builders.at(house.clock.now()),
    )


async def test_a_profile_that_never_told_anything_is_at_revision_zero(house):
    assert viewing_pb2.GetSignalsResponse() == await house.viewer().signals()


async def test_a_token_names_the_revision_that_has_the_write_in_it(house):
    viewer, film = house.viewer(), house.film()
    calls = (
        ("SaveBookmark", {"position": builders.seconds(60), "duration": builders.seconds(3600)}),
        ("RateTitle", {"thumb": viewing_pb2.THUMB_UP}),
        ("AddToWatchlist", {}),
        ("RemoveFromWatchlist", {}),
        ("SuppressTitle", {}),
        ("RestoreTitle", {}),
        ("DismissContinueWatching", {}),
        ("RestoreContinueWatching", {}),
        ("DeleteHistory", {}),
    )
    for number, (method, fields) in enumerate(calls, 1):
        answer = await viewer.call(method, title_id=film, **fields)

        assert str(number) == answer.consistency_token, method
        assert number == (await viewer.signals()).revision
        [told] = await changes(house)
        assert (viewer.account_id, viewer.profile_id, number) == (told.account_id, told.profile_id, told.revision)
        assert (await viewer.signal(film) or viewing_pb2.TitleSignals(title_id=film)) == told.titles[0], method


async def test_what_nothing_is_known_of_any_more_is_told_by_its_id_alone(house):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film)
    await house.told()

    await viewer.call("DeleteHistory", title_id=film)

    [told] = await changes(house)
    assert [viewing_pb2.TitleSignals(title_id=film)] == list(told.titles)
    assert [] == list((await viewer.signals()).titles)


async def test_heartbeats_are_told_when_it_begins_at_each_tenth_and_at_the_end(house):
    viewer, film = house.viewer(), house.film()
    told = {}
    for position in range(0, 1100, 10):
        await viewer.played(film, position, at=house.clock.now() + timedelta(seconds=position))
        if found := await changes(house):
            told[position] = found[0].titles[0].completion
    stopped_at = house.clock.now() + timedelta(seconds=1090)
    await viewer.played(film, 1090, at=stopped_at, stopped=True)
    [last] = await changes(house)

    assert {0: 0.0, 360: 0.1, 720: 0.2, 1080: 0.3} == told
    assert 1090 / 3600 == last.titles[0].completion
    # The quiet ones are in all the same, for whoever asks.
    assert last.revision == (await viewer.signals()).revision == 111


async def test_an_episode_begins_on_its_own(house):
    viewer, series = house.viewer(), builders.a_series(seasons=(2,))
    house.catalog.add(series)
    for number, (key, position) in enumerate((((1, 1), 350), ((1, 2), 350), ((1, 2), 355))):
        await viewer.played(
            series.title_id,
            position,
            episode_id=builders.episodes_of(series)[key],
            at=house.clock.now() + timedelta(seconds=number),
        )

    assert 2 == len(await changes(house))


async def test_a_late_heartbeat_is_neither_written_nor_told(house):
    viewer, film = house.viewer(), house.film()
    await viewer.played(film, 1800, at=house.clock.now())
    before = await viewer.signals()
    await house.told()

    await viewer.played(film, 60, at=house.clock.now() - timedelta(minutes=1))

    assert before == await viewer.signals()
    assert [] == await changes(house)


async def test_ten_thousand_titles_are_answered_bounded_and_the_latest_first(house):
    viewer = house.viewer()
    titles = await house.watched(viewer, 10_000)

    told = await viewer.signals()

    assert titles[:2000] == [title.title_id for title in told.titles]
    assert {0.5} == {title.completion for title in told.titles}
    stats = await viewer.call("GetStats")
    assert (10_000, 5000 * 3600) == (stats.title_count, stats.watch_duration.seconds)
    assert 100 == len((await viewer.call("ListHistory", page_size=1000)).entries)
    cleared = await viewer.call("ClearHistory")
    assert (10_000, 0) == (cleared.deleted_count, await house.rows("title_state"))
    events = await changes(house)
    assert [500] * 20 == [len(event.titles) for event in events]
    assert set(titles) == {one.title_id for event in events for one in event.titles}


async def test_what_was_refused_long_ago_is_told_whatever_came_later(house):
    viewer = house.viewer()
    hidden, disliked, seen, liked = (house.film() for _ in range(4))
    await viewer.call("SuppressTitle", title_id=hidden)
    await viewer.rate(disliked, "DOWN")
    await viewer.save(seen, 3600, 3600)
    await viewer.rate(liked)
    later = [house.film() for _ in range(3)]
    for title_id in later:
        house.clock.advance(timedelta(minutes=1))
        await viewer.rate(title_id)

    some, everything = await viewer.signals(3), await viewer.signals(4_000)

    assert set(later) == {title.title_id for title in some.titles}
    assert sorted([hidden, disliked, seen]) == list(some.excluded_title_ids)
    assert {hidden, disliked, seen, liked, *later} == {title.title_id for title in everything.titles}
    assert [] == list(everything.excluded_title_ids)
    assert sorted([hidden, disliked, seen]) == await viewer.excluded()


async def test_ten_thousand_events_of_one_title_are_one_entry(house):
    viewer, film = house.viewer(), house.film()
    for _ in range(50):
        await viewer.call("RecordEvents", events=[builders.an_event(film) for _ in range(200)])
    await house.count()

    [told] = (await viewer.signals()).titles
    assert 10_000 == told.view_count


async def household(viewer):
    return {title.title_id: title for title in (await viewer.signals()).household}


async def test_the_household_is_what_the_others_of_the_account_watched_or_liked(house):
    viewer = house.viewer()
    siblings, stranger = [viewer.sibling() for _ in range(3)], house.viewer()
    both, liked, own, foreign, viewed = (house.film() for _ in range(5))
    await siblings[0].save(both, 1800)
    await siblings[1].save(both, 3600)
    latest = house.clock.now()
    await siblings[2].rate(liked)
    await viewer.save(own)
    await stranger.save(foreign)
    await siblings[0].call("AddToWatchlist", title_id=viewed)

    told = await household(viewer)

    assert [both, liked] == list(told)
    assert (
        viewing_pb2.HouseholdTitle(title_id=both, profile_count=2, completion=1.5, watch_time=builders.at(latest))
        == told[both]
    )
    assert (1, 0.0, False) == (told[liked].profile_count, told[liked].completion, told[liked].HasField("watch_time"))


async def test_what_one_of_the_household_hid_or_did_not_like_does_not_count_for_them(house):
    viewer = house.viewer()
    one, two = viewer.sibling(), viewer.sibling()
    disliked, hidden = house.film(), house.film()
    for title_id in (disliked, hidden):
        await one.save(title_id, 1800)
        await two.save(title_id, 1800)
    await one.rate(disliked, "DOWN")
    await one.call("SuppressTitle", title_id=hidden)

    assert {disliked: 1, hidden: 1} == {
        title_id: told.profile_count for title_id, told in (await household(viewer)).items()
    }


async def test_the_household_is_looked_at_for_ninety_days_and_a_hundred_titles(house):
    viewer = house.viewer()
    sibling = viewer.sibling()
    old, recent = testing.NOW - timedelta(days=91), testing.NOW - timedelta(days=89)
    await sibling.imports(builders.a_signal(ids.new(), old, completion=1, thumb=viewing_pb2.THUMB_UP))
    await sibling.imports(*(builders.a_signal(ids.new(), recent, completion=0.5) for _ in range(105)))

    told = await household(viewer)

    assert 100 == len(told)
    assert {recent} == {title.watch_time.ToDatetime(UTC) for title in told.values()}


async def test_a_profile_that_is_deleted_leaves_nothing_behind_and_its_household_hears_of_it_no_more(house):
    gone, film = house.viewer(), house.film()
    stays, other = gone.sibling(), house.viewer()
    for viewer in (gone, stays, other):
        await viewer.save(film, 3600)
        await viewer.rate(film)
        await viewer.call("RecordEvents", events=[builders.an_event(film)])
    await house.count()
    before = await household(stays)
    told = event_internal_pb2.ProfileChanged(
        account_id=gone.account_id, profile=identity_pb2.Profile(profile_id=gone.profile_id), deleted=True
    )
    for _ in range(2):
        await house.hear(event_internal_pb2.Event(event_id=ids.new(), profile_changed=told))

    assert [film] == list(before)
    assert {} == await household(stays)
    left = await gone.signals()
    assert ([], 0) == (list(left.titles), left.revision)
    assert [2, 2, 2, 2] == [await house.rows(each) for each in ("profile", "bookmark", "title_state", "counted_event")]


async def test_a_profile_that_only_changes_keeps_what_it_told(house):
    viewer, film = house.viewer(), house.film()
    await viewer.rate(film)
    told = event_internal_pb2.ProfileChanged(
        account_id=viewer.account_id, profile=identity_pb2.Profile(profile_id=viewer.profile_id)
    )
    await house.hear(event_internal_pb2.Event(event_id=ids.new(), profile_changed=told))

    assert [film] == [each.title_id for each in (await viewer.signals()).titles]


async def test_a_profile_is_told_of_with_its_own_account_alone(house, refused):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film)
    impostor = house.viewer(profile_id=viewer.profile_id)

    async with refused("REQUEST_INVALID"):
        await impostor.signals()
    async with refused("REQUEST_INVALID"):
        await impostor.excluded()
    async with refused("REQUEST_INVALID"):
        await impostor.forgets(film, "WATCHED")
    async with refused("REQUEST_INVALID"):
        await impostor.imports(builders.a_signal(film, completion=1))


async def test_only_services_are_told_and_only_admins_import(house, refused):
    viewer = house.viewer()
    ask = viewing_pb2.GetSignalsRequest(profile_id=viewer.profile_id, account_id=viewer.account_id)
    signals = [builders.a_signal(ids.new(), thumb=viewing_pb2.THUMB_UP)]
    bring = viewing_pb2.ImportSignalsRequest(
        profile_id=viewer.profile_id, account_id=viewer.account_id, signals=signals
    )

    async with refused("METHOD_UNKNOWN"):
        await house.internal.GetSignals(ask, metadata=viewer.bearing)
    async with refused("ROLE_REQUIRED"):
        await house.admin.ImportSignals(bring, metadata=viewer.bearing)
    await house.admin.ImportSignals(bring, metadata=testing.bearing(testing.a_token(roles=("admin",))))


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
async def test_one_kind_of_signal_can_be_forgotten_alone(house, kind, left):
    viewer, film = house.viewer(), house.film()
    await viewer.save(film)
    await viewer.rate(film)
    await viewer.call("RecordEvents", events=[builders.an_event(film)])
    await house.count()
    for method in ("AddToWatchlist", "SuppressTitle"):
        await viewer.call(method, title_id=film)

    answer = await viewer.forgets(film, kind)

    told = await viewer.signal(film)
    assert {"title_id", *left} == {field.name for field, _ in told.ListFields()}
    assert answer.revision == (await viewer.signals()).revision


async def test_writes_of_a_profile_at_once_are_all_kept(house):
    viewer, films = house.viewer(), [house.film() for _ in range(12)]

    answers = await asyncio.gather(*(viewer.rate(film) for film in films))

    assert {str(number) for number in range(1, 13)} == {answer.consistency_token for answer in answers}
    assert set(films) == {told.title_id for told in (await viewer.signals()).titles}
    assert list(range(1, 13)) == [told.revision for told in await changes(house)]
