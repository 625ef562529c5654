"""The HLS playlists of channels."""

import dataclasses

import m3u8
import pytest

from services.playback import domain
from services.playback.linear import cells, hls, track_tables
from services.playback.tests import packaged_files
from services.playback.tests.linear_windows import LINKS, a_window, tables

ONE, TWO = packaged_files.an_asset_id(1), packaged_files.an_asset_id(2)
OTHER_KEY = "1" * 32


def render(name, window, *, links=LINKS, slides=True, **by_number):
    return hls.media_playlist(name, window, tables(**by_number), links, slides=slides)


def test_a_playlist_lists_the_segments_of_each_run_with_its_own_key():
    second = packaged_files.a_table(2, key=OTHER_KEY, sound_times=(0, 3.989333, 8, 12))

    playlist = render("audio-eng.m3u8", a_window(1, 2, first=1_001, end=1_005), a1=packaged_files.a_table(1), a2=second)

    assert playlist == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-TARGETDURATION:4\n"
        "#EXT-X-MEDIA-SEQUENCE:1001\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:40\n"
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T01:06:44.011Z\n"
        f'#EXT-X-MAP:URI="/media/{ONE}/audio/eng/init.mp4?token=M1"\n'
        '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="/api/v1/playback/sessions/S/keys/b8848590ec521b25d03cfb5032cd744a?token=T",'
        'IV=0x0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a,KEYFORMAT="identity"\n'
        "#EXTINF:4.01067,\n"
        f"/media/{ONE}/audio/eng/00002.m4s?token=M1\n"
        "#EXTINF:3.97867,\n"
        f"/media/{ONE}/audio/eng/00003.m4s?token=M1\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T01:06:52.000Z\n"
        f'#EXT-X-MAP:URI="/media/{TWO}/audio/eng/init.mp4?token=M2"\n'
        f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="/api/v1/playback/sessions/S/keys/{OTHER_KEY}?token=T",'
        'IV=0x0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a,KEYFORMAT="identity"\n'
        "#EXTINF:3.98933,\n"
        f"/media/{TWO}/audio/eng/00001.m4s?token=M2\n"
        "#EXTINF:4.01067,\n"
        f"/media/{TWO}/audio/eng/00002.m4s?token=M2\n"
    )


def test_a_key_is_named_once_while_it_stays_in_effect():
    other = packaged_files.a_table(2, key=OTHER_KEY)
    playlist = render("video-144p.m3u8", a_window(1, 1, 0, 1, 2, 1), a1=packaged_files.a_table(1), a2=other)

    assert [segment.key.uri.split("/")[-1][:4] for segment in m3u8.loads(playlist).segments if not segment.gap_tag] == [
        *["b884"] * 9,
        *["1111"] * 3,
        *["b884"] * 3,
    ]
    assert playlist.count("#EXT-X-KEY") == 3
    assert playlist.count("#EXT-X-MAP") == 5


def test_a_window_that_slides_keeps_the_numbers_of_its_segments():
    all_tables = {"a1": packaged_files.a_table(1), "a2": packaged_files.a_table(2)}
    numbers = {}
    for first in range(1_000, 1_010):
        playlist = m3u8.loads(render("video-144p.m3u8", a_window(1, 2, 1, 1, first=first, end=first + 4), **all_tables))
        discontinuities = playlist.discontinuity_sequence
        for index, segment in enumerate(playlist.segments):
            discontinuities += segment.discontinuity
            number = playlist.media_sequence + index
            numbers.setdefault(number, set()).add((segment.uri, discontinuities, segment.current_program_date_time))

    assert sorted(numbers) == list(range(1_000, 1_012))
    assert all(len(stated) == 1 for stated in numbers.values())
    for number, ((_, _, time),) in numbers.items():
        assert time == cells.cell_start(number)


@pytest.mark.parametrize(("slides", "stated"), [(True, None), (False, "event")])
def test_a_playlist_has_no_end_and_says_that_its_beginning_stays(slides, stated):
    playlist = m3u8.loads(render("video-144p.m3u8", a_window(1), slides=slides, a1=packaged_files.a_table(1)))

    assert playlist.playlist_type == stated
    assert not playlist.is_endlist


def test_players_that_request_licenses_find_the_ids_of_keys():
    links = dataclasses.replace(LINKS, key_format=domain.CLEAR_KEY)

    playlist = render("video-144p.m3u8", a_window(1), links=links, a1=packaged_files.a_table(1))

    assert (
        '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="/api/v1/playback/sessions/S/keys/b8848590ec521b25d03cfb5032cd744a?token=T",'
        'KEYID=0xb8848590ec521b25d03cfb5032cd744a,KEYFORMAT="org.w3.clearkey"\n'
    ) in playlist


def test_cells_without_media_are_gaps():
    playlist = render("video-144p.m3u8", a_window(1, 0, 1, end=1_007), a1=packaged_files.a_table(1))

    assert [segment.gap_tag is not None for segment in m3u8.loads(playlist).segments] == [False] * 3 + [True] * 3 + [
        False
    ]
    assert "#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T01:06:52.000Z\n#EXT-X-GAP\n" in playlist


def test_assets_that_have_left_the_store_are_gaps():
    playlist = m3u8.loads(render("video-144p.m3u8", a_window(1, 2, 1), a1=packaged_files.a_table(1)))

    assert [segment.gap_tag is not None for segment in playlist.segments] == [False] * 3 + [True] * 3 + [False] * 3


def test_a_gap_is_listed_together_with_what_follows_it():
    playlist = render("video-144p.m3u8", a_window(1, 0), a1=packaged_files.a_table(1))

    assert playlist == render("video-144p.m3u8", a_window(1), a1=packaged_files.a_table(1))


def test_sound_that_ends_before_the_picture_is_a_gap():
    table = packaged_files.a_table(1, sound_times=(0, 4, 8))

    playlist = m3u8.loads(render("audio-eng.m3u8", a_window(1, 1), a1=table))

    assert [segment.gap_tag is not None for segment in playlist.segments] == [False, False, True, False, False]


def test_cells_behind_the_last_caption_have_empty_captions():
    table = packaged_files.a_table(1, texts=("en",), text_times=(0, 4))

    playlist = m3u8.loads(render("text-en.m3u8", a_window(1, 0), a1=table))

    assert [segment.uri for segment in playlist.segments] == [
        f"/media/{ONE}/text/en/00001.vtt?token=M1",
        *["data:text/vtt,WEBVTT%0A%0ANOTE%20none.vtt"] * 5,
    ]
    assert not any(segment.gap_tag for segment in playlist.segments)


def test_captions_have_no_key_and_no_initialization_segment():
    table = packaged_files.a_table(1, texts=("en",), text_times=(0, 4, 8, 12))

    playlist = render("text-en.m3u8", a_window(1), a1=table)

    assert "#EXT-X-KEY" not in playlist
    assert "#EXT-X-MAP" not in playlist
    assert f"/media/{ONE}/text/en/00003.vtt?token=M1\n" in playlist


def test_an_initialization_segment_stays_in_the_clear_where_whole_segments_are_encrypted():
    encryption = track_tables.Encryption(OTHER_KEY, track_tables.WHOLE_SEGMENTS, "0x01")
    table = dataclasses.replace(packaged_files.a_table(1), encryption=encryption)

    lines = render("video-144p.m3u8", a_window(1, 1), a1=table).splitlines()

    for index, line in enumerate(lines):
        if line.startswith("#EXT-X-MAP"):
            assert lines[index - 1] == "#EXT-X-KEY:METHOD=NONE"
            assert lines[index + 1].startswith("#EXT-X-KEY:METHOD=AES-128,")


@pytest.mark.parametrize(
    ("name", "stated", "directory"),
    [
        ("video-360p.m3u8", {"videos": ("144p", "360p", "720p")}, "video/360p"),
        ("video-720p.m3u8", {"videos": ("144p", "360p")}, "video/360p"),
        ("video-144p.m3u8", {"videos": ("360p", "720p")}, "video/360p"),
        ("audio-deu.m3u8", {"sounds": ("eng", "deu")}, "audio/deu"),
        ("audio-deu.m3u8", {"sounds": ("eng", "fra")}, "audio/eng"),
    ],
)
def test_another_track_replaces_one_that_an_asset_does_not_have(name, stated, directory):
    playlist = render(name, a_window(1), a1=packaged_files.a_table(1, **stated))

    assert f"/media/{ONE}/{directory}/00001.m4s?token=M1\n" in playlist


@pytest.mark.parametrize("name", ["video.m3u8", "iframes-144p.m3u8", "text-en.m3u8", "video-.m3u8"])
def test_there_are_no_other_playlists(name):
    assert render(name, a_window(1), a1=packaged_files.a_table(1)) is None


def test_the_master_playlist_lists_what_all_assets_have():
    master = hls.master_playlist(
        [
            packaged_files.a_table(1, videos=("144p", "360p", "720p"), sounds=("eng", "deu"), texts=("en",)),
            packaged_files.a_table(2, videos=("144p", "720p"), sounds=("eng",), texts=("en", "de")),
        ],
        LINKS,
    )

    assert master == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,URI="/api/v1/playback/sessions/S/hls/audio-eng.m3u8?token=T&from=7",GROUP-ID="audio",'
        'NAME="eng",DEFAULT=YES,CHANNELS="1"\n'
        '#EXT-X-MEDIA:TYPE=SUBTITLES,URI="/api/v1/playback/sessions/S/hls/text-en.m3u8?token=T&from=7",'
        'GROUP-ID="text",NAME="en",DEFAULT=NO\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=144000,AVERAGE-BANDWIDTH=129600,CODECS="avc1.42c00b,mp4a.40.2",'
        'RESOLUTION=256x144,FRAME-RATE=25.000,AUDIO="audio",SUBTITLES="text",CLOSED-CAPTIONS=NONE\n'
        "/api/v1/playback/sessions/S/hls/video-144p.m3u8?token=T&from=7\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=720000,AVERAGE-BANDWIDTH=648000,CODECS="avc1.64001f,mp4a.40.2",'
        'RESOLUTION=1280x720,FRAME-RATE=25.000,AUDIO="audio",SUBTITLES="text",CLOSED-CAPTIONS=NONE\n'
        "/api/v1/playback/sessions/S/hls/video-720p.m3u8?token=T&from=7\n"
    )


def test_assets_that_share_no_rendition_are_listed_as_one():
    first, second = packaged_files.a_table(1, videos=("360p",)), packaged_files.a_table(2, videos=("720p",))

    master = m3u8.loads(hls.master_playlist([first, second], LINKS))

    (variant,) = master.playlists
    assert variant.uri == "/api/v1/playback/sessions/S/hls/video-360p.m3u8?token=T&from=7"
    assert variant.stream_info.codecs == "avc1.64001f,mp4a.40.2"
    assert variant.stream_info.resolution == (1280, 720)


def test_assets_without_sound_are_listed_without_it():
    master = hls.master_playlist([packaged_files.a_table(1, sounds=())], LINKS)

    assert "AUDIO=" not in master
