"""Codecs of devices and of renditions."""

import pytest

from services.playback.media import codec_support

BASELINE, HIGH = ("avc1.42c00c", "mp4a.40.2"), ("avc1.640028", "mp4a.40.2")


@pytest.mark.parametrize(
    ("stated", "codecs", "expected"),
    [
        ([], HIGH, True),
        (["avc1.640028"], BASELINE, True),
        (["avc1.640028"], HIGH, True),
        (["AVC1.640028"], HIGH, True),
        (["avc1.64001f"], HIGH, False),
        (["avc1.4d4028"], HIGH, False),
        (["avc1.4d4028"], BASELINE, True),
        (["avc1"], HIGH, True),
        (["hvc1.1.6.L93.B0"], HIGH, False),
        (["hvc1.1.6.L93.B0", "avc1.42c00c"], BASELINE, True),
        (["hvc1.1.6.L93.B0"], ("hvc1.1.6.L93.B0",), True),
        (["hvc1"], ("hvc1.2.4.L153.B0",), True),
        (["mp4a.40.2"], HIGH, True),
        (["ec-3"], HIGH, False),
        (["mp4a.40.5"], HIGH, False),
        (["avc1.640028", "opus"], HIGH, False),
        (["avc1.zzzzzz", "avc1.", "", "."], HIGH, False),
        (["avc1.640028"], ("wvtt",), True),
        (["avc1.640028"], ("",), True),
    ],
)
def test_a_device_plays_what_its_codecs_include(stated, codecs, expected):
    assert expected == codec_support.plays(stated, codecs)
