"""Channels and the guide, for viewers."""

import itertools
from datetime import timedelta

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marquee.epg.v1 import epg_admin_service_pb2, epg_pb2, epg_service_pb2
from marquee.type.v1 import type_pb2

from services.epg import storage
from services.epg.tests import harness
from services.epg.tests.harness import HOUR, TODAY, a_channel, a_programme
from services.kit import ids, testing, timestamps


def names(schedule):
    return [programme.display_name for programme in schedule.programmes]


def times(schedule):
    return [timestamps.to_datetime(programme.start_time) for programme in schedule.programmes]


async def test_channels_are_listed_by_number_page_by_page(service):
    saved = [await service.save(a_channel(number)) for number in (30, 10, 20)]
    unnumbered = await service.save(a_channel(display_name="Aardvark"))
    first = await service.viewer.ListChannels(epg_service_pb2.ListChannelsRequest(page_size=3))
    request = epg_service_pb2.ListChannelsRequest(page_size=3, page_token=first.next_page_token)
    second = await service.viewer.ListChannels(request)

    assert [saved[1], saved[2], saved[0], unnumbered] == [*first.channels, *second.channels]
    assert ("", 4) == (second.next_page_token, second.total_count)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"genre_id": "news"}, [1]),
        ({"language_code": "en"}, [1, 2]),
        ({"country_code": "GB"}, [2]),
        ({"query": "world NEWS"}, [1]),
        ({"query": "2"}, [2]),
        ({"query": "zzz"}, []),
        ({}, [1, 2, 3]),
    ],
)
async def test_channels_are_filtered(service, query, found):
    await service.save(a_channel(1, display_name="News of the World", genre_id="news", language_codes=["en"]))
    await service.save(a_channel(2, display_name="Kids", language_codes=["de", "en-GB"], country_code="GB"))
    await service.save(a_channel(3, display_name="Sport"))
    request = epg_service_pb2.ListChannelsRequest(filter=epg_service_pb2.ChannelFilter(**query))
    response = await service.viewer.ListChannels(request)

    assert found == [channel.number for channel in response.channels]


async def test_viewers_see_no_hidden_foreign_or_mature_channel(service):
    shown = await service.save(a_channel(1))
    others = [
        await service.save(a_channel(2, hidden=True)),
        await service.save(a_channel(3, territories=["IN"])),
        await service.save(a_channel(4, maturity_rating=type_pb2.MaturityRating(age=18))),
    ]
    kid = testing.bearing(testing.a_token(maturity_ceiling=8))
    listed = await service.viewer.ListChannels(epg_service_pb2.ListChannelsRequest(), metadata=kid)
    guide = await service.get_guide(metadata=kid)

    assert [shown] == list(listed.channels)
    assert [shown.channel_id] == [schedule.channel_id for schedule in guide.schedules]
    for channel in others:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            request = epg_service_pb2.GetChannelRequest(channel_id=channel.channel_id)
            await service.viewer.GetChannel(request, metadata=kid)
        assert "CHANNEL_NOT_FOUND" == testing.reason_of(refused.value)


async def test_the_guide_holds_what_overlaps_the_window_across_days(service):
    channel = await service.save(a_channel(1))
    programmes = [a_programme(TODAY + hour * HOUR, 2, f"At {hour}") for hour in range(-26, 50, 2)]
    await service.replace(channel.channel_id, programmes, TODAY - 3 * 24 * HOUR, days=7)
    across = await service.get_guide(TODAY - 3 * HOUR, 30)
    inside = await service.get_guide(TODAY + 3 * HOUR, 2)

    assert [f"At {hour}" for hour in range(-4, 28, 2)] == names(across.schedules[0])
    assert ["At 2", "At 4"] == names(inside.schedules[0])


async def test_a_programme_across_midnight_is_returned_once(service):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(TODAY + 20 * HOUR, 30, "Long night")], days=1)
    whole = await service.get_guide(TODAY, 72)
    second_day = await service.get_guide(TODAY + 24 * HOUR, 24)

    assert ["Long night"] == names(whole.schedules[0]) == names(second_day.schedules[0])


async def test_a_changed_schedule_is_in_the_next_guide(service):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(TODAY, name="Before")])
    before = await service.get_guide()
    await service.replace(channel.channel_id, [a_programme(TODAY, name="After")])
    after = await service.get_guide()

    assert (["Before"], ["After"]) == (names(before.schedules[0]), names(after.schedules[0]))


async def test_a_programme_above_the_ceiling_has_a_channel_and_times_only(service):
    channel = await service.save(a_channel(1))
    rating = type_pb2.MaturityRating(age=16)
    programme = a_programme(TODAY, name="Late film", synopses={"en": "Blood."}, maturity_rating=rating)
    await service.replace(channel.channel_id, [programme])
    adult = await service.get_guide(metadata=testing.bearing(testing.a_token(maturity_ceiling=18)))
    kid = await service.get_guide(metadata=testing.bearing(testing.a_token(maturity_ceiling=8)))
    stranger = await service.get_guide()
    [shown], [restricted] = adult.schedules[0].programmes, kid.schedules[0].programmes

    assert "Late film" == shown.display_name
    assert kid == stranger
    assert restricted == epg_pb2.Programme(
        channel_id=channel.channel_id, start_time=programme.start_time, end_time=programme.end_time, restricted=True
    )
    request = epg_service_pb2.GetProgrammeRequest(programme_id=shown.programme_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.viewer.GetProgramme(request, metadata=testing.bearing(testing.a_token(maturity_ceiling=8)))
    assert "PROGRAMME_NOT_FOUND" == testing.reason_of(refused.value)


async def test_names_are_in_the_language_that_is_asked_for(service):
    channel = await service.save(a_channel(1))
    programme = a_programme(TODAY, name="The news")
    programme.display_names["de"] = "Die Nachrichten"
    await service.replace(channel.channel_id, [programme])

    for language, name in (("de-AT", "Die Nachrichten"), ("fr", "The news"), ("", "The news")):
        assert [name] == names((await service.get_guide(display_language_code=language)).schedules[0])


async def test_catch_up_ends_when_the_window_of_the_channel_does(service):
    rules = epg_pb2.TimeShiftRules(catch_up_window=timestamps.from_timedelta(timedelta(days=7)))
    channel = await service.save(a_channel(1, time_shift=rules))
    await service.replace(channel.channel_id, [a_programme(TODAY)])
    [programme] = (await service.get_guide()).schedules[0].programmes

    assert TODAY + HOUR + timedelta(days=7) == timestamps.to_datetime(programme.catch_up_end_time)


async def test_the_guide_is_paged_by_channels(service):
    for number in range(1, 6):
        channel = await service.save(a_channel(number))
        await service.replace(channel.channel_id, [a_programme(TODAY, name=str(number))])
    found, token = [], ""
    for _ in range(3):
        page = await service.get_guide(page_size=2, page_token=token)
        found += [name for schedule in page.schedules for name in names(schedule)]
        token = page.next_page_token

    assert (["1", "2", "3", "4", "5"], "") == (found, token)


async def test_the_token_of_a_page_that_ends_early_belongs_to_the_filter_of_its_request(service):
    saved = [await service.save(a_channel(number)) for number in (1, 2)]
    half_hours = [TODAY + number * HOUR / 2 for number in range(440)]
    programmes = [a_programme(start, 0.5, synopses={"en": "x" * 4_990}) for start in half_hours]
    for channel in saved:
        await service.replace(channel.channel_id, programmes, days=10)
    named = epg_service_pb2.ChannelFilter(channel_ids=[channel.channel_id for channel in saved])
    # A response is kept only after the events of the writes have arrived.
    of_all = [await service.get_guide(hours=240) for _ in range(5)][-1]
    of_named = await service.get_guide(hours=240, filter=named)
    rest = await service.get_guide(hours=240, filter=named, page_token=of_named.next_page_token)

    assert 1 == len(of_all.schedules) == len(of_named.schedules)
    assert [saved[1].channel_id] == [schedule.channel_id for schedule in rest.schedules]


@pytest.mark.parametrize("hours", [0, -1, 24 * 15 + 1])
async def test_a_window_that_is_empty_or_too_long_is_refused(service, hours):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.get_guide(hours=hours)

    assert "GUIDE_WINDOW_INVALID" == testing.reason_of(refused.value)


async def test_on_now_names_the_current_and_the_next_programme(service):
    busy, empty, gap = [await service.save(a_channel(number)) for number in (1, 2, 3)]
    await service.replace(busy.channel_id, [a_programme(TODAY + hour * HOUR, name=f"At {hour}") for hour in range(5)])
    await service.replace(gap.channel_id, [a_programme(TODAY), a_programme(TODAY + 3 * HOUR, name="Later")])
    request = epg_service_pb2.ListOnNowRequest(at_time=timestamps.from_datetime(TODAY + 1.5 * HOUR))
    response = await service.viewer.ListOnNow(request)

    assert [busy.channel_id, empty.channel_id, gap.channel_id] == [each.channel_id for each in response.channels]
    assert [("At 1", "At 2"), ("", ""), ("", "Later")] == [
        (each.now.display_name, each.next.display_name) for each in response.channels
    ]


async def test_what_is_on_now_changes_when_a_programme_ends_or_the_schedule_does(service):
    channel = await service.save(a_channel(1))
    begin = service.clock.now() - HOUR / 2
    first, second = a_programme(begin, name="A"), a_programme(begin + HOUR, name="B")
    await service.replace(channel.channel_id, [first, second])

    async def now():
        response = await service.viewer.ListOnNow(epg_service_pb2.ListOnNowRequest())
        return response.channels[0].now.display_name

    seen = [await now(), await now()]
    await service.replace(channel.channel_id, [a_programme(begin, name="C"), second])
    seen.append(await now())
    service.clock.advance(HOUR / 2)
    seen.append(await now())

    assert ["A", "A", "C", "B"] == seen


async def test_get_programme_returns_its_channel(service):
    channel = await service.save(a_channel(1))
    await service.replace(channel.channel_id, [a_programme(TODAY, genre_ids=["news"], season_number=2, live=True)])
    [listed] = (await service.get_guide()).schedules[0].programmes
    request = epg_service_pb2.GetProgrammeRequest(programme_id=listed.programme_id)
    response = await service.viewer.GetProgramme(request)

    assert (listed, channel) == (response.programme, response.channel)
    assert (["news"], 2, True) == (list(listed.genre_ids), listed.season_number, listed.live)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.viewer.GetProgramme(epg_service_pb2.GetProgrammeRequest(programme_id=ids.new()))
    assert "PROGRAMME_NOT_FOUND" == testing.reason_of(refused.value)


async def test_programmes_are_read_at_once_and_what_the_caller_may_not_know_is_left_out(service):
    adult = type_pb2.MaturityRating(age=18)
    shown, hidden = [await service.save(a_channel(number, hidden=number == 2)) for number in (1, 2)]
    programmes = [a_programme(TODAY), a_programme(TODAY + HOUR, maturity_rating=adult), a_programme(TODAY + 2 * HOUR)]
    for channel in (shown, hidden):
        await service.replace(channel.channel_id, programmes)
    async with service.database.reading() as session:
        stored = await storage.programmes.list_programmes(
            session, [shown.channel_id, hidden.channel_id], TODAY, TODAY + timedelta(days=1)
        )
    programme_ids = [programme.programme_id for _, programme in reversed(stored)]
    request = epg_service_pb2.BatchGetProgrammesRequest(programme_ids=[*programme_ids, ids.new()])
    response = await service.viewer.BatchGetProgrammes(
        request, metadata=testing.bearing(testing.a_token(maturity_ceiling=13))
    )
    [listed] = (await service.get_guide()).schedules

    assert [listed.programmes[2], listed.programmes[0]] == list(response.programmes)
    assert [shown] == list(response.channels)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begin=st.integers(-60, 100), length=st.integers(1, 200), slots=st.lists(st.integers(1, 40), max_size=12))
async def test_every_window_holds_exactly_the_programmes_that_overlap_it(service, begin, length, slots):
    channel = await service.save(a_channel(display_name=str(slots)))
    edges = list(itertools.accumulate(slots, initial=-48))
    airings = [(first, last) for first, last in itertools.pairwise(edges) if first < 72]
    programmes = [a_programme(TODAY + first * HOUR, last - first, str(first)) for first, last in airings]
    await service.replace(channel.channel_id, programmes, TODAY - 48 * HOUR, days=6)
    only = epg_service_pb2.ChannelFilter(channel_ids=[channel.channel_id])
    [schedule] = (await service.get_guide(TODAY + begin * HOUR, length, filter=only)).schedules
    expected = [str(first) for first, last in airings if first < begin + length and last > begin]

    assert expected == names(schedule)
    await service.admin.DeleteChannel(
        epg_admin_service_pb2.DeleteChannelRequest(channel_id=channel.channel_id), metadata=harness.EDITOR
    )


async def test_viewers_are_not_told_of_the_filler_of_a_channel(service):
    filler = type_pb2.Subject(title_id=ids.new())
    saved = await service.save(a_channel(1, filler=filler, display_name="News"))
    await service.replace(saved.channel_id, [a_programme(TODAY, name="News")])
    [programme] = (await service.get_guide()).schedules[0].programmes
    programme_id = programme.programme_id
    responses = [
        await service.viewer.ListChannels(epg_service_pb2.ListChannelsRequest()),
        await service.viewer.GetChannel(epg_service_pb2.GetChannelRequest(channel_id=saved.channel_id)),
        await service.viewer.GetProgramme(epg_service_pb2.GetProgrammeRequest(programme_id=programme_id)),
        await service.viewer.BatchGetProgrammes(
            epg_service_pb2.BatchGetProgrammesRequest(programme_ids=[programme_id])
        ),
        await service.viewer.SearchGuide(epg_service_pb2.SearchGuideRequest(query="news")),
    ]

    assert filler == saved.filler
    for response in responses:
        sent = response.SerializeToString()
        assert saved.channel_id.encode() in sent
        assert filler.title_id.encode() not in sent
