"""The playlists of encoded channels."""

import dataclasses

import m3u8
from hypothesis import given
from hypothesis import strategies as st

from services.playback.linear import encoded_runs, encoder_windows, hls
from services.playback.tests.linear_windows import LINKS

_TRACKS = (
    encoded_runs.EncodedTrack(True, "video/360p", "avc1.4d401e", 800_000, 640, 360, 25.0),
    encoded_runs.EncodedTrack(False, "audio/main", "mp4a.40.2", 96_000, 0, 0, 0.0),
)
_KEYS = tuple(bytes([number] * 16) for number in range(3))


def an_encoded_run(run_id="run", first_cell=100, cell_count=6, number=7, periods=((0, 98, 5), (1, 103, 10))):
    key_periods = tuple(encoded_runs.KeyPeriod(_KEYS[key], first, count) for key, first, count in periods)
    return encoded_runs.EncodedRun(run_id, number, first_cell, cell_count, _TRACKS, key_periods)


def render(*encoded, name="video-360p.m3u8"):
    tables = {each.run_id: encoder_windows.table(each) for each in encoded}
    links = dataclasses.replace(LINKS, media_queries={run_id: f"?token={run_id}" for run_id in tables})
    return hls.media_playlist(name, encoder_windows.parts(encoded), tables, links, slides=True)


def test_segments_are_those_of_their_cells_with_the_key_of_their_period():
    assert render(an_encoded_run(cell_count=4)) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-TARGETDURATION:4\n"
        "#EXT-X-MEDIA-SEQUENCE:100\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:7\n"
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:06:40.000Z\n"
        "#EXT-X-KEY:METHOD=NONE\n"
        '#EXT-X-MAP:URI="/media/run/video/360p/init.mp4?token=run"\n'
        f'#EXT-X-KEY:METHOD=AES-128,URI="/api/v1/playback/sessions/S/keys/{_KEYS[0].hex()}?token=T",'
        'KEYFORMAT="identity"\n'
        "#EXTINF:4.00000,\n/media/run/video/360p/100.m4s?token=run\n"
        "#EXTINF:4.00000,\n/media/run/video/360p/101.m4s?token=run\n"
        "#EXTINF:4.00000,\n/media/run/video/360p/102.m4s?token=run\n"
        f'#EXT-X-KEY:METHOD=AES-128,URI="/api/v1/playback/sessions/S/keys/{_KEYS[1].hex()}?token=T",'
        'KEYFORMAT="identity"\n'
        "#EXTINF:4.00000,\n/media/run/video/360p/103.m4s?token=run\n"
    )


def test_cells_between_runs_are_gaps_and_the_next_run_is_a_discontinuity():
    later = an_encoded_run("later", 108, 2, 8, periods=((2, 108, 5),))

    playlist = m3u8.loads(render(an_encoded_run(), later))

    assert [segment.gap_tag is not None for segment in playlist.segments] == [False] * 6 + [True] * 2 + [False] * 2
    assert [index for index, segment in enumerate(playlist.segments) if segment.discontinuity] == [8]
    assert playlist.segments[8].uri == "/media/later/video/360p/108.m4s?token=later"
    assert (playlist.media_sequence, playlist.discontinuity_sequence) == (100, 7)


def test_sound_is_listed_beside_the_picture():
    encoded = an_encoded_run()

    master = m3u8.loads(hls.master_playlist([encoder_windows.table(encoded)], LINKS))

    (variant,) = master.playlists
    assert variant.stream_info.codecs == "avc1.4d401e,mp4a.40.2"
    assert variant.stream_info.resolution == (640, 360)
    assert [media.uri for media in master.media] == ["/api/v1/playback/sessions/S/hls/audio-main.m3u8?token=T&from=7"]
    assert "/media/run/audio/main/105.m4s?token=run" in render(encoded, name="audio-main.m3u8")


@given(spans=st.lists(st.tuples(st.integers(95, 115), st.integers(95, 115)), max_size=3))
def test_hidden_cells_are_gaps_and_all_others_keep_their_segments(spans):
    window = encoder_windows.parts([an_encoded_run()])

    shown = encoder_windows.without(window, spans)

    segments = {
        run.first_cell + place: run.first_segment + place
        for run in shown
        if run.asset_id
        for place in range(run.cell_count)
    }
    hidden = {cell for first, end in spans for cell in range(first, end)}
    assert {cell: cell - 100 for cell in range(100, 106) if cell not in hidden} == segments
    assert [run.end_cell for run in shown[:-1]] == [run.first_cell for run in shown[1:]]
    assert (100, 106) == (shown[0].first_cell, shown[-1].end_cell)
    assert {7} == {run.number for run in shown}
    keys = {cell: run.key_id for run in window for cell in range(run.first_cell, run.end_cell)}
    assert all(run.key_id == keys[run.first_cell] for run in shown if run.asset_id)
