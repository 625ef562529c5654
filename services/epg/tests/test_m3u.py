"""Reading M3U."""

import gzip
import io
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.epg import errors
from services.epg.domain.source_records import ProblemKind
from services.epg.imports import m3u


def read(content):
    return m3u.read(io.BytesIO(content.encode() if isinstance(content, str) else content))


def test_channels_are_read_with_their_attributes():
    guide = read(
        """\ufeff#EXTM3U url-tvg="https://a/b" catchup="append"\r
#EXTINF:-1 tvg-id="one.dk" tvg-name="En" tvg-logo="https://a/1.png" tvg-chno=7 group-title="Film & TV" \
catchup-days="3",En, den første
#KODIPROP:inputstream=inputstream.adaptive
https://streams.example/one.m3u8
#EXTINF:-1 tvg-id='two.dk' tvg-chno=8 tvg-logo="file:///logo.png" catchup="none",Two
#EXTGRP:News
udp://@239.0.0.1:1234
#EXTINF:0,Three
https://streams.example/three.m3u8"""
    )
    one, two, three = guide.channels.values()

    assert ("one.dk", ("En, den første", "En"), 7, "film-tv", 2) == (
        one.source_channel_id,
        one.display_names,
        one.number,
        one.genre_id,
        one.line,
    )
    assert ("https://a/1.png", timedelta(days=3)) == (one.images[0]["uri"], one.catch_up_window)
    assert ("two.dk", 8, "news", (), timedelta(0)) == (
        two.source_channel_id,
        two.number,
        two.genre_id,
        two.images,
        two.catch_up_window,
    )
    assert ("Three", timedelta(days=7)) == (three.source_channel_id, three.catch_up_window)
    assert not guide.problems.counts


def test_entries_without_a_name_or_an_address_are_reported_and_skipped():
    guide = read(
        "#EXTM3U\n#EXTINF:-1,Lost\n#EXTINF:-1,One\nhttp://a\n#EXTINF:-1 x\nhttp://b\n#EXTINF:-1,One\nhttp://c\nhttp://d"
    )

    assert ["One"] == list(guide.channels)
    assert {ProblemKind.CHANNEL_UNREADABLE: 3, ProblemKind.CHANNEL_REPEATED: 1} == guide.problems.counts
    assert [2, 5, 9] == [problem.line for problem in guide.problems.examples[ProblemKind.CHANNEL_UNREADABLE]]


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"", "1", "empty"),
        (b"[playlist]\n", "1", "#EXTM3U"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n", "2", "segments"),
        (b"#EXTM3U\n#EXTINF:-1,K\xf8kken\nhttp://a", "2", "UTF-8"),
        (b"#EXTM3U\n" + b"x" * 200_000, "2", "longer"),
        (gzip.compress(b"#EXTM3U\n" * 9, mtime=0)[:-9], "1", "ends early"),
    ],
)
def test_a_file_that_is_no_playlist_of_channels_is_refused_with_the_line(content, line, why):
    with pytest.raises(errors.ImportUnreadable, match=why) as refused:
        read(content)

    assert line == refused.value.metadata["line"]


_PARTS = st.sampled_from(
    [
        "#EXTM3U",
        "\n",
        "#EXTINF:-1",
        ' tvg-id="a"',
        " tvg-chno=",
        "9" * 20,
        '"',
        ",",
        "Name",
        "http://a",
        "#EXTGRP:",
        "=",
        ";",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(_PARTS, st.text(max_size=4)), max_size=30), st.binary(max_size=20))
def test_any_file_is_read_or_refused(parts, tail):
    try:
        guide = read("#EXTM3U" + "".join(parts).encode("utf-8", "replace").decode() + tail.decode("latin-1"))
    except errors.ImportUnreadable as refused:
        assert int(refused.metadata["line"]) >= 1
    else:
        assert all(channel.display_names[0] and channel.source_channel_id for channel in guide.channels.values())
