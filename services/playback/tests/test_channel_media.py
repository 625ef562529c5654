"""What sessions on channels list and open: playlists, tokens and keys."""

from datetime import timedelta

import pytest
from lxml import etree
from marquee.entitlement.v1 import entitlement_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.playback.linear import cells
from services.playback.tests import packaged_files
from services.playback.tests.channel_harness import HOUR, MINUTE, a_channel, programme, refused, time_of
from services.playback.tests.harness import token_of

MPD = "{urn:mpeg:dash:schema:mpd:2011}"


@pytest.fixture
def channel(service):
    return a_channel(service)


async def test_the_live_window_is_the_last_two_minutes(service, channel):
    session = await channel.start()
    edge = cells.cell_at(service.clock.now())
    playlist = await channel.playlist(session)

    assert (edge - 30, 30) == (playlist.media_sequence, len(playlist.segments))
    assert not playlist.is_endlist and playlist.playlist_type is None
    assert {packaged_files.an_asset_id(2)} == {each.uri.split("/")[2] for each in playlist.segments}


async def test_a_live_window_slides_without_a_jump_from_one_programme_to_the_next(service, channel):
    session = await channel.start()
    service.clock.advance(29 * MINUTE)
    await age_and_keep(channel, session)
    before = await channel.playlist(session)
    service.clock.advance(40 * cells.CELL)
    await age_and_keep(channel, session)
    after = await channel.playlist(session)

    assert before.media_sequence + 40 == after.media_sequence
    shown = {}
    for playlist in (before, after):
        assert playlist.media_sequence == cells.cell_at(service.clock.now()) - 30 or playlist is before
        for number, segment in enumerate(playlist.segments, playlist.media_sequence):
            path = segment.uri.partition("?")[0]
            assert shown.setdefault(number, path) == path
    assert {2, 3} == {int(each.uri.split("/")[2][-4:]) for each in after.segments}


async def age_and_keep(channel, session):
    await channel.beat(session, channel.service.clock.now())


async def test_playlists_name_the_ids_of_keys_for_a_device_that_uses_licenses(channel):
    capabilities = playback_pb2.DeviceCapabilities(key_systems=["org.w3.clearkey"])
    session = await channel.start(device=playback_pb2.Device(capabilities=capabilities))

    (key,) = (await channel.playlist(session)).keys

    assert (key.keyformat, key.method) == ("org.w3.clearkey", "SAMPLE-AES")


async def test_dash_has_a_period_for_each_run(service, channel):
    session = await channel.start()
    request = playback_service_pb2.GetDashManifestRequest(session_id=session.session_id, token=token_of(session))
    response = await service.stub.GetDashManifest(request)
    root = etree.fromstring(response.data)

    assert ("dynamic", "application/dash+xml") == (root.get("type"), response.content_type)
    assert len(root.findall(f"{MPD}Period")) >= 1


async def test_an_ended_programme_is_caught_up_until_its_end_and_further_as_the_viewer_comes_near(service, channel):
    session = await channel.start(programme(channel.past))
    start = service.clock.now() - 90 * MINUTE
    before = await channel.playlist(session)
    assert (playback_pb2.SESSION_KIND_CATCH_UP, start) == (session.kind, time_of(session.live_time))
    assert (cells.cell_at(start), 900) == (before.media_sequence, len(before.segments))

    await channel.beat(session, start + 30 * MINUTE)
    assert 900 == len((await channel.playlist(session)).segments)
    beaten = await channel.beat(session, start + 59 * MINUTE)
    after = await channel.playlist(session)

    assert (channel.past, programme(channel.current)) == (beaten.programme.programme_id, beaten.next.subject)
    assert (before.media_sequence, before.discontinuity_sequence) == (
        after.media_sequence,
        after.discontinuity_sequence,
    )
    assert [each.uri for each in before.segments] == [each.uri for each in after.segments[:900]]
    assert 900 + 450 == len(after.segments)


async def test_padding_widens_the_window_of_a_programme(service, channel):
    channel.epg.rules |= {"start_padding": MINUTE, "end_padding": 2 * MINUTE}
    channel.epg.add(service.clock.now() - 100 * MINUTE, 10 * MINUTE, channel.add_film())
    session = await channel.start(programme(channel.past))
    playlist = await channel.playlist(session)

    assert cells.cell_at(service.clock.now() - 91 * MINUTE) == playlist.media_sequence
    assert 63 * 15 == len(playlist.segments)


async def test_a_channel_without_time_shift_offers_its_live_window_only(service, channel):
    channel.epg.rules = {}
    session = await channel.start()
    now = service.clock.now()

    assert now - 2 * MINUTE == time_of(session.seek_window.start_time)
    assert playback_pb2.SESSION_KIND_LIVE == (await channel.seek(session, now - MINUTE)).kind
    assert "TIME_NOT_AVAILABLE" == (await refused(channel.seek(session, now - 3 * MINUTE))).reason


async def test_an_address_of_a_time_that_the_viewer_may_not_see_is_not_found(service, channel):
    session = await channel.start(programme(channel.current))
    early = cells.cell_at(service.clock.now() - timedelta(days=9))
    request = playback_service_pb2.GetHlsPlaylistRequest(
        session_id=session.session_id, playlist="master.m3u8", token=token_of(session).partition("&")[0]
    )
    for from_cell in (early, 10**11):
        request.from_cell = from_cell
        assert "PLAYLIST_NOT_FOUND" == (await refused(service.stub.GetHlsPlaylist(request))).reason


async def test_each_asset_has_its_own_token_and_key(service, channel):
    session = await channel.start(programme(channel.past))
    await channel.beat(session, service.clock.now() - 31 * MINUTE)
    playlist = await channel.playlist(session)
    queries = {each.uri.split("/")[2]: each.uri.partition("?")[2] for each in playlist.segments}

    assert 2 == len(queries) == len(set(queries.values()))
    assert [bytes([101] * 16), bytes([102] * 16)] == [await channel.key(session, number) for number in (1, 2)]
    assert "KEY_NOT_FOUND" == (await refused(channel.key(session, 3))).reason


async def test_a_profile_that_may_not_see_a_programme_sees_filler_and_gets_no_key(service, channel):
    filler = channel.add_film(12)
    channel.epg.filler = filler
    now = service.clock.now()
    channel.epg.programmes.clear()
    channel.epg.add(now - HOUR, HOUR - MINUTE, channel.add_film(3600), age=18)
    channel.epg.add(now - MINUTE, HOUR, channel.add_film(3600), age=12)
    session = await channel.start()
    playlist = await channel.playlist(session)
    shown = [int(each.uri.split("/")[2][-4:]) for each in playlist.segments]

    assert ([4] * 15 + [6] * 15) == shown
    assert "KEY_NOT_FOUND" == (await refused(channel.key(session, 5))).reason
    assert bytes([104] * 16) == await channel.key(session, 4)


async def test_the_beginning_of_a_long_window_never_passes_a_viewer_near_its_end(service, channel):
    now = service.clock.now()
    channel.epg.programmes.clear()
    channel.epg.add(now - 12 * HOUR, 11 * HOUR, channel.add_film(3600))
    channel.epg.add(now - HOUR, 2 * HOUR, channel.add_film(3600))
    session = await channel.start()
    session = await channel.seek(session, now - 8 * HOUR)
    first_cells = []
    for minutes in range(480, -1, -20):
        at = now - minutes * MINUTE
        await channel.beat(session, at)
        playlist = await channel.playlist(session)
        first_cells.append(playlist.media_sequence)
        assert playlist.media_sequence <= cells.cell_at(at)
        assert len(playlist.segments) <= 3_600

    assert sorted(first_cells) == first_cells
    assert cells.cell_at(now) == playlist.media_sequence + len(playlist.segments)


async def test_a_programme_that_a_profile_may_not_see_is_a_gap_without_filler(service, channel):
    session = await channel.start()
    now = service.clock.now()
    channel.epg.programmes.clear()
    channel.epg.add(now + MINUTE, HOUR, channel.add_film(3600), age=18)
    for _ in range(60):
        service.clock.advance(cells.CELL)
        await channel.beat(session, service.clock.now())
    playlist = await channel.playlist(session)

    assert (30, 30) == (len(playlist.segments), sum(each.gap_tag is not None for each in playlist.segments))
    assert (await channel.playlist(session, "master.m3u8")).playlists


async def test_filler_for_one_profile_does_not_change_the_numbers_of_others_nor_its_own(service, channel):
    channel.epg.filler = channel.add_film(12)
    now = service.clock.now()
    channel.epg.programmes.clear()
    channel.epg.add(now - HOUR, HOUR + 2 * MINUTE, channel.add_film(7200), age=18)
    channel.epg.add(now + 2 * MINUTE, HOUR, channel.add_film(7200), age=12)
    session = await channel.start()
    before = await channel.playlist(session)
    for _ in range(8):
        service.clock.advance(10 * cells.CELL)
        await age_and_keep(channel, session)
        after = await channel.playlist(session)
        left = [each for each in before.segments[1:11] if each.discontinuity]
        assert before.discontinuity_sequence + len(left) == after.discontinuity_sequence
        before = after


async def test_a_viewer_who_loses_the_channel_gets_no_more_keys(service, channel):
    session = await channel.start()
    service.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION]

    assert "NOT_ENTITLED" == (await refused(channel.key(session, 2))).reason
