"""The tracks of packaged assets."""

import pytest

from services.playback.linear import track_tables
from services.playback.media import manifests
from services.playback.tests import packaged_files


@pytest.fixture
def tables(tmp_path):
    return track_tables.TrackTables(manifests.MediaStore(tmp_path, "https://tv.example"))


async def test_a_table_holds_the_tracks_with_the_times_of_their_segments(tables, tmp_path):
    packaged_files.write(tmp_path, 1, texts=("en",))

    table = await tables.get(packaged_files.an_asset_id(1))

    assert [(track.kind, track.label, track.init, track.suffix) for track in table.tracks] == [
        ("video", "144p", "video/144p/init.mp4", ".m4s"),
        ("video", "360p", "video/360p/init.mp4", ".m4s"),
        ("audio", "eng", "audio/eng/init.mp4", ".m4s"),
        ("text", "en", "", ".vtt"),
    ]
    (sound,) = table.of(track_tables.Kind.AUDIO)
    assert list(sound.times) == [0, 96256, 192512, 288000]
    assert sound.segment_offset(2) == pytest.approx(0.021333, abs=1e-6)
    assert table.segment_count == 3
    assert table.encryption == track_tables.Encryption(
        "b8848590ec521b25d03cfb5032cd744a", "SAMPLE-AES", "0x0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
    )


async def test_an_asset_that_is_not_in_the_store_has_no_table_until_it_is(tables, tmp_path):
    assert await tables.get(packaged_files.an_asset_id(1)) is None

    packaged_files.write(tmp_path, 1)

    assert await tables.get(packaged_files.an_asset_id(1)) is not None


async def test_renditions_that_the_device_does_not_play_are_left_out(tables, tmp_path):
    packaged_files.write(tmp_path, 1, videos=("144p", "720p"))

    table = await tables.get(packaged_files.an_asset_id(1), ("avc1.42c01e",))

    assert [track.label for track in table.of(track_tables.Kind.VIDEO)] == ["144p"]


@pytest.mark.parametrize(
    ("video_times", "count"),
    [
        ((0, 4, 8, 12), 3),
        # The last segment lacks less than 50 ms, or more.
        ((0, 4, 8, 11.96), 3),
        ((0, 4, 8, 11.94), 2),
        # 29.97 frames a second.
        ((0, 4.004, 8.008, 12.012, 13.013), 3),
        # No segment begins near its cell.
        ((0, 6, 12), 1),
        ((0, 1.5), 0),
    ],
)
def test_an_item_gives_as_many_cells_as_its_picture_fills(video_times, count):
    assert packaged_files.a_table(1, video_times=video_times).segment_count == count


def test_assets_in_ctr_mode_state_their_method():
    assert packaged_files.a_table(1, scheme="cenc").encryption.method == "SAMPLE-AES-CTR"


def test_assets_in_the_clear_have_no_key():
    assert packaged_files.a_table(1, scheme="").encryption is None


def test_segments_that_are_not_numbered_are_refused():
    master, playlist, manifest = packaged_files.files()

    with pytest.raises(manifests.Unreadable, match="does not number segments"):
        track_tables.read_table("an-asset", master, playlist, manifest.replace("$Number%05d$", "$Time$"))


def test_paths_that_lead_out_of_the_asset_are_refused():
    master, playlist, manifest = packaged_files.files()

    with pytest.raises(manifests.Unreadable, match="leads out of the asset"):
        track_tables.read_table("an-asset", master, playlist, manifest.replace("video/144p/init", "../144p/init"))
