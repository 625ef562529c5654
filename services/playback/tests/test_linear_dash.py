"""The DASH manifests of channels."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree

from services.playback.linear import cells, dash, runs
from services.playback.tests import packaged_files
from services.playback.tests.linear_windows import LINKS, a_window, tables

MPD = "{urn:mpeg:dash:schema:mpd:2011}"
_ASSETS = {
    "a1": packaged_files.a_table(1),
    "a2": packaged_files.a_table(2, video_times=(0, 4.004, 8.008, 12.012)),
    "a3": packaged_files.a_table(3, video_times=(0, 4, 8, 11.96)),
}
NOW = cells.cell_start(1_007)


def render(window, *, slides=True, **by_number):
    return etree.fromstring(dash.manifest(window, tables(**by_number), LINKS, NOW, slides=slides).encode())


def periods(root):
    return [(period.get("id"), period.get("start"), period.get("duration")) for period in root.iter(f"{MPD}Period")]


def timelines(root):
    """Returns what each track of each period lists: its number, its offset and its entries."""
    return [
        (
            template.get("startNumber"),
            template.get("presentationTimeOffset"),
            [dict(entry.attrib) for entry in template.iter(f"{MPD}S")],
        )
        for template in root.iter(f"{MPD}SegmentTemplate")
    ]


def test_each_run_is_a_period_that_keeps_its_id_and_its_start():
    all_tables = {"a1": packaged_files.a_table(1), "a2": packaged_files.a_table(2)}

    whole = render(a_window(1, 2, 1), **all_tables)
    later = render(a_window(1, 2, 1, first=1_002, end=1_007), **all_tables)

    assert periods(whole) == [("1000", "PT4000S", None), ("1003", "PT4012S", None), ("1006", "PT4024S", None)]
    assert periods(later) == periods(whole)


def test_a_period_lists_the_segments_of_the_window():
    root = render(a_window(1, first=1_001), a1=packaged_files.a_table(1, videos=("144p",)))

    assert timelines(root) == [
        ("2", "0", [{"t": "51200", "d": "51200", "r": "1"}]),
        ("2", "0", [{"t": "96256", "d": "96256"}, {"d": "95488"}]),
    ]


def test_an_item_that_is_joined_in_the_middle_starts_at_its_own_time():
    window = [runs.Run(packaged_files.an_asset_id(1), 1_000, 2, 1, "p", 40)]

    root = render(window, a1=packaged_files.a_table(1, videos=("144p",), sounds=()))

    assert timelines(root) == [("2", "51200", [{"t": "51200", "d": "51200", "r": "1"}])]


def test_each_period_has_the_addresses_and_the_license_of_its_asset():
    root = render(
        a_window(1, 2), a1=packaged_files.a_table(1), a2=packaged_files.a_table(2, key="1" * 32, scheme="cenc")
    )

    first, second = root.findall(f"{MPD}Period")
    assert first.findtext(f"{MPD}BaseURL") == f"/media/{packaged_files.an_asset_id(1)}/"
    template = next(second.iter(f"{MPD}SegmentTemplate"))
    assert template.get("media") == "video/144p/$Number%05d$.m4s?token=M2"
    assert template.get("initialization") == "video/144p/init.mp4?token=M2"
    assert {each.get("{urn:mpeg:cenc:2013}default_KID") for each in second.iter(f"{MPD}ContentProtection")} == {
        "11111111-1111-1111-1111-111111111111",
        None,
    }
    assert {address.text for address in root.iter("{https://dashif.org/CPS}Laurl")} == {LINKS.license_url}


def test_a_period_before_a_gap_states_its_end():
    root = render(a_window(1, 0, 1), a1=packaged_files.a_table(1))

    assert periods(root) == [("1000", "PT4000S", "PT12S"), ("1006", "PT4024S", None)]


def test_captions_that_have_ended_are_left_out_of_a_period():
    table = packaged_files.a_table(1, texts=("en",), text_times=(0, 4, 8))

    kinds = [
        [each.get("contentType") for each in render(a_window(1, first=first), a1=table).iter(f"{MPD}AdaptationSet")]
        for first in (1_001, 1_002)
    ]

    assert kinds == [["video", "audio", "text"], ["video", "audio"]]


def test_a_sliding_window_states_its_length_and_a_held_one_does_not():
    table = packaged_files.a_table(1)
    sliding, held = (render(a_window(1), slides=slides, a1=table) for slides in (True, False))

    assert sliding.get("timeShiftBufferDepth") == "PT12S"
    assert held.get("timeShiftBufferDepth") is None
    assert {root.get("type") for root in (sliding, held)} == {"dynamic"}


def test_players_set_their_clocks_by_the_manifest():
    root = render(a_window(1), a1=packaged_files.a_table(1))

    (timing,) = root.iter(f"{MPD}UTCTiming")
    assert (timing.get("schemeIdUri"), timing.get("value")) == (
        "urn:mpeg:dash:utc:direct:2014",
        "1970-01-01T01:07:08.000Z",
    )
    assert root.get("publishTime") == "1970-01-01T01:06:52.000Z"


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(1_000, 1_020), st.integers(1, 12))
def test_every_segment_plays_in_its_cell(numbers, first, count):
    window = a_window(*numbers, first=first, end=first + count)
    assume(any(run.asset_id for run in window))
    root = render(window, **_ASSETS)

    listed = [
        (round(start + time, 3), round(length, 3))
        for period in root.iter(f"{MPD}Period")
        for start in [float(period.get("start")[2:-1])]
        for time, length in _segments(next(period.iter(f"{MPD}SegmentTemplate")))
    ]

    played = [cell for run in window if run.asset_id for cell in range(run.first_cell, run.end_cell)]
    assert len(listed) == len(played)
    for cell, (time, length) in zip(played, listed, strict=True):
        assert time == pytest.approx(cell * cells.CELL_SECONDS, abs=0.05)
        assert length == pytest.approx(cells.CELL_SECONDS, abs=0.05)


def _segments(template):
    """Returns when each segment of a track starts in its period, and how long it lasts, in seconds."""
    scale, time = int(template.get("timescale")), 0
    for entry in template.iter(f"{MPD}S"):
        time = int(entry.get("t", time))
        for _ in range(int(entry.get("r", 0)) + 1):
            yield (time - int(template.get("presentationTimeOffset"))) / scale, int(entry.get("d")) / scale
            time += int(entry.get("d"))


def test_no_placeholder_is_left():
    text = dash.manifest(
        a_window(1), tables(a1=packaged_files.a_table(1, texts=("en",), text_times=(0, 4, 8))), LINKS, NOW, slides=True
    )

    assert not re.search("@[a-z]", text)
