"""The decisions about encoders: cells, positions in playlists, and whole segments."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.packager.domain import cells, encoded_tracks, fragments, media, playlist_position
from services.packager.domain.playlist_position import Position

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_box(kind, size):
    return size.to_bytes(4, "big") + kind + bytes(size - 8)


def shown(source_uri, index, seconds=0.0):
    return playlist_position.ShownItem(source_uri, index, NOON, seconds)


def test_cells_are_counted_from_1970():
    assert datetime(1970, 1, 1, 0, 0, 8, tzinfo=UTC) == cells.start_of(2)
    assert datetime(1970, 1, 1, 0, 0, 9, 500_000, tzinfo=UTC) == cells.time_at(2, 1.5)


@given(now=st.floats(0, 1e10), last_end_cell=st.integers(0, 2**33))
def test_a_run_begins_soon_but_never_in_a_cell_of_the_past(now, last_end_cell):
    first_cell = cells.first_cell_of_run(now, last_end_cell)

    assert first_cell >= last_end_cell
    assert first_cell * cells.CELL_SECONDS >= now + 1
    assert first_cell == last_end_cell or first_cell * cells.CELL_SECONDS < now + 1 + cells.CELL_SECONDS


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, Position()),
        (shown("b", 1), Position(1, 30.0)),
        (shown("b", 1, seconds=5.0), Position(1, 35.0)),
        # The same source at two places of the playlist.
        (shown("a", 2), Position(2, 30.0)),
        # The playlist was changed: the item moved, or it is gone.
        (shown("b", 0), Position(1, 30.0)),
        (shown("b", 7), Position(1, 30.0)),
        (shown("c", 1), Position()),
    ],
)
def test_a_playlist_resumes_as_if_there_had_been_no_interruption(last, expected):
    assert expected == playlist_position.resume(["a", "b", "a"], last, NOON + timedelta(seconds=30))


def test_a_playlist_resumes_at_the_same_position_if_the_clock_was_set_back():
    resumed = playlist_position.resume(["a"], shown("a", 0, seconds=5.0), NOON - timedelta(hours=1))

    assert Position(0, 5.0) == resumed


def test_the_first_item_follows_the_last_one():
    assert [Position(1), Position(0)] == [Position(0, 3.0).next_item(2), Position(1).next_item(2)]


@pytest.mark.parametrize(
    "segment",
    [
        b"",
        a_box(b"moof", 24),
        a_box(b"mdat", 24),
        (a_box(b"moof", 24) + a_box(b"mdat", 24))[:-1],
        a_box(b"moof", 24) + a_box(b"mdat", 24) + b"\0\0",
        a_box(b"moof", 24) + (4).to_bytes(4, "big") + b"mdat",
    ],
)
def test_a_segment_that_is_not_whole_is_recognized(segment):
    with pytest.raises(fragments.Unusable):
        fragments.check_segment(segment)


def test_a_segment_may_have_several_fragments():
    fragment = a_box(b"moof", 24) + a_box(b"mdat", 24)

    fragments.check_segment(a_box(b"styp", 24) + fragment + fragment)


def test_the_codec_is_that_of_the_initialization_segment():
    video = (24).to_bytes(4, "big") + b"moovavcC" + bytes([1, 0x64, 0x00, 0x1F]) + bytes(8)

    assert "avc1.64001f" == fragments.codec(video)
    assert "mp4a.40.2" == fragments.codec((16).to_bytes(4, "big") + b"moovmp4a" + bytes(4))
    with pytest.raises(fragments.Unusable):
        fragments.codec(a_box(b"moov", 24))


def test_the_renditions_of_a_channel_are_those_of_its_profile():
    assert ("144p", "360p", "audio") == encoded_tracks.names(media.Profile.QUICK)
    assert ("144p", "360p", "480p", "720p", "1080p", "audio") == encoded_tracks.names(media.Profile.FULL)
