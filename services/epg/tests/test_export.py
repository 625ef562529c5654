"""Exporting the guide to other players."""

import io
from datetime import timedelta

from lxml import etree
from marquee.epg.v1 import epg_pb2, epg_service_pb2
from marquee.type.v1 import type_pb2

from services.epg.imports import m3u, xmltv
from services.epg.tests import harness
from services.epg.tests.harness import HOUR, TODAY, a_channel, a_programme
from services.kit import testing, timestamps

#: The rules of XMLTV's DTD for the elements that are written.
DTD = etree.DTD(
    io.StringIO(
        """
        <!ELEMENT tv (channel*, programme*)>
        <!ATTLIST tv generator-info-name CDATA #IMPLIED>
        <!ELEMENT channel (display-name+, icon*, url*)>
        <!ATTLIST channel id CDATA #REQUIRED>
        <!ELEMENT programme (title+, sub-title*, desc*, category*, icon*, episode-num*, new?, rating*)>
        <!ATTLIST programme start CDATA #REQUIRED stop CDATA #IMPLIED channel CDATA #REQUIRED>
        <!ELEMENT display-name (#PCDATA)> <!ELEMENT title (#PCDATA)> <!ELEMENT sub-title (#PCDATA)>
        <!ELEMENT desc (#PCDATA)> <!ELEMENT category (#PCDATA)> <!ELEMENT url (#PCDATA)> <!ELEMENT value (#PCDATA)>
        <!ELEMENT episode-num (#PCDATA)> <!ATTLIST episode-num system CDATA "onscreen">
        <!ELEMENT icon EMPTY> <!ATTLIST icon src CDATA #REQUIRED width CDATA #IMPLIED height CDATA #IMPLIED>
        <!ELEMENT new EMPTY> <!ELEMENT rating (value, icon*)> <!ATTLIST rating system CDATA #IMPLIED>
        """
    )
)
BASE = "https://tv.example/"
STREAMS = "https://streams.example/{channel_id}/index.m3u8?a=1"


def a_logo(uri="/logos/1.png"):
    return type_pb2.Image(kind=type_pb2.IMAGE_KIND_LOGO, uri=uri, width=40, height=20)


def catch_up(days):
    return epg_pb2.TimeShiftRules(start_over=True, catch_up_window=timestamps.from_timedelta(timedelta(days=days)))


async def export_guide(service, metadata=(), **options):
    request = epg_service_pb2.ExportGuideRequest(**options)
    parts = [part async for part in service.viewer.ExportGuide(request, metadata=metadata)]
    assert {"application/xml"} == {part.content_type for part in parts}
    return b"".join(part.data for part in parts)


async def export_channels(service, metadata=(), **options):
    request = epg_service_pb2.ExportChannelsRequest(**{"stream_url": STREAMS, **options})
    parts = [part async for part in service.viewer.ExportChannels(request, metadata=metadata)]
    return b"".join(part.data for part in parts).decode()


async def test_the_guide_follows_the_rules_of_xmltv_and_can_be_imported_again(service):
    saved = await service.save(a_channel(7, display_name="Seven & <Co>", images=[a_logo()], time_shift=catch_up(2)))
    film = a_programme(
        TODAY,
        2,
        "A <Film>\x01 & more",
        episode_display_names={"en": "Part 1"},
        synopses={"en": 'About "it".'},
        genre_ids=["drama", "science-fiction"],
        season_number=4,
        episode_number=20,
        maturity_rating=type_pb2.MaturityRating(age=12, system="FSK", label="12"),
        images=[type_pb2.Image(uri="https://pictures.example/film.jpg?a=1&b=2")],
        first_run=True,
    )
    await service.replace(saved.channel_id, [a_programme(TODAY - 20 * HOUR, name="Old"), film], TODAY - 48 * HOUR, 3)
    document = await export_guide(service, base_url=BASE)
    tree = etree.fromstring(document)
    guide = xmltv.read(io.BytesIO(document))
    old, read = guide.programmes[saved.channel_id]

    assert DTD.validate(tree), DTD.error_log
    assert ("Seven & <Co>", 7, "https://tv.example/logos/1.png") == (
        guide.channels[saved.channel_id].display_names[0],
        guide.channels[saved.channel_id].number,
        guide.channels[saved.channel_id].images[0]["uri"],
    )
    assert (TODAY - 20 * HOUR, TODAY, TODAY + 2 * HOUR) == (old.start, read.start, read.stop)
    assert [
        *("A <Film> & more", "Part 1", 'About "it".', "drama", "science-fiction", None, "3.19.", None, "12"),
    ] == [child.text if child.tag != "rating" else child[0].text for child in tree.findall("programme")[1]]


async def test_only_what_the_caller_may_see_is_exported(service):
    await service.save(a_channel(1, hidden=True))
    await service.save(a_channel(2, maturity_rating=type_pb2.MaturityRating(age=18)))
    await service.save(a_channel(3, territories=["DK"]))
    shown = await service.save(a_channel(4, display_name="Shown"))
    adult = type_pb2.MaturityRating(age=18)
    await service.replace(
        shown.channel_id,
        [a_programme(TODAY + 21 * HOUR), a_programme(TODAY + 22 * HOUR, name="Late", maturity_rating=adult)],
    )
    child = testing.bearing(testing.a_token(maturity_ceiling=12))
    guide = etree.fromstring(await export_guide(service, child))
    playlist = await export_channels(service, child)

    assert DTD.validate(guide), DTD.error_log
    assert [shown.channel_id] == [channel.get("id") for channel in guide.findall("channel")]
    assert ["News", "Shown"] == [programme.findtext("title") for programme in guide.findall("programme")]
    assert [shown.channel_id] == list(m3u.read(io.BytesIO(playlist.encode())).channels)


async def test_the_playlist_has_the_attributes_that_players_read(service):
    first = await service.save(
        a_channel(7, display_name='Seven, "Eight"', images=[a_logo()], genre_id="news", time_shift=catch_up(2.5))
    )
    second = await service.save(a_channel(0, display_name="Second", images=[a_logo("https://logos.example/2.png")]))
    playlist = await export_channels(service, base_url=BASE)
    plain = await export_channels(service)

    guide_url = "https://tv.example/api/v1/epg/guide.xml"
    entry = (
        f'#EXTINF:-1 tvg-id="{first.channel_id}" tvg-name="Seven \'Eight\'" tvg-chno="7" '
        'tvg-logo="https://tv.example/logos/1.png" group-title="news" catchup="shift" catchup-days="3",Seven \'Eight\''
    )
    assert playlist.splitlines() == [
        f'#EXTM3U url-tvg="{guide_url}" x-tvg-url="{guide_url}"',
        entry,
        f"https://streams.example/{first.channel_id}/index.m3u8?a=1",
        f'#EXTINF:-1 tvg-id="{second.channel_id}" tvg-name="Second" tvg-logo="https://logos.example/2.png",Second',
        f"https://streams.example/{second.channel_id}/index.m3u8?a=1",
    ]
    assert ["#EXTM3U", False] == [plain.splitlines()[0], "/logos/1.png" in plain]


async def test_a_long_guide_comes_in_parts(service):
    for number in range(1, 4):
        saved = await service.save(a_channel(number))
        long = [a_programme(TODAY + each * HOUR, synopses={"en": "x" * 4000}, name=str(each)) for each in range(24)]
        await service.replace(saved.channel_id, long)
    parts = [part async for part in service.viewer.ExportGuide(epg_service_pb2.ExportGuideRequest())]
    guide = xmltv.read(io.BytesIO(b"".join(part.data for part in parts)))

    assert len(parts) > 4
    assert all(len(part.data) < 128 * 1024 for part in parts)
    assert guide.programme_count == sum(map(len, guide.programmes.values())) > 9


async def test_an_address_that_would_break_the_document_is_refused(service):
    for refused in (
        export_channels(service, stream_url="https://streams.example/all.m3u8"),
        export_channels(service, stream_url='https://a/{channel_id}"\n'),
        export_guide(service, base_url="javascript:alert()"),
    ):
        assert "REQUEST_INVALID" == await harness.refusal(refused)
