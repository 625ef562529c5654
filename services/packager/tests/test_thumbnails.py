"""The index of thumbnails."""

import re

from hypothesis import given
from hypothesis import strategies as st

from services.packager.domain import thumbnails


def test_the_index_has_a_tile_of_a_sheet_for_each_interval():
    index = thumbnails.index(thumbnails.layout(55.0, 1920, 1080), 55.0)

    assert index.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nsheet-001.jpg#xywh=0,0,160,90\n")
    assert "00:00:48.000 --> 00:00:50.000\nsheet-001.jpg#xywh=640,360,160,90\n" in index
    assert "00:00:50.000 --> 00:00:52.000\nsheet-002.jpg#xywh=0,0,160,90\n" in index
    assert index.endswith("00:00:54.000 --> 00:00:55.000\nsheet-002.jpg#xywh=320,0,160,90\n")


@given(st.floats(min_value=0.5, max_value=86_400))
def test_intervals_cover_the_film_with_at_most_720_tiles(duration):
    layout = thumbnails.layout(duration, 1920, 1080)

    starts = re.findall(r"(\d+:\d+:\d+\.\d+) -->", thumbnails.index(layout, duration))

    assert len(set(starts)) == len(starts) <= 720
    assert (len(starts) - 1) * layout.interval < duration <= len(starts) * layout.interval


def test_a_timestamp_has_the_format_of_webvtt():
    assert "01:02:03.450" == thumbnails.timestamp(3723.45)
