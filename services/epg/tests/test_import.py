"""Importing guides."""

from datetime import timedelta

import pytest
from marquee.epg.v1 import epg_admin_service_pb2

from services.epg.tests import harness
from services.epg.tests.harness import HOUR, TODAY, a_channel, a_programme
from services.kit import event_streams, ids, testing

GUIDES = testing.DATA / "guide"
M3U = epg_admin_service_pb2.IMPORT_FORMAT_M3U
Counts = epg_admin_service_pb2.ScheduleChanges


def programme(start, stop, title="News", channel="one", *, offset=" +0000"):
    """Returns a programme at hours of the day of the tests."""
    times = [(TODAY + hour * HOUR).strftime("%Y%m%d%H%M%S") + offset for hour in (start, stop)]
    return (
        f'<programme start="{times[0]}" stop="{times[1]}" channel="{channel}"><title lang="en">'
        f"{title}</title></programme>"
    )


def xmltv(*programmes, channels=(("one", "One"),)):
    stated = "".join(f'<channel id="{id_}"><display-name>{name}</display-name></channel>' for id_, name in channels)
    return f"<tv>{stated}{''.join(programmes)}</tv>"


def a_day(title="News", hours=range(24), channel="one"):
    return [programme(hour, hour + 1, f"{title} {hour}", channel) for hour in hours]


async def names_of(service, start=TODAY, hours=24):
    guide = await service.get_guide(start, hours)
    return [[each.display_name for each in schedule.programmes] for schedule in guide.schedules]


def kinds(response):
    return {problems.kind: problems.count for problems in response.problems}


async def test_a_guide_is_imported_and_importing_it_again_writes_nothing(service):
    await service.save(a_channel(1, display_name="ONE HD"))
    first = await service.import_guide(xmltv(*a_day()))
    stream = event_streams.name_of("epg")
    while await service.redis.xlen(stream) < 2:
        await service.redis.xread({stream: "$"}, block=50)
    again = await service.import_guide(xmltv(*a_day()))

    assert (Counts(created_count=24), True) == (first.changes, first.committed)
    assert (Counts(unchanged_count=24), False) == (again.changes, again.committed)
    assert [epg_admin_service_pb2.CHANNEL_MATCH_NAME] == [channel.match for channel in first.channels]
    assert [epg_admin_service_pb2.CHANNEL_MATCH_SOURCE] == [channel.match for channel in again.channels]
    assert [[f"News {hour}" for hour in range(24)]] == await names_of(service)
    assert 2 == await service.redis.xlen(stream)


async def test_a_dry_run_reports_what_would_be_done_and_writes_nothing(service):
    tried = await service.import_guide(xmltv(*a_day()), dry_run=True, create_channels=True)

    assert (Counts(created_count=24), False) == (tried.changes, tried.committed)
    assert [("", epg_admin_service_pb2.CHANNEL_MATCH_CREATED)] == [(c.channel_id, c.match) for c in tried.channels]
    assert [] == await names_of(service)


async def test_a_moved_programme_keeps_its_id_and_only_the_covered_time_is_replaced(service):
    channel = await service.save(a_channel(1, display_name="One"))
    await service.replace(
        channel.channel_id,
        [a_programme(TODAY, 3, "Before"), a_programme(TODAY + 5 * HOUR, name="Film"), a_programme(TODAY + 9 * HOUR)],
    )
    before = (await service.get_guide()).schedules[0].programmes
    response = await service.import_guide(xmltv(programme(2, 4, "New"), programme(4, 6, "Film")))
    after = (await service.get_guide()).schedules[0].programmes

    assert Counts(created_count=1, updated_count=2) == response.changes
    assert [("Before", 2), ("New", 2), ("Film", 2), ("News", 1)] == [
        (each.display_name, (each.end_time.seconds - each.start_time.seconds) // 3600) for each in after
    ]
    assert [before[0].programme_id, before[1].programme_id, before[2].programme_id] == [
        after[index].programme_id for index in (0, 2, 3)
    ]


async def test_a_day_that_the_file_leaves_out_stays(service):
    await service.import_guide(xmltv(*a_day(hours=range(72))), create_channels=True)
    await service.import_guide(
        xmltv(*a_day("Changed", range(3)), *a_day("Changed", range(48, 50))), allow_shrinking=True
    )
    [names] = await names_of(service, hours=72)

    assert ["Changed 2", "News 3", "News 47", "Changed 48", "Changed 49", "News 50"] == [
        names[index] for index in (2, 3, 47, 48, 49, 50)
    ]


async def test_an_import_that_shrinks_the_future_is_refused_unless_it_is_allowed(service):
    hours = range(21, 69)
    await service.import_guide(xmltv(*a_day(hours=hours)), create_channels=True)
    thinned = xmltv(*a_day(hours=[21, 30, 40, 50, 60, 68]))

    assert "IMPORT_SHRINKS_GUIDE" == await harness.refusal(service.import_guide(thinned))
    assert [48] == [len(names) for names in await names_of(service, hours=72)]
    assert 42 == (await service.import_guide(thinned, allow_shrinking=True)).changes.deleted_count


async def test_channels_that_match_none_are_skipped_with_proposals_until_the_editor_states_them(service):
    saved = await service.save(a_channel(1, display_name="Discovery Channel"))
    content = xmltv(programme(0, 1), channels=[("one", "Discovery Chanel Int.")])
    skipped = await service.import_guide(content)
    stated = await service.import_guide(content, channel_ids={"one": saved.channel_id})
    later = await service.import_guide(content)

    assert ([saved.channel_id], 1) == (skipped.channels[0].proposed_channel_ids, skipped.unmatched_count)
    assert {"CHANNEL_UNMATCHED": 1} == kinds(skipped)
    assert Counts(created_count=1) == stated.changes
    assert epg_admin_service_pb2.CHANNEL_MATCH_SOURCE == later.channels[0].match
    assert "CHANNEL_NOT_FOUND" == await harness.refusal(service.import_guide(content, channel_ids={"one": ids.new()}))


async def test_channels_are_created_from_a_playlist_and_their_schedules_from_a_guide_of_the_source(service):
    await service.save(a_channel(8, display_name="Eight"))
    playlist = (
        '#EXTM3U\n#EXTINF:-1 tvg-id="one" tvg-chno="7" tvg-logo="https://logos.example/1.png" group-title="News" '
        'catchup="default" catchup-days="3",First HD\nhttp://a\n#EXTINF:-1 tvg-chno="8",Second\nhttp://b\n'
    )
    created = await service.import_guide(playlist, format=M3U, create_channels=True)
    again = await service.import_guide(playlist, format=M3U, create_channels=True)
    guide = await service.import_guide(xmltv(programme(0, 1)))
    listed = (
        await service.admin.ListAllChannels(epg_admin_service_pb2.ListAllChannelsRequest(), metadata=harness.EDITOR)
    ).channels

    assert (True, {"NUMBER_TAKEN": 1}, False) == (created.committed, kinds(created), again.committed)
    assert [(7, "First HD"), (8, "Eight"), (0, "Second")] == [(each.number, each.display_name) for each in listed]
    assert ("news", True, True, timedelta(days=3)) == (
        listed[0].genre_id,
        listed[0].high_definition,
        listed[0].time_shift.start_over,
        listed[0].time_shift.catch_up_window.ToTimedelta(),
    )
    assert "https://logos.example/1.png" == listed[0].images[0].uri
    assert Counts(created_count=1) == guide.changes


async def test_times_without_an_offset_are_read_in_the_zone_of_the_source_else_of_the_channel(service):
    await service.save(a_channel(1, display_name="One", time_zone="Europe/Berlin"))
    content = xmltv(programme(50, 51, offset=""))
    await service.import_guide(content)
    [by_channel] = (await service.get_guide(hours=72)).schedules[0].programmes
    await service.import_guide(content, time_zone="Asia/Kolkata")
    [by_source] = (await service.get_guide(hours=72)).schedules[0].programmes

    assert (TODAY + 48 * HOUR).timestamp() == by_channel.start_time.seconds
    assert (TODAY + 44.5 * HOUR).timestamp() == by_source.start_time.seconds
    assert by_channel.programme_id == by_source.programme_id
    assert "TIME_ZONE_UNKNOWN" == await harness.refusal(service.import_guide(content, time_zone="Europe/Atlantis"))


async def test_problems_are_counted_by_kind_with_examples(service):
    response = await service.import_guide(
        xmltv(
            *[programme(0, 2)] * 15,
            programme(1, 0),
            programme(9, 10, channel="two"),
            channels=[("one", "A"), ("c", "C")],
        ),
        create_channels=True,
    )
    examples = {problems.kind: len(problems.examples) for problems in response.problems}

    assert {
        "PROGRAMME_REPEATED": 14,
        "OVERLAP": 1,
        "STOP_INVALID": 1,
        "CHANNEL_UNDECLARED": 1,
        "CHANNEL_EMPTY": 1,
    } == kinds(response)
    assert 10 == examples["PROGRAMME_REPEATED"]
    assert all(problems.message for problems in response.problems)


async def test_an_old_feed_changes_nothing_and_an_empty_or_broken_one_is_refused(service):
    await service.import_guide(xmltv(*a_day()), create_channels=True)
    old = await service.import_guide(xmltv(*(programme(hour - 24 * 500, hour - 24 * 500 + 1) for hour in range(5))))

    assert (Counts(), {"PROGRAMME_OUT_OF_RANGE": 5}, False) == (old.changes, kinds(old), old.committed)
    assert "IMPORT_UNREADABLE" == await harness.refusal(service.import_guide("<tv/>"))
    assert "IMPORT_UNREADABLE" == await harness.refusal(service.import_guide(xmltv(*a_day())[:-20]))
    assert "IMPORT_UNREADABLE" == await harness.refusal(service.import_guide("#EXTM3U", format=M3U))
    assert [24] == [len(names) for names in await names_of(service)]


async def test_the_parts_of_an_import_come_in_order(service):
    options = epg_admin_service_pb2.ImportGuideRequest(
        options=epg_admin_service_pb2.ImportOptions(format=M3U, source="operator")
    )
    chunk = epg_admin_service_pb2.ImportGuideRequest(chunk=b"#EXTM3U\n")

    for parts in ([], [chunk], [options, options], [options, chunk, options]):
        assert "IMPORT_OUT_OF_ORDER" == await harness.refusal(
            service.admin.ImportGuide(iter(parts), metadata=harness.EDITOR)
        )


@pytest.mark.data
@pytest.mark.skipif(
    not GUIDES.exists(), reason=f"the open data sets are not at {testing.DATA}; MARQUEE_DATA names them"
)
async def test_the_guides_of_four_operators_are_imported(service):
    files = {path.name[8:10]: path.read_bytes() for path in sorted(GUIDES.glob("allente_*.xml.gz"))}
    counts = {}
    for name, data in files.items():
        first = await service.import_guide(data, source=name, create_channels=True)
        again = await service.import_guide(data, source=name, create_channels=True)
        written = first.changes.created_count + first.changes.updated_count + first.changes.unchanged_count
        counts[name] = (first.programme_count, written)

        assert (Counts(unchanged_count=written), False) == (again.changes, again.committed)

    assert {"dk": (2888, 2880), "fi": (2409, 2390), "no": (3361, 3347), "se": (4025, 4004)} == counts
