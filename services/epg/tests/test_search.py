"""Searching the guide."""

from datetime import timedelta

import pytest
from marquee.epg.v1 import epg_service_pb2
from marquee.type.v1 import type_pb2

from services.epg.domain import guide_search
from services.epg.tests import harness
from services.epg.tests.harness import HOUR, TODAY, a_channel, a_programme
from services.kit import testing, timestamps

MATURE = type_pb2.MaturityRating(age=18)
WEEK = timedelta(days=7)
CATCH_UP = {"catch_up_window": WEEK}


async def search(service, query, metadata=(), **options):
    return await service.viewer.SearchGuide(
        epg_service_pb2.SearchGuideRequest(query=query, **options), metadata=metadata
    )


async def names(service, query, **options):
    found = await search(service, query, **options)
    return [programme.display_name for programme in found.programmes]


async def a_schedule(service, *programmes, days=14, **changes):
    channel = await service.save(a_channel(**{"number": 1, "display_name": "One", **changes}))
    await service.replace(channel.channel_id, programmes, TODAY - WEEK, days)
    return channel


def at(hours):
    """Returns a start that many hours after the present of the tests."""
    return testing.NOW + hours * HOUR


async def test_programmes_on_now_come_first_then_upcoming_ones_then_those_to_catch_up(service):
    channel = await a_schedule(
        service,
        a_programme(at(-50), name="News 1"),
        a_programme(at(-5), name="News 2"),
        a_programme(at(-0.5), name="News 3"),
        a_programme(at(2), name="Weather", episode_display_names={"en": "After the news"}),
        a_programme(at(4), name="News 4"),
        a_programme(at(40), name="News 5"),
        time_shift=CATCH_UP,
    )
    found = await search(service, "news")

    assert ["News 3", "News 4", "News 5", "News 2", "News 1", "Weather"] == [p.display_name for p in found.programmes]
    assert [channel.channel_id] == [each.channel_id for each in found.programme_channels]
    assert not found.corrected
    assert ["News 4"] == await names(
        service, "news", start_time=timestamps.from_datetime(at(3)), end_time=timestamps.from_datetime(at(10))
    )


async def test_pages_follow_each_other_while_the_time_passes(service):
    await a_schedule(
        service,
        *(a_programme(at(hour), name=f"News {hour}") for hour in range(-3, 4)),
        time_shift=CATCH_UP,
    )
    first = await search(service, "news", page_size=3)
    service.clock.advance(2 * HOUR)
    second = await search(service, "news", page_size=3, page_token=first.next_page_token)
    third = await search(service, "news", page_size=3, page_token=second.next_page_token)

    assert [0, 1, 2, 3, -1, -2, -3] == [
        int(programme.display_name.split()[1]) for page in (first, second, third) for programme in page.programmes
    ]
    assert "" == third.next_page_token
    assert "PAGE_TOKEN_INVALID" == await harness.refusal(
        search(service, "weather", page_size=3, page_token=first.next_page_token)
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lighthouse", True),
        ("LIGHT keep", True),
        ("keeper's ledger", True),
        ("lighthose keper", True),
        ("ligthhouse", True),
        ("aventyr", True),
        ("Äventyr", True),
        ("lantern", False),
        ("ighthouse", True),
        ("l", False),
        ("!", False),
        ("lighthouse & !keeper | 'x':*", False),
    ],
)
async def test_words_are_found_by_their_beginnings_without_accents_and_with_typos(service, query, found):
    programme = a_programme(at(1), name="The Lighthouse Keeper's Ledger")
    programme.display_names["sv"] = "Ett äventyr"
    await a_schedule(service, programme)

    assert bool(found) == bool(await names(service, query))


async def test_parts_of_names_are_found_in_scripts_without_spaces(service):
    await a_schedule(service, a_programme(at(1), name="千と千尋の神隠し"), a_programme(at(2), name="ฉลาดเกมส์โกง"))

    assert ["千と千尋の神隠し"] == await names(service, "千尋")
    assert ["ฉลาดเกมส์โกง"] == await names(service, "เกมส์")


async def test_only_misspelled_words_are_corrected_and_pages_go_on_with_them(service):
    await a_schedule(service, *(a_programme(at(hour), name=f"Football {hour}") for hour in range(1, 4)))
    first = await search(service, "fotball", page_size=2)
    second = await search(service, "fotball", page_size=2, page_token=first.next_page_token)

    assert (True, True) == (first.corrected, second.corrected)
    assert ["Football 1", "Football 2", "Football 3"] == [
        programme.display_name for page in (first, second) for programme in page.programmes
    ]


async def test_channels_are_found_by_name_and_number(service):
    one = await service.save(a_channel(101, display_name="Nordic Sport HD"))
    two = await service.save(a_channel(7, display_name="Sport Två"))
    await service.save(a_channel(8, display_name="News"))

    assert [two, one] == list((await search(service, "sport")).channels)
    assert [two] == list((await search(service, "tva")).channels)
    assert [one] == list((await search(service, "101")).channels)
    assert [one] == list((await search(service, "nordik")).channels)


async def test_hidden_channels_restricted_programmes_and_what_has_expired_are_not_found(service):
    ended = a_programme(at(-5), name="Secret")
    await a_schedule(service, a_programme(at(-9), name="Secret"), number=1, hidden=True)
    await a_schedule(service, a_programme(at(1), name="Secret"), number=2, territories=["DE"])
    await a_schedule(service, a_programme(at(1), name="Secret", maturity_rating=MATURE), number=3)
    await a_schedule(
        service, a_programme(at(1), name="Secret"), number=4, maturity_rating=MATURE, display_name="Secret"
    )
    await a_schedule(service, ended, number=5)
    await a_schedule(service, ended, number=6, time_shift={"catch_up_window": 2 * HOUR})
    found = await search(service, "secret", metadata=testing.bearing(testing.a_token(maturity_ceiling=12)))

    assert ([], []) == (list(found.channels), list(found.programmes))


async def test_a_filter_limits_channels_and_programmes_and_changed_programmes_are_found_by_their_new_names(service):
    one = await a_schedule(service, a_programme(at(1), name="Film"), number=1)
    two = await a_schedule(service, a_programme(at(2), name="Film"), number=2)
    limited = await search(service, "film", filter=epg_service_pb2.ChannelFilter(channel_ids=[two.channel_id]))
    await service.replace(one.channel_id, [a_programme(at(1), name="Match")], TODAY, 2)

    assert [two.channel_id] == [programme.channel_id for programme in limited.programmes]
    assert (["Match"], ["Film"]) == (await names(service, "match"), await names(service, "film"))


async def test_a_channel_that_the_replica_does_not_know_yet_is_not_found(service, monkeypatch):
    await a_schedule(service, a_programme(at(1), name="Film"), number=1)
    unknown = await a_schedule(service, a_programme(at(2), name="Film"), number=2, display_name="Film 2")
    known = [channel for channel in service.index.list_all() if channel.channel_id != unknown.channel_id]
    monkeypatch.setattr(service.index, "list_all", lambda: known)
    monkeypatch.setattr(service.index, "list_visible", lambda *_: known)
    found = await search(service, "film")

    assert ([1], []) == ([len(found.programmes)], list(found.channels))


def test_what_is_stored_needs_no_more_room_than_a_word_of_postgresql():
    stored = guide_search.encode_words(("x" * 5_000, "it's a \\ 'test'"), ("episode",))

    assert "'episode':1B" in stored
    assert all(len(word) <= 120 for word in stored.split())
    assert 500 == guide_search.encode_words((" ".join(map(str, range(5_000))),)).count(":1A")
